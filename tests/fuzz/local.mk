# make fuzzers: needs a configure with CC=clang and
# CFLAGS=-fsanitize=fuzzer-no-link,address,undefined; see tools/fuzz.
fuzzers = \
	tests/fuzz/fuzz_answer \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_http \
	tests/fuzz/fuzz_key \
	tests/fuzz/fuzz_snapshot \
	tests/fuzz/fuzz_v2 \
	tests/fuzz/fuzz_v3 \
	tests/fuzz/fuzz_v3_text \
	tests/fuzz/fuzz_value \
	tests/fuzz/fuzz_zonefile
EXTRA_PROGRAMS = $(fuzzers)
CLEANFILES += $(fuzzers)

fuzz_protocol = tests/fuzz/fuzz_protocol.c tests/fuzz/fuzz_protocol.h
tests_fuzz_fuzz_answer_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_config_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_http_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_key_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_snapshot_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_v2_SOURCES = tests/fuzz/fuzz_v2.c $(fuzz_protocol)
tests_fuzz_fuzz_v2_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_v3_SOURCES = tests/fuzz/fuzz_v3.c $(fuzz_protocol)
tests_fuzz_fuzz_v3_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_v3_text_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_value_LDFLAGS = -fsanitize=fuzzer
# libldns judges what the module reads; nothing else has to do with it
tests_fuzz_fuzz_value_CPPFLAGS = $(AM_CPPFLAGS) $(LDNS_CFLAGS)
tests_fuzz_fuzz_value_LDADD = $(LDADD) $(LDNS_LIBS)
tests_fuzz_fuzz_zonefile_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_zonefile_CPPFLAGS = $(libhelixctl_la_CPPFLAGS)
tests_fuzz_fuzz_zonefile_LDADD = libhelixctl.la $(LDADD)

AM_CPPFLAGS += -I$(top_srcdir)/tests/fuzz

.PHONY: fuzzers
fuzzers: $(fuzzers)

EXTRA_DIST += tests/fuzz/seeds
