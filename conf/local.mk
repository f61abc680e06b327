examplesdir = $(docdir)/examples
dist_examples_DATA = conf/helix.yaml conf/helix.conf \
	conf/systemd/hardening.conf conf/unbound-helix.service.conf
containerexamplesdir = $(examplesdir)/container
dist_containerexamples_DATA = conf/container/Containerfile \
	conf/container/compose.yaml conf/container/helix.yaml \
	conf/container/unbound.conf
bindexamplesdir = $(examplesdir)/bind
dist_bindexamples_DATA = conf/bind/helix.yaml conf/bind/named.conf \
	conf/bind/probablyfine.co.uk.zone conf/bind/unbound.conf
prometheusexamplesdir = $(examplesdir)/prometheus
dist_prometheusexamples_DATA = conf/prometheus/dashboard.json \
	conf/prometheus/helix.rules.test.yml conf/prometheus/helix.rules.yml \
	conf/prometheus/prometheus.yml
# for the packages alone: AppArmor's profile is for /usr/sbin/unbound
EXTRA_DIST += conf/apparmor/unbound-helix
# what tools/build-deb makes packages with
EXTRA_DIST += conf/debian/control conf/debian/copyright conf/debian/rules \
	conf/debian/source/format conf/debian/unbound-helix.lintian-overrides \
	conf/debian/unbound-helix.postinst conf/debian/unbound-helix.postrm \
	conf/debian/unbound-helix.prerm conf/debian/unbound-helix.tmpfiles \
	conf/debian-unbound/apply conf/debian-unbound/control \
	conf/debian-unbound/dynlib conf/debian-unbound/lintian-overrides \
	conf/debian-unbound/rules
