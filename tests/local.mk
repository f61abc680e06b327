# make check: all of it. make check-unit: what needs neither etcd nor Unbound.
unit_tests =
system_tests = \
	tests/system/test_aliases.py \
	tests/system/test_answers.py \
	tests/system/test_bad_keys.py \
	tests/system/test_bench.py \
	tests/system/test_bench_store.py \
	tests/system/test_build_deb.py \
	tests/system/test_build_unbound.py \
	tests/system/test_cache.py \
	tests/system/test_chains.py \
	tests/system/test_common_tools.py \
	tests/system/test_configure.py \
	tests/system/test_conflicts.py \
	tests/system/test_ctl_check.py \
	tests/system/test_ctl_check_connect.py \
	tests/system/test_ctl_completion.py \
	tests/system/test_ctl_enable.py \
	tests/system/test_ctl_etcd.py \
	tests/system/test_ctl_import.py \
	tests/system/test_ctl_lint.py \
	tests/system/test_ctl_manual.py \
	tests/system/test_ctl_records.py \
	tests/system/test_ctl_status.py \
	tests/system/test_ctl_zonefiles.py \
	tests/system/test_debian_unbound.py \
	tests/system/test_delegation.py \
	tests/system/test_dns64.py \
	tests/system/test_documents.py \
	tests/system/test_ends.py \
	tests/system/test_fast_reload.py \
	tests/system/test_faults.py \
	tests/system/test_follow.py \
	tests/system/test_fresh.py \
	tests/system/test_idle.py \
	tests/system/test_install_deps.py \
	tests/system/test_leases.py \
	tests/system/test_life.py \
	tests/system/test_limits.py \
	tests/system/test_network.py \
	tests/system/test_nsd.py \
	tests/system/test_operation.py \
	tests/system/test_outside.py \
	tests/system/test_overtaken.py \
	tests/system/test_plan.py \
	tests/system/test_post.py \
	tests/system/test_sanitizers.py \
	tests/system/test_security.py \
	tests/system/test_snapshot.py \
	tests/system/test_status_counts.py \
	tests/system/test_status_faults.py \
	tests/system/test_status_http.py \
	tests/system/test_status_metrics.py \
	tests/system/test_tools.py \
	tests/system/test_types.py \
	tests/system/test_v2.py \
	tests/system/test_zonemaster.py

