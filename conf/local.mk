examplesdir = $(docdir)/examples
dist_examples_DATA = conf/helix.yaml conf/helix.conf \
	conf/unbound-helix.service.conf
