/*
 * tests/unit/test_service.c - the parts together, over reloads.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The service follows scripted servers, by a helix.yaml that each test writes
 * into a folder of its own. The zones are asked as Unbound's workers ask them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "service.h"
#include "base/log.h"
#include "config/errors.h"
#include "status/report.h"
#include "fake_etcd.h"
#include "questions.h"
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* shorthand of messages; see fake_etcd.h */
#define HEAD "'header':{'cluster_id':'1','revision':'10'}"
#define A(key, address) "{'key':'@" key "/com/example/www/A@'," \
	"'mod_revision':'8','value':'@" address "@'}"
#define FOLLOWED(kv) { { "/v3/kv/range", "'limit'", 200, "{" HEAD \
	",'kvs':[" kv "]}", .end = FAKE_KEEP, .again = true }, { "/v3/watch", \
	NULL, 200, "{'result':{" HEAD ",'created':true}}", .end = FAKE_HOLD, \
	.again = true } }

/** an etcd with an address of www.example.com below /helix */
static const struct fake_exchange first[] =
	FOLLOWED(A("/helix", "192.0.2.1"));
/** and one below /other */
static const struct fake_exchange other[] =
	FOLLOWED(A("/other", "192.0.2.2"));

/* what helix.yaml has: an endpoint, and what differs */
#define ETCD "etcd: {endpoints: [%s]}\n"
#define ZONES "zones: [{name: example.com}]\n"
#define WAIT "startup-wait: 1m\n"
#define YAML ETCD WAIT ZONES

/* --- the set ------------------------------------------------------------- */

/** this program's file */
static char* program;
static char folder[] = "/tmp/test_service.XXXXXX";
static char path[64], snapshot[64];
static struct fake_etcd* fakes[2];
static struct service* service;
/** all lines of log */
static char logged[16384];
/** number of changes that the listener was told of */
static atomic_uint changes;

static void
on_log(enum helix_log_level level, const char* line)
{
	/* in one thread at a time */
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	if(level == HELIX_LOG_DEBUG)
		return;
	pthread_mutex_lock(&lock);
	if(strlen(logged) + strlen(line) + 2 <= sizeof(logged))
		strcat(strcat(logged, line), "\n");
	pthread_mutex_unlock(&lock);
}

static void
on_changed(void* arg)
{
	assert_ptr_equal(arg, &changes);
	changes++;
}

static const struct feed_listener listener = { .arg = &changes,
	.changed = on_changed };

static int
set_up(void** state)
{
	(void)state;
	*logged = 0;
	changes = 0;
	helix_log_set_writer(on_log);
	fakes[0] = fake_etcd_start(FAKE_ANSWERS, first, COUNT(first));
	fakes[1] = fake_etcd_start(FAKE_ANSWERS, other, COUNT(other));
	assert_non_null(fakes[0]);
	assert_non_null(fakes[1]);
	return 0;
}

static int
tear_down(void** state)
{
	(void)state;
	service_end(service);
	service = NULL;
	helix_log_set_writer(helix_log_discard);
	fake_etcd_stop(fakes[0]);
	fake_etcd_stop(fakes[1]);
	unlink(path);
	unlink(snapshot);
	return 0;
}

static int
folder_make(void** state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/helix.yaml", folder);
	snprintf(snapshot, sizeof(snapshot), "%s/snapshot", folder);
	return 0;
}

static int
folder_remove(void** state)
{
	(void)state;
	return rmdir(folder);
}

/** Write helix.yaml, as printf does. */
__attribute__((format(printf, 1, 2)))
static void
yaml_write(const char* yaml, ...)
{
	va_list args;
	FILE* file = fopen(path, "w");
	assert_non_null(file);
	va_start(args, yaml);
	vfprintf(file, yaml, args);
	va_end(args);
	assert_int_equal(fclose(file), 0);
}

/** Begin with a helix.yaml. @return whether the running service has stayed. */
static bool
begin_with_it(void)
{
	const struct service* before = service;
	service = service_begin(service, path, &listener);
	return service == before;
}
#define begin(...) (yaml_write(__VA_ARGS__), begin_with_it())

/** Fail unless www.example.com has one address, with a TTL. */
static void
check_address(const char* address, unsigned ttl)
{
	char out[SHOWN_MAX], wanted[128];
	struct zones* zones = service_zones(service);
	snprintf(wanted, sizeof(wanted), "NOERROR | an @ A %u %s", ttl,
		address);
	assert_string_equal(ask(zones_store(zones), zones, "www.example.com.",
		TYPE_A, out), wanted);
	assert_int_equal(service_state(service), SERVICE_READY);
}