if HAVE_CMOCKA
unit_tests += \
	tests/unit/base/test_base64 \
	tests/unit/base/test_buffer \
	tests/unit/base/test_denied \
	tests/unit/base/test_log \
	tests/unit/base/test_reason \
	tests/unit/base/test_text \
	tests/unit/base/test_thread \
	tests/unit/base/test_wire \
	tests/unit/config/test_config \
	tests/unit/dns/rdata/test_rdata \
	tests/unit/dns/rdata/test_refused \
	tests/unit/dns/test_answer \
	tests/unit/dns/test_answer_alias \
	tests/unit/dns/test_answer_cacheable \
	tests/unit/dns/test_answer_long \
	tests/unit/dns/test_answer_referral \
	tests/unit/dns/test_answer_wildcard \
	tests/unit/dns/test_name \
	tests/unit/dns/test_name_walk \
	tests/unit/dns/test_rrset \
	tests/unit/dns/test_store \
	tests/unit/dns/test_store_random \
	tests/unit/dns/test_store_report \
	tests/unit/dns/test_store_sweep \
	tests/unit/dns/test_type \
	tests/unit/dns/test_zone \
	tests/unit/etcd/test_client \
	tests/unit/etcd/test_client_answers \
	tests/unit/etcd/test_client_calls \
	tests/unit/etcd/test_exchange \
	tests/unit/etcd/test_history \
	tests/unit/etcd/test_json_stream \
	tests/unit/etcd/test_password \
	tests/unit/etcd/test_protocols \
	tests/unit/etcd/test_replica \
	tests/unit/etcd/test_replica_history \
	tests/unit/etcd/test_replica_stats \
	tests/unit/etcd/test_v2_ask \
	tests/unit/etcd/test_v2_list \
	tests/unit/etcd/test_v2_polls \
	tests/unit/etcd/test_v2_probes \
	tests/unit/etcd/test_v2_resume \
	tests/unit/etcd/test_v2_watch \
	tests/unit/etcd/test_v3_ask \
	tests/unit/etcd/test_v3_follow \
	tests/unit/etcd/test_v3_list \
	tests/unit/etcd/test_v3_pages \
	tests/unit/etcd/test_v3_resume \
	tests/unit/etcd/test_v3_text \
	tests/unit/etcd/test_v3_watch \
	tests/unit/format/test_helix_key \
	tests/unit/format/test_helix_value \
	tests/unit/format/test_helix_value_text \
	tests/unit/helixctl/test_check_program \
	tests/unit/helixctl/test_kv \
	tests/unit/helixctl/test_lint \
	tests/unit/helixctl/test_output \
	tests/unit/helixctl/test_records \
	tests/unit/helixctl/test_side \
	tests/unit/helixctl/test_unbound_options \
	tests/unit/helixctl/test_zonefile \
	tests/unit/helixctl/test_zoneset \
	tests/unit/snapshot/test_file \
	tests/unit/snapshot/test_keys \
	tests/unit/snapshot/test_load \
	tests/unit/snapshot/test_snapshot \
	tests/unit/snapshot/test_snapshot_stats \
	tests/unit/status/test_address \
	tests/unit/status/test_connection \
	tests/unit/status/test_http \
	tests/unit/status/test_json \
	tests/unit/status/test_listener \
	tests/unit/status/test_metrics \
	tests/unit/status/test_page \
	tests/unit/status/test_report \
	tests/unit/status/test_request \
	tests/unit/status/test_stats \
	tests/unit/status/test_status \
	tests/unit/test_feed \
	tests/unit/test_feed_cache \
	tests/unit/test_feed_dirs \
	tests/unit/test_feed_log \
	tests/unit/test_feed_status \
	tests/unit/test_service \
	tests/unit/unbound/test_cache \
	tests/unit/unbound/test_dns64 \
	tests/unit/unbound/test_fence \
	tests/unit/unbound/test_guard \
	tests/unit/unbound/test_handover_answer \
	tests/unit/unbound/test_handover_pending \
	tests/unit/unbound/test_handover_race \
	tests/unit/unbound/test_handover_worker \
	tests/unit/unbound/test_order \
	tests/unit/unbound/test_query_alias \
	tests/unit/unbound/test_query_begin \
	tests/unit/unbound/test_query_cache \
	tests/unit/unbound/test_query_chain \
	tests/unit/unbound/test_query_count \
	tests/unit/unbound/test_query_dns64 \
	tests/unit/unbound/test_query_memory \
	tests/unit/unbound/test_query_overtaken \
	tests/unit/unbound/test_query_pass \
	tests/unit/unbound/test_query_response \
	tests/unit/unbound/test_reply \
	tests/unit/unbound/test_shadow \
	tests/unit/unbound/test_stale
check_PROGRAMS += $(unit_tests)
endif

# How quick and how small the store is; see bench_store --help.
check_PROGRAMS += tests/bench/bench_store
tests_bench_bench_store_LDADD = libhelix.la
.PHONY: bench-store
bench-store: tests/bench/bench_store
	tests/bench/bench_store

# Each program is made of the .c file of its name, and these.
AM_CPPFLAGS += -I$(top_srcdir)/tests/unit $(CMOCKA_CFLAGS) \
	-DTEST_DATA='"$(abs_top_srcdir)/tests/unit/data"'
LDADD = libhelix.la $(CMOCKA_LIBS)

questions = tests/unit/questions.c tests/unit/questions.h
fake_etcd = tests/unit/fake_etcd.c tests/unit/fake_etcd.h
idle_clock = tests/unit/etcd/idle_clock.c tests/unit/etcd/idle_clock.h
idle_clock_ldflags = -Wl,--wrap=curl_multi_poll
protocol_set = tests/unit/protocol_set.c tests/unit/protocol_set.h \
	tests/unit/told.c tests/unit/told.h $(fake_etcd) $(idle_clock)
tests_unit_dns_rdata_test_rdata_SOURCES = \
	tests/unit/dns/rdata/test_rdata.c tests/unit/dns/rdata/reading.h
tests_unit_dns_rdata_test_refused_SOURCES = \
	tests/unit/dns/rdata/test_refused.c tests/unit/dns/rdata/reading.h
values = tests/unit/format/values.h tests/unit/dns/rdata/reading.h
tests_unit_format_test_helix_value_SOURCES = \
	tests/unit/format/test_helix_value.c $(values)
