# All that knows nothing of Unbound: for the module, the tools and the tests.
noinst_LTLIBRARIES += libhelix.la
libhelix_la_SOURCES = \
	module/bad_keys.c module/bad_keys.h \
	module/feed.c module/feed.h module/feed_internal.h \
	module/feed_log.c module/feed_status.c \
	module/ignored_names.c module/ignored_names.h \
	module/service.c module/service.h \
	module/base/base64.c module/base/base64.h \
	module/base/buffer.c module/base/buffer.h \
	module/base/clock.c module/base/clock.h \
	module/base/denied.c module/base/denied.h \
	module/base/log.c module/base/log.h \
	module/base/reason.c module/base/reason.h \
	module/base/text.c module/base/text.h \
	module/base/thread.c module/base/thread.h \
	module/base/wire.h \
	module/config/config.c module/config/config.h \
	module/config/errors.c module/config/errors.h \
	module/config/etcd.c module/config/etcd.h \
	module/config/status.c module/config/status.h \
	module/config/yaml.c module/config/yaml.h \
	module/config/zones.c module/config/zones.h \
	module/dns/answer.c module/dns/answer.h \
	module/dns/contribution.c module/dns/contribution.h \
	module/dns/name.c module/dns/name.h \
	module/dns/rdata/addresses.c \
	module/dns/rdata/kinds.c module/dns/rdata/kinds.h \
	module/dns/rdata/loc.c \
	module/dns/rdata/rdata.c module/dns/rdata/rdata.h \
	module/dns/rdata/svcparams.c \
	module/dns/rdata/text.c module/dns/rdata/text.h \
	module/dns/rrset.c module/dns/rrset.h \
	module/dns/rrtypes.def \
	module/dns/store.c module/dns/store.h \
	module/dns/store_commit.c module/dns/store_internal.h \
	module/dns/store_report.c module/dns/store_sweep.c \
	module/dns/type.c module/dns/type.h \
	module/dns/zone.c module/dns/zone.h \
	module/etcd/call.c module/etcd/call.h \
	module/etcd/call_explain.c \
	module/etcd/client.c module/etcd/client.h \
	module/etcd/client_internal.h \
	module/etcd/exchange.c module/etcd/exchange.h \
	module/etcd/history.c module/etcd/history.h \
	module/etcd/json_stream.c module/etcd/json_stream.h \
	module/etcd/kv.h \
	module/etcd/link.c module/etcd/link.h \
	module/etcd/password.c module/etcd/password.h \
	module/etcd/probe.c module/etcd/probe.h \
	module/etcd/protocol.h \
	module/etcd/replica.c module/etcd/replica.h \
	module/etcd/settings.h module/etcd/sink.h \
	module/etcd/v2.c module/etcd/v2.h \
	module/etcd/v2_ask.c \
	module/etcd/v2_internal.h \
	module/etcd/v2_list.c module/etcd/v2_login.c \
	module/etcd/v2_poll.c module/etcd/v2_resume.c \
	module/etcd/v2_text.c module/etcd/v2_text.h \
	module/etcd/v2_watch.c \
	module/etcd/v3.c module/etcd/v3.h \
	module/etcd/v3_ask.c \
	module/etcd/v3_follow.c module/etcd/v3_internal.h \
	module/etcd/v3_list.c module/etcd/v3_login.c \
	module/etcd/v3_resume.c \
	module/etcd/v3_text.c module/etcd/v3_text.h \
	module/etcd/v3_watch.c \
	module/format/format.h \
	module/format/helix.c module/format/helix.h \
	module/format/helix_value.c \
	module/snapshot/file.c module/snapshot/file.h \
	module/snapshot/keys.c module/snapshot/keys.h \
	module/snapshot/snapshot.c module/snapshot/snapshot.h \
	module/status/accept.c \
	module/status/address.c module/status/address.h \
	module/status/connection.c module/status/connection.h \
	module/status/http.c module/status/http.h \
	module/status/json.c module/status/json.h \
	module/status/listener.c module/status/listener.h \
	module/status/metrics.c module/status/metrics.h \
	module/status/out.c module/status/out.h \
	module/status/page.c module/status/page.h \
	module/status/report.c module/status/report.h \
	module/status/request.c module/status/request.h \
	module/status/stats.c module/status/stats.h \
	module/status/status.c module/status/status.h \
	module/unbound/guard.c module/unbound/guard.h \
	module/unbound/local_type.c module/unbound/local_type.h \
	module/unbound/order.c module/unbound/order.h
libhelix_la_LIBADD = $(CURL_LIBS) $(CJSON_LIBS) $(URCU_LIBS) \
	$(XXHASH_LIBS) $(YAML_LIBS) -lpthread

# a query's way through the module
query_sources = module/unbound/query.c module/unbound/query.h \
	module/unbound/query_internal.h \
	module/unbound/query_answer.c module/unbound/query_chain.c \
	module/unbound/query_others.c module/unbound/query_response.c \
	module/unbound/query_wait.c

# What Unbound loads. Unbound's functions are found in the daemon when it is
# loaded: all at once (now), so that one that is missing is told at start and
# not in a query; and its own names stay its own (Bsymbolic). It is never
# unloaded (nodelete), as its thread lives on while Unbound reloads.
helixdir = $(libdir)/unbound
helix_LTLIBRARIES = helix.la
helix_la_SOURCES = module/helix.c \
	module/unbound/cache.c module/unbound/cache.h \
	module/unbound/callbacks.c module/unbound/callbacks.h \
	module/unbound/compat.h \
	module/unbound/dns64.c module/unbound/dns64.h \
	module/unbound/fence.c module/unbound/fence.h \
	module/unbound/handover.c module/unbound/handover.h \
	module/unbound/invalidate.c module/unbound/invalidate.h \
	$(query_sources) \
	module/unbound/reply.c module/unbound/reply.h \
	module/unbound/shadow.c module/unbound/shadow.h \
	module/unbound/stale.c module/unbound/stale.h
# Unbound's headers come first: they include one called config.h
helix_la_CPPFLAGS = -D_GNU_SOURCE $(UNBOUND_CPPFLAGS) \
	-I$(top_srcdir)/module \
	-DHELIX_CONF_DEFAULT='"$(sysconfdir)/unbound/helix.yaml"' \
	-DHELIX_UNBOUND_BUILD_ID='"$(UNBOUND_BUILD_ID)"'
helix_la_LIBADD = libhelix.la
helix_la_LDFLAGS = -module -avoid-version -shared \
	-Wl,-z,now -Wl,-z,nodelete -Wl,-Bsymbolic

# Nothing links with the module; helixdir is no folder of automake's, so that it
# is installed with the data
install-data-hook:
	rm -f $(DESTDIR)$(helixdir)/helix.la
uninstall-hook:
	rm -f $(DESTDIR)$(helixdir)/helix.so