/** Fail unless a text was logged. */
static void
check_logged(const char* text)
{
	check(strstr(logged, text), "\"%s\" is not in the log:\n%s", text,
		logged);
}

/* --- start --------------------------------------------------------------- */

static void
test_begin(void** state)
{
	(void)state;
	begin(YAML, fake_etcd_url(fakes[0]));
	assert_non_null(service);
	check_address("192.0.2.1", 5);
	assert_false(*service_away(service));
	assert_true(service_octets(service) > 0);
	assert_true(changes > 0);
	check_logged("keys served: 1, bad: 0, in none of the zones: 0\n");
}

/** An error, and nothing runs. */
static void
test_begin_with_an_error(void** state)
{
	(void)state;
	assert_true(begin("zones: 5\n"));
	assert_null(service);
	check_logged("helix.yaml:1:8: ");
	assert_null(strstr(logged, "stays in force"));
}

/** All errors are logged, in the order of the file, and a bound is said. */
static void
test_begin_with_errors(void** state)
{
	char zones[4096] = "zones:\n";
	const char *one, *two;
	size_t i;
	(void)state;
	assert_true(begin("cache: maybe\nzones: 5\n"));
	one = strstr(logged, "helix.yaml:1:8: \"maybe\" for cache");
	two = strstr(logged, "helix.yaml:2:8: expected a list");
	assert_non_null(one);
	assert_true(one < two);
	assert_null(strstr(logged, "there are more errors"));
	logged[0] = 0;
	for(i = 0; i <= CONFIG_ERRORS_MAX; i++)
		strcat(zones, "  - {name: x..y}\n");
	assert_true(begin("%s", zones));
	check_logged("helix.yaml:101:12: ");
	assert_null(strstr(logged, "helix.yaml:102:12: "));
	check_logged("helix.yaml: there are more errors than these 100\n");
}

/** Without etcd, and without waiting for it. */
static void
test_begin_without_etcd(void** state)
{
	(void)state;
	begin(ETCD ZONES "startup-wait: 0s\n", "http://127.0.0.1:1");
	assert_non_null(service);
	assert_int_equal(service_state(service), SERVICE_NOT_READY);
	check_logged("no copy of etcd's data within 0 ms: names in the zones "
		"get SERVFAIL until there is one\n");
}

/** What an earlier service has known is on disk. */
static void
test_begin_with_a_snapshot(void** state)
{
	(void)state;
	begin(YAML "snapshot: %s\n", fake_etcd_url(fakes[0]), snapshot);
	service_end(service);
	service = NULL;
	begin(ETCD ZONES "startup-wait: 0s\nsnapshot: %s\n",
		"http://127.0.0.1:1", snapshot);
	check_address("192.0.2.1", 5);
}

/** Whether answers may be cached. */
static void
test_cache(void** state)
{
	static const struct {
		const char* yaml;
		bool may;
	} cases[] = { { "cache: yes\n", true }, { "cache: no\n", false },
		{ "cache: yes\nmax-stale: 1h\n", false } };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(cases); i++) {
		begin(ETCD ZONES "startup-wait: 0s\n%s", "http://127.0.0.1:1",
			cases[i].yaml);
		check(service_may_cache(service) == cases[i].may, "%s",
			cases[i].yaml);
	}
}

/** A process that ends while the service runs stops it, and so writes its
 * snapshot. */