tests_unit_format_test_helix_value_text_SOURCES = \
	tests/unit/format/test_helix_value_text.c $(values)
helixctl_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/tools/helixctl
helixctl_ldadd = libhelixctl.la $(CMOCKA_LIBS)
tests_unit_helixctl_test_kv_SOURCES = tests/unit/helixctl/test_kv.c \
	tests/unit/etcd/v3_set.h tests/unit/protocol_set.h $(fake_etcd)
tests_unit_helixctl_test_kv_CPPFLAGS = $(helixctl_cppflags)
tests_unit_helixctl_test_kv_LDADD = $(helixctl_ldadd)
tests_unit_helixctl_test_kv_LDFLAGS = -Wl,--wrap=client_pause
tests_unit_helixctl_test_output_CPPFLAGS = $(helixctl_cppflags)
tests_unit_helixctl_test_output_LDADD = $(helixctl_ldadd)
tests_unit_helixctl_test_records_CPPFLAGS = $(helixctl_cppflags)
tests_unit_helixctl_test_records_LDADD = $(helixctl_ldadd)
# tests/unit has a check.h, too
tests_unit_helixctl_test_check_program_CPPFLAGS = $(helixctl_cppflags) \
	-I$(top_srcdir)/tools
tests_unit_helixctl_test_check_program_LDADD = $(helixctl_ldadd)
tests_unit_helixctl_test_side_CPPFLAGS = $(helixctl_cppflags)
tests_unit_helixctl_test_side_LDADD = $(helixctl_ldadd)
tests_unit_helixctl_test_unbound_options_CPPFLAGS = $(helixctl_cppflags)
tests_unit_helixctl_test_unbound_options_LDADD = $(helixctl_ldadd)
tests_unit_helixctl_test_zonefile_CPPFLAGS = $(helixctl_cppflags)
tests_unit_helixctl_test_zoneset_CPPFLAGS = $(helixctl_cppflags)
tests_unit_helixctl_test_zonefile_LDADD = $(helixctl_ldadd)
tests_unit_helixctl_test_zoneset_LDADD = $(helixctl_ldadd)
names = tests/unit/dns/names.h
tests_unit_dns_test_name_SOURCES = tests/unit/dns/test_name.c $(names)
tests_unit_dns_test_name_walk_SOURCES = tests/unit/dns/test_name_walk.c \
	$(names)
scenes = tests/unit/dns/scenes.c tests/unit/dns/scenes.h $(questions)
tests_unit_dns_test_answer_SOURCES = tests/unit/dns/test_answer.c $(scenes)
tests_unit_dns_test_answer_alias_SOURCES = \
	tests/unit/dns/test_answer_alias.c $(scenes)
tests_unit_dns_test_answer_cacheable_SOURCES = \
	tests/unit/dns/test_answer_cacheable.c $(scenes)
tests_unit_dns_test_answer_long_SOURCES = tests/unit/dns/test_answer_long.c \
	$(scenes)
tests_unit_dns_test_answer_referral_SOURCES = \
	tests/unit/dns/test_answer_referral.c $(scenes)
tests_unit_dns_test_answer_wildcard_SOURCES = \
	tests/unit/dns/test_answer_wildcard.c $(scenes)
client_set = tests/unit/etcd/client_set.c tests/unit/etcd/client_set.h \
	$(fake_etcd) $(idle_clock)
tests_unit_etcd_test_client_SOURCES = tests/unit/etcd/test_client.c \
	$(client_set)
tests_unit_etcd_test_client_LDFLAGS = $(idle_clock_ldflags)
tests_unit_etcd_test_client_answers_SOURCES = \
	tests/unit/etcd/test_client_answers.c $(client_set)
tests_unit_etcd_test_client_answers_LDFLAGS = $(idle_clock_ldflags)
tests_unit_etcd_test_client_calls_SOURCES = \
	tests/unit/etcd/test_client_calls.c $(client_set)
tests_unit_etcd_test_client_calls_LDFLAGS = $(idle_clock_ldflags)
tests_unit_etcd_test_exchange_SOURCES = tests/unit/etcd/test_exchange.c \
	$(fake_etcd) $(idle_clock)
