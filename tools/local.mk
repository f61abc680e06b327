EXTRA_DIST += tools/build-module tools/build-unbound tools/check tools/common.sh \
	tools/fuzz tools/install-deps tools/quickstart