static void
test_stop_at_exit(void** state)
{
	char* const args[] = { program, path, NULL };
	char* const environment[] = { NULL };
	int status;
	pid_t child;
	(void)state;
	yaml_write(YAML "snapshot: %s\n", fake_etcd_url(fakes[0]), snapshot);
	assert_int_equal(posix_spawn(&child, program, NULL, NULL, args,
		environment), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	begin(ETCD ZONES "startup-wait: 0s\nsnapshot: %s\n",
		"http://127.0.0.1:1", snapshot);
	check_address("192.0.2.1", 5);
}

/* --- reload -------------------------------------------------------------- */

/** Answers of the first zone that were counted. */
static unsigned long
answers_counted(void)
{
	struct stats_sum sum;
	stats_read(service_stats(service), 0, &sum);
	return (unsigned long)sum.answers[STATS_DATA];
}

/** What follows etcd is kept, and takes other settings of the zones; what was
 * counted is kept with it. */
static void
test_keep(void** state)
{
	const struct zones* zones;
	(void)state;
	begin(YAML, fake_etcd_url(fakes[0]));
	zones = service_zones(service);
	stats_count(service_stats(service), 0, STATS_DATA);
	assert_true(begin(ETCD "zones: [{name: example.com, ttl: 30}]\n"
		"startup-wait: 0s\ncache: no\n", fake_etcd_url(fakes[0])));
	assert_ptr_equal(service_zones(service), zones);
	assert_false(service_may_cache(service));
	assert_int_equal(answers_counted(), 1);
	check_address("192.0.2.1", 30);
	check_logged("the copy of etcd's data is kept, ");
}

/** Another prefix, another etcd. */
static void
test_begin_anew(void** state)
{
	(void)state;
	begin(YAML, fake_etcd_url(fakes[0]));
	stats_count(service_stats(service), 0, STATS_DATA);
	assert_false(begin("etcd: {endpoints: [%s], prefix: /other}\n" WAIT
		ZONES, fake_etcd_url(fakes[1])));
	assert_non_null(service);
	assert_int_equal(answers_counted(), 0);
	check_address("192.0.2.2", 5);
	/* what was followed before is left */
	assert_true(fake_etcd_wait_closed(fakes[0]));
}

/** Other zones, of the same etcd. */
static void
test_other_zones(void** state)
{
	char out[SHOWN_MAX];
	(void)state;
	begin(YAML, fake_etcd_url(fakes[0]));
	assert_false(begin(ETCD WAIT "zones: [{name: example.net}]\n",
		fake_etcd_url(fakes[0])));
	assert_string_equal(ask(zones_store(service_zones(service)),
		service_zones(service), "www.example.com.", TYPE_A, out),
		"REFUSED");
	assert_int_equal(service_state(service), SERVICE_READY);
}

/** What runs goes on where the new configuration has an error, or its etcd
 * gives no copy in time. */
static void
test_stay(void** state)
{
	(void)state;
	begin(YAML, fake_etcd_url(fakes[0]));
	assert_true(begin("zones: 5\n"));
	check_logged("the previous configuration stays in force\n");
	check_address("192.0.2.1", 5);
	assert_true(begin(ETCD "startup-wait: 20ms\n" ZONES,
		"http://127.0.0.1:1"));
	check_logged("no copy of etcd's data within 20 ms: the previous "
		"configuration stays in force; reload again when etcd "
		"answers\n");
	check_address("192.0.2.1", 5);
	/* and can be kept after that */
	assert_true(begin(YAML, fake_etcd_url(fakes[0])));
}

/** Where nobody is to wait, nothing is waited for, and the new one begins with
 * what is on disk. */
static void
test_do_not_wait(void** state)
{
	(void)state;
	begin(YAML "snapshot: %s\n", fake_etcd_url(fakes[0]), snapshot);
	service_end(service);
	service = NULL;
	begin("etcd: {endpoints: [%s], prefix: /other}\n" WAIT ZONES,
		fake_etcd_url(fakes[1]));
	check_address("192.0.2.2", 5);
	assert_false(begin(ETCD ZONES "startup-wait: 0s\nsnapshot: %s\n",
		"http://127.0.0.1:1", snapshot));
	check_address("192.0.2.1", 5);
}

/* --- no zones ------------------------------------------------------------- */

/** Fail unless there are no zones, and all is well; nobody has asked the first
 * etcd. */
static void
check_idle(void)
{
	char out[SHOWN_MAX];
	struct report report;
	assert_non_null(service);
	assert_int_equal(service_state(service), SERVICE_READY);
	assert_false(*service_away(service));
	assert_string_equal(ask(zones_store(service_zones(service)),
		service_zones(service), "www.example.com.", TYPE_A, out),
		"REFUSED");
	assert_true(service_report(service, &report));
	assert_int_equal(report.reason_count, 0);
	assert_int_equal(report.source_count, 0);
	assert_int_equal(report.zone_count, 0);
	assert_string_equal(report.config_error.text, "");
	report_clear(&report);
}

/** Without zones nobody is asked, whatever is configured; and nothing is read
 * or written, not even a file that is no snapshot. */
static void
test_no_zones(void** state)
{
	static const char garbage[] = "this is no snapshot";
	static const char* const none[] = { "zones:\n", "zones: []\n" };
	char found[sizeof(garbage)] = "";
	FILE* file;
	size_t i;
	(void)state;
	file = fopen(snapshot, "w");
	assert_non_null(file);
	fputs(garbage, file);
	fclose(file);
	for(i = 0; i < COUNT(none); i++) {
		begin(ETCD WAIT "snapshot: %s\n%s", fake_etcd_url(fakes[0]),
			snapshot, none[i]);
		check_idle();
		service_end(service);
		service = NULL;
	}
	file = fopen(snapshot, "r");
	assert_non_null(file);
	assert_non_null(fgets(found, sizeof(found), file));
	fclose(file);
	assert_string_equal(found, garbage);
	assert_int_equal(fake_etcd_requests(fakes[0]), 0);
	check_logged("there are no zones: all names are resolved as without the "
		"module, and etcd is not contacted\n");
}

/** A reload that changes anything else changes nothing. */
static void
test_no_zones_kept(void** state)
{
	(void)state;
	begin("zones: []\n");
	assert_false(service_may_cache(service));
	assert_true(begin(ETCD WAIT "cache: yes\nzones: []\n",
		fake_etcd_url(fakes[0])));
	check_idle();
	assert_false(service_may_cache(service));
}

/** Zones come by a reload, and go by another one. */
static void
test_zones_come_and_go(void** state)
{
	unsigned i;
	(void)state;
	begin(ETCD WAIT "zones: []\n", fake_etcd_url(fakes[0]));
	for(i = 0; i < 2; i++) {
		assert_false(begin(YAML, fake_etcd_url(fakes[0])));
		check_address("192.0.2.1", 5);
		assert_false(begin(ETCD WAIT "zones: []\n",
			fake_etcd_url(fakes[0])));
		check_idle();
		assert_true(fake_etcd_wait_closed(fakes[0]));
	}
}

/** Where the first zones come while etcd is away, they do not come; unless
 * there is a copy on disk. */
static void
test_zones_come_without_etcd(void** state)
{
	(void)state;
	begin(YAML "snapshot: %s\n", fake_etcd_url(fakes[0]), snapshot);
	service_end(service);
	service = NULL;
	begin("zones: []\n");
	assert_true(begin(ETCD ZONES "startup-wait: 20ms\n",
		"http://127.0.0.1:1"));
	check_logged("no copy of etcd's data within 20 ms: the previous "
		"configuration stays in force");
	assert_int_equal(service_state(service), SERVICE_READY);
	assert_false(begin(ETCD ZONES WAIT "snapshot: %s\n",
		"http://127.0.0.1:1", snapshot));
	check_address("192.0.2.1", 5);
}

/* --- what is said of it ------------------------------------------------- */

/** Make a report, and look at what is the same in all. */
static struct report
report_of(void)
{
	struct report report;
	assert_true(service_report(service, &report));
	assert_string_equal(report.version, HELIX_VERSION);
	assert_null(report.unbound);
	assert_in_range(report.config_at, time(NULL) - 600, time(NULL));
	assert_int_equal(report.source_count, 1);
	assert_string_equal(report.sources[0].name, "etcd");
	assert_string_equal(report.sources[0].api, "v3");
	assert_int_equal(report.sources[0].endpoint_count, 1);
	return report;
}

/** All parts are asked. */
static void
test_report(void** state)
{
	const struct report_source* source;
	struct report report;
	size_t i;
	(void)state;
	begin(ETCD WAIT "zones: [{name: example.com}, {name: 'a\\.b.example'}]"
		"\nsnapshot: %s\n", fake_etcd_url(fakes[0]), snapshot);
	for(i = 0; i < 3; i++)
		stats_count(service_stats(service), 1, STATS_NODATA);
	report = report_of();
	assert_int_equal(report.reason_count, 0);
	assert_string_equal(report.config_error.text, "");
	source = &report.sources[0];
	assert_string_equal(source->prefix, "/helix");
	assert_string_equal(source->endpoints[0], fake_etcd_url(fakes[0]));
	assert_true(source->replica.has_copy);
	assert_int_equal(source->replica.revision, 10);
	assert_int_equal(source->replica.lists[ETCD_LIST_FIRST], 1);
	assert_int_equal(source->feed.keys, 1);
	assert_true(source->snapshot.enabled);
	assert_int_equal(report.zone_count, 2);
	assert_string_equal(report.zones[0].name, "example.com.");
	assert_int_equal(report.zones[0].serial, 8);
	assert_int_equal(report.zones[0].stats.answers[STATS_NODATA], 0);
	assert_string_equal(report.zones[1].name, "a\\.b.example.");
	assert_int_equal(report.zones[1].stats.answers[STATS_NODATA], 3);
	report_clear(&report);
}

/** Without a copy, it is not ready; and there may be no snapshot. */
static void
test_report_not_ready(void** state)
{
	struct report report;
	(void)state;
	begin(ETCD ZONES "startup-wait: 0s\n", "http://127.0.0.1:1");
	report = report_of();
	assert_int_equal(report.reason_count, 1);
	check(strstr(report.reasons[0].text, "source etcd: no copy of etcd's "
		"data yet; ") == report.reasons[0].text, "%s",
		report.reasons[0].text);
	assert_false(report.sources[0].snapshot.enabled);
	report_clear(&report);
}

/** A refused configuration is remembered until one is accepted, and what runs
 * is ready all the while. */
static void
test_report_refused(void** state)
{
	static const struct { const char *yaml, *error; } reloads[] = {
		{ "zones: 5\nfoo: bar\n", "/helix.yaml:1:8: expected a list" },
		{ ETCD "startup-wait: 20ms\n" ZONES, "no copy of etcd's data "
			"within 20 ms; reload again when etcd answers" },
	};
	struct report report;
	size_t i;
	(void)state;
	begin(YAML, fake_etcd_url(fakes[0]));
	for(i = 0; i < COUNT(reloads); i++) {
		FILE* file = fopen(path, "w");
		assert_non_null(file);
		fprintf(file, reloads[i].yaml, "http://127.0.0.1:1");
		fclose(file);
		assert_true(begin_with_it());
		report = report_of();
		check(strstr(report.config_error.text, reloads[i].error),
			"%s", report.config_error.text);
		assert_int_equal(report.reason_count, 0);
		report_clear(&report);
	}
	/* what runs takes this one */
	assert_true(begin(YAML "cache: no\n", fake_etcd_url(fakes[0])));
	report = report_of();
	assert_string_equal(report.config_error.text, "");
	report_clear(&report);
}

/** whether the thread that asks is to end */
static atomic_bool asked_enough;

/** Ask for reports. */
static void*
ask_for_reports(void* arg)
{
	size_t* asked = arg;
	struct report report;
	do {
		if(!service_report(service, &report))
			break;
		*asked += report.zone_count;
		report_clear(&report);
	} while(!asked_enough);
	return NULL;
}

/** Another thread may ask while etcd is followed, and while a reload gives the
 * zones other settings; this is for the sanitizers. */
static void
test_report_in_thread(void** state)
{
	struct service* running;
	size_t asked = 0;
	pthread_t thread;
	unsigned i;
	(void)state;
	begin(YAML, fake_etcd_url(fakes[0]));
	running = service;
	asked_enough = false;
	assert_int_equal(pthread_create(&thread, NULL, ask_for_reports,
		&asked), 0);
	for(i = 1; i <= 20; i++) {
		yaml_write(ETCD "zones: [{name: example.com, ttl: %u}]\n",
			fake_etcd_url(fakes[0]), i);
		/* the variable is the other thread's, too */
		check(service_begin(running, path, &listener) == running,
			"reload %u", i);
	}
	asked_enough = true;
	pthread_join(thread, NULL);
	assert_true(asked > 0);
	check_address("192.0.2.1", 20);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

/** A program that ends as soon as its service has begun.
 * @param yaml: its helix.yaml. */
static int
end_at_once(const char* yaml)
{
	helix_log_set_writer(helix_log_discard);
	service = service_begin(NULL, yaml, &listener);
	return !service || service_state(service) != SERVICE_READY;
}

int
main(int argc, char** argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stop_at_exit),
		TEST(test_begin),
		TEST(test_begin_with_an_error),
		TEST(test_begin_with_errors),
		TEST(test_begin_without_etcd),
		TEST(test_begin_with_a_snapshot),
		TEST(test_cache),
		TEST(test_keep),
		TEST(test_begin_anew),
		TEST(test_other_zones),
		TEST(test_stay),
		TEST(test_do_not_wait),
		TEST(test_no_zones),
		TEST(test_no_zones_kept),
		TEST(test_zones_come_and_go),
		TEST(test_zones_come_without_etcd),
		TEST(test_report),
		TEST(test_report_not_ready),
		TEST(test_report_refused),
		TEST(test_report_in_thread),
	};
	program = argv[0];
	if(argc > 1)
		return end_at_once(argv[1]);
	return cmocka_run_group_tests_name("service", tests, folder_make,
		folder_remove);
}