tests_unit_etcd_test_exchange_LDFLAGS = $(idle_clock_ldflags)
feeds = tests/unit/feeds.c tests/unit/feeds.h $(questions)
feeds_ldflags = -Wl,--wrap=cds_lfht_next -Wl,--wrap=clock_gettime
tests_unit_test_feed_SOURCES = tests/unit/test_feed.c $(feeds) $(refuse)
tests_unit_test_feed_LDFLAGS = $(feeds_ldflags) -Wl,--wrap=malloc
tests_unit_test_feed_cache_SOURCES = tests/unit/test_feed_cache.c $(feeds)
tests_unit_test_feed_cache_LDFLAGS = $(feeds_ldflags)
tests_unit_test_feed_dirs_SOURCES = tests/unit/test_feed_dirs.c $(feeds)
tests_unit_test_feed_dirs_LDFLAGS = $(feeds_ldflags)
tests_unit_test_feed_log_SOURCES = tests/unit/test_feed_log.c $(feeds)
tests_unit_test_feed_log_LDFLAGS = $(feeds_ldflags)
tests_unit_test_feed_status_SOURCES = tests/unit/test_feed_status.c $(feeds) \
	$(refuse)
tests_unit_test_feed_status_LDFLAGS = $(feeds_ldflags) -Wl,--wrap=malloc
tests_unit_test_service_SOURCES = tests/unit/test_service.c $(questions) \
	$(fake_etcd)
tests_unit_snapshot_test_keys_LDFLAGS = -Wl,--wrap=twalk_r
replicas = tests/unit/etcd/replicas.c tests/unit/etcd/replicas.h $(fake_etcd)
tests_unit_etcd_test_replica_SOURCES = tests/unit/etcd/test_replica.c \
	$(replicas)
tests_unit_etcd_test_replica_LDFLAGS = -Wl,--wrap=clock_now
tests_unit_etcd_test_replica_history_SOURCES = \
	tests/unit/etcd/test_replica_history.c $(replicas)
tests_unit_etcd_test_replica_history_LDFLAGS = -Wl,--wrap=clock_now
tests_unit_etcd_test_replica_stats_SOURCES = \
	tests/unit/etcd/test_replica_stats.c $(replicas)
tests_unit_etcd_test_replica_stats_LDFLAGS = -Wl,--wrap=clock_now
helixctl_test_cppflags = $(libhelixctl_la_CPPFLAGS) \
	-I$(top_srcdir)/tests/unit $(CMOCKA_CFLAGS)
tests_unit_helixctl_test_lint_SOURCES = tests/unit/helixctl/test_lint.c \
	$(questions) $(refuse)
tests_unit_helixctl_test_lint_LDFLAGS = -Wl,--wrap=malloc
tests_unit_helixctl_test_lint_CPPFLAGS = $(helixctl_test_cppflags)
tests_unit_helixctl_test_lint_LDADD = libhelixctl.la $(LDADD)
scratch = tests/unit/snapshot/scratch.c tests/unit/snapshot/scratch.h
tests_unit_snapshot_test_file_SOURCES = tests/unit/snapshot/test_file.c \
	$(scratch)
tests_unit_snapshot_test_load_SOURCES = tests/unit/snapshot/test_load.c \
	$(scratch) tests/unit/told.c tests/unit/told.h
tests_unit_snapshot_test_snapshot_SOURCES = tests/unit/snapshot/test_snapshot.c \
	$(scratch) tests/unit/told.c tests/unit/told.h
tests_unit_snapshot_test_snapshot_LDFLAGS = -Wl,--wrap=fsync \
	-Wl,--wrap=key_value_create -Wl,--wrap=keys_sweep \
	-Wl,--wrap=clock_now
tests_unit_snapshot_test_snapshot_stats_SOURCES = \
	tests/unit/snapshot/test_snapshot_stats.c $(scratch) \
	tests/unit/told.c tests/unit/told.h
tests_unit_snapshot_test_snapshot_stats_LDFLAGS = \
	-Wl,--wrap=key_value_create -Wl,--wrap=keys_sweep
reports = tests/unit/status/reports.c tests/unit/status/reports.h
tests_unit_status_test_json_SOURCES = tests/unit/status/test_json.c \
	$(reports)
tests_unit_status_test_json_LDFLAGS = -Wl,--wrap=realloc
tests_unit_status_test_metrics_SOURCES = tests/unit/status/test_metrics.c \
	$(reports)
