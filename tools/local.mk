EXTRA_DIST += tools/bench tools/build-module tools/build-unbound tools/check \
	tools/common.sh tools/fuzz tools/install-deps tools/quickstart