tests_unit_status_test_metrics_LDFLAGS = -Wl,--wrap=realloc
tests_unit_status_test_connection_LDFLAGS = -Wl,--wrap=clock_now
tests_unit_status_test_http_LDFLAGS = -Wl,--wrap=clock_now \
	-Wl,--wrap=accept4
tests_unit_status_test_page_LDFLAGS = -Wl,--wrap=clock_gettime
tests_unit_status_test_stats_LDFLAGS = -Wl,--wrap=aligned_alloc
stores = tests/unit/dns/stores.c tests/unit/dns/stores.h
stores_ldflags = -Wl,--wrap=cds_lfht_add -Wl,--wrap=cds_lfht_next \
	-Wl,--wrap=cds_lfht_resize
tests_unit_dns_test_store_SOURCES = tests/unit/dns/test_store.c \
	$(stores)
tests_unit_dns_test_store_LDFLAGS = $(stores_ldflags) -Wl,--wrap=realloc \
	-Wl,--wrap=free
tests_unit_dns_test_store_random_SOURCES = tests/unit/dns/test_store_random.c \
	$(stores)
tests_unit_dns_test_store_random_LDFLAGS = $(stores_ldflags)
tests_unit_dns_test_store_report_SOURCES = tests/unit/dns/test_store_report.c \
	$(stores)
tests_unit_dns_test_store_report_LDFLAGS = $(stores_ldflags)
tests_unit_dns_test_store_sweep_SOURCES = tests/unit/dns/test_store_sweep.c \
	$(stores)
tests_unit_dns_test_store_sweep_LDFLAGS = $(stores_ldflags)
tests_unit_base_test_thread_LDFLAGS = -Wl,--wrap=pthread_create
tests_unit_etcd_test_protocols_SOURCES = tests/unit/etcd/test_protocols.c \
	tests/unit/etcd/api.h tests/unit/etcd/api_v2.c \
	tests/unit/etcd/api_v3.c tests/unit/etcd/v2_set.h \
	tests/unit/etcd/v3_set.h $(protocol_set)
tests_unit_etcd_test_protocols_LDFLAGS = $(idle_clock_ldflags)
v2_set = tests/unit/etcd/v2_set.c tests/unit/etcd/v2_set.h $(protocol_set)
tests_unit_etcd_test_v2_ask_SOURCES = tests/unit/etcd/test_v2_ask.c \
	$(v2_set)
tests_unit_etcd_test_v2_ask_LDFLAGS = $(idle_clock_ldflags)
tests_unit_etcd_test_v2_list_SOURCES = tests/unit/etcd/test_v2_list.c \
	$(v2_set)
tests_unit_etcd_test_v2_list_LDFLAGS = $(idle_clock_ldflags)
tests_unit_etcd_test_v2_polls_SOURCES = tests/unit/etcd/test_v2_polls.c \
	$(v2_set)
tests_unit_etcd_test_v2_polls_LDFLAGS = $(idle_clock_ldflags)
tests_unit_etcd_test_v2_probes_SOURCES = tests/unit/etcd/test_v2_probes.c \
	$(v2_set)
tests_unit_etcd_test_v2_probes_LDFLAGS = $(idle_clock_ldflags)
tests_unit_etcd_test_v2_resume_SOURCES = tests/unit/etcd/test_v2_resume.c \
	$(v2_set)
tests_unit_etcd_test_v2_resume_LDFLAGS = $(idle_clock_ldflags)
tests_unit_etcd_test_v2_watch_SOURCES = tests/unit/etcd/test_v2_watch.c \
	$(v2_set)
tests_unit_etcd_test_v2_watch_LDFLAGS = $(idle_clock_ldflags)
v3_set = tests/unit/etcd/v3_set.h $(protocol_set)
tests_unit_etcd_test_v3_ask_SOURCES = tests/unit/etcd/test_v3_ask.c \
	$(v3_set)
tests_unit_etcd_test_v3_ask_LDFLAGS = $(idle_clock_ldflags)
tests_unit_etcd_test_v3_follow_SOURCES = tests/unit/etcd/test_v3_follow.c \
	$(v3_set)
tests_unit_etcd_test_v3_follow_LDFLAGS = $(idle_clock_ldflags)
tests_unit_etcd_test_v3_list_SOURCES = tests/unit/etcd/test_v3_list.c \
	$(v3_set)
tests_unit_etcd_test_v3_list_LDFLAGS = $(idle_clock_ldflags)
tests_unit_etcd_test_v3_pages_SOURCES = tests/unit/etcd/test_v3_pages.c \
	$(v3_set)
tests_unit_etcd_test_v3_pages_LDFLAGS = $(idle_clock_ldflags)
tests_unit_etcd_test_v3_resume_SOURCES = tests/unit/etcd/test_v3_resume.c \
	$(v3_set)
tests_unit_etcd_test_v3_resume_LDFLAGS = $(idle_clock_ldflags)
tests_unit_etcd_test_v3_watch_SOURCES = tests/unit/etcd/test_v3_watch.c \
	$(v3_set)
tests_unit_etcd_test_v3_watch_LDFLAGS = $(idle_clock_ldflags)
tests_unit_dns_test_zone_SOURCES = tests/unit/dns/test_zone.c $(questions)

# Unbound's headers come first: they include one called config.h
unbound_test_cppflags = -D_GNU_SOURCE $(UNBOUND_CPPFLAGS) \
	-I$(top_srcdir)/module -I$(top_srcdir)/tests/unit $(URCU_CFLAGS) \
	$(CMOCKA_CFLAGS)
region = tests/unit/region.c tests/unit/region.h
tell = tests/unit/unbound/tell.c tests/unit/unbound/tell.h
refuse = tests/unit/unbound/refuse.c tests/unit/unbound/refuse.h
log_fails = tests/unit/unbound/log_fails.c
asked = tests/unit/unbound/asked.c tests/unit/unbound/asked.h $(region) $(tell)
tests_unit_unbound_test_cache_SOURCES = tests/unit/unbound/test_cache.c $(questions) \
	$(asked) $(refuse) $(log_fails) module/unbound/cache.c \
	module/unbound/reply.c
tests_unit_unbound_test_cache_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_cache_LDFLAGS = -Wl,--wrap=malloc
tests_unit_unbound_test_dns64_SOURCES = tests/unit/unbound/test_dns64.c \
	tests/unit/unbound/attach.h $(region) module/unbound/dns64.c module/unbound/reply.c
tests_unit_unbound_test_dns64_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_fence_SOURCES = tests/unit/unbound/test_fence.c $(questions) \
	$(region) $(log_fails) module/unbound/fence.c
tests_unit_unbound_test_fence_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_fence_LDFLAGS = -Wl,--wrap=malloc -Wl,--wrap=calloc
workers = tests/unit/unbound/workers.c tests/unit/unbound/workers.h \
	$(tell) $(refuse) module/unbound/handover.c module/unbound/invalidate.c
workers_ldflags = -Wl,--wrap=malloc -Wl,--wrap=eventfd
tests_unit_unbound_test_handover_answer_SOURCES = \
	tests/unit/unbound/test_handover_answer.c $(workers)
tests_unit_unbound_test_handover_answer_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_handover_answer_LDFLAGS = $(workers_ldflags)
tests_unit_unbound_test_handover_pending_SOURCES = \
	tests/unit/unbound/test_handover_pending.c $(workers)
tests_unit_unbound_test_handover_pending_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_handover_pending_LDFLAGS = $(workers_ldflags)
tests_unit_unbound_test_handover_race_SOURCES = \
	tests/unit/unbound/test_handover_race.c $(workers)
tests_unit_unbound_test_handover_race_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_handover_race_LDFLAGS = $(workers_ldflags)
tests_unit_unbound_test_handover_worker_SOURCES = \
	tests/unit/unbound/test_handover_worker.c $(workers)
tests_unit_unbound_test_handover_worker_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_handover_worker_LDFLAGS = $(workers_ldflags)
tests_unit_unbound_test_reply_LDFLAGS = -Wl,--wrap=calloc
queries = tests/unit/unbound/queries.c tests/unit/unbound/queries.h \
	$(asked) tests/unit/unbound/attach.h $(questions) \
	$(query_sources) module/unbound/dns64.c module/unbound/reply.c
tests_unit_unbound_test_query_alias_SOURCES = \
	tests/unit/unbound/test_query_alias.c $(queries)
tests_unit_unbound_test_query_alias_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_query_begin_SOURCES = \
	tests/unit/unbound/test_query_begin.c $(queries)
tests_unit_unbound_test_query_begin_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_query_cache_SOURCES = \
	tests/unit/unbound/test_query_cache.c $(queries)
tests_unit_unbound_test_query_cache_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_query_chain_SOURCES = \
	tests/unit/unbound/test_query_chain.c $(queries)
tests_unit_unbound_test_query_chain_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_query_count_SOURCES = \
	tests/unit/unbound/test_query_count.c $(queries)
tests_unit_unbound_test_query_count_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_query_dns64_SOURCES = \
	tests/unit/unbound/test_query_dns64.c $(queries)
tests_unit_unbound_test_query_dns64_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_query_memory_SOURCES = \
	tests/unit/unbound/test_query_memory.c $(queries)
tests_unit_unbound_test_query_memory_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_query_overtaken_SOURCES = \
	tests/unit/unbound/test_query_overtaken.c $(queries)
tests_unit_unbound_test_query_overtaken_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_query_pass_SOURCES = \
	tests/unit/unbound/test_query_pass.c $(queries)
tests_unit_unbound_test_query_pass_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_query_response_SOURCES = \
	tests/unit/unbound/test_query_response.c $(queries)
tests_unit_unbound_test_query_response_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_reply_SOURCES = tests/unit/unbound/test_reply.c $(region) \
	module/unbound/reply.c
tests_unit_unbound_test_reply_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_shadow_SOURCES = tests/unit/unbound/test_shadow.c $(questions) \
	$(region) $(log_fails) module/unbound/shadow.c
tests_unit_unbound_test_shadow_CPPFLAGS = $(unbound_test_cppflags)
tests_unit_unbound_test_stale_SOURCES = tests/unit/unbound/test_stale.c $(questions) \
	$(region) module/unbound/stale.c
tests_unit_unbound_test_stale_CPPFLAGS = $(unbound_test_cppflags)

TESTS = $(unit_tests)
if HAVE_PYTEST
TESTS += $(system_tests)
endif

TEST_EXTENSIONS = .py
tap_driver = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(tap_driver)
PY_LOG_DRIVER = $(tap_driver)
PY_LOG_COMPILER = $(PYTHON3) -m pytest
AM_PY_LOG_FLAGS = -q -p no:cacheprovider --tap
AM_TESTS_ENVIRONMENT = \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE; \
	HELIX_MODULE='$(abs_top_builddir)/.libs/helix.so'; export HELIX_MODULE; \
	HELIX_SOURCE='$(abs_top_srcdir)'; export HELIX_SOURCE; \
	UNBOUND_PREFIX='$(UNBOUND_PREFIX)'; export UNBOUND_PREFIX;

.PHONY: check-unit
check-unit:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(unit_tests)'

EXTRA_DIST += tests/bench/__main__.py tests/bench/figures.py \
	tests/bench/imports.py tests/bench/machine.py \
	tests/bench/measure.py tests/bench/plot.py \
	tests/bench/questions.py tests/bench/report.py \
	tests/bench/servers.py
EXTRA_DIST += $(system_tests) tests/system/conftest.py \
	tests/system/documents.py tests/system/foreign.py tests/system/lab.py \
	tests/system/lab_ctl.py \
	tests/system/lab_etcd.py tests/system/lab_load.py \
	tests/system/lab_nsd.py tests/system/lab_prometheus.py \
	tests/system/lab_relay.py tests/system/lab_status.py \
	tests/system/lab_unbound.py \
	tests/system/quick.py tests/system/threads.supp \
	tests/system/zonegen.py \
	tests/unit/check.h tests/unit/data

# Run by tools/check --packages; no test of `make check`.
EXTRA_DIST += \
	tests/packages/confinement.py \
	tests/packages/conftest.py \
	tests/packages/debs.py \
	tests/packages/full.py \
	tests/packages/mirror.py \
	tests/packages/root.py \
	tests/packages/test_apparmor.py \
	tests/packages/test_bare.py \
	tests/packages/test_container.py \
	tests/packages/test_hardening.py \
	tests/packages/test_lint.py \
	tests/packages/test_pair.py \
	tests/packages/test_production.py \
	tests/packages/test_root.py \
	tests/packages/test_scripts.py \
	tests/packages/test_source.py \
	tests/packages/test_trixie.py \
	tests/packages/upstream.py
