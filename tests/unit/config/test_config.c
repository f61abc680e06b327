/*
 * tests/unit/config/test_config.c - helix.yaml.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The cases are files in data/config, so that a new one needs no code:
 * good.X.yaml is read, and what came of it is as good.X.expected says, in the
 * words of config_dump; bad.X.yaml is not, and the messages, without the path
 * of the file, are the lines of bad.X.expected.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "config/config.h"
#include "dns/name.h"
#include <dirent.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** the folder of the cases */
#define CASES TEST_DATA "/config"
/** the file that is installed */
#define SHIPPED TEST_DATA "/../../../conf/helix.yaml"

/* --- files --------------------------------------------------------------- */

/** A whole file, NUL-terminated; owned by the caller. */
static char*
file_text(const char* path)
{
	FILE* file = fopen(path, "rb");
	char* text = NULL;
	size_t size = 0, len;
	FILE* out = open_memstream(&text, &size);
	char data[4096];
	assert_non_null(out);
	if(!file)
		fail_msg("%s can't be read", path);
	while((len = fread(data, 1, sizeof(data), file)) > 0)
		fwrite(data, 1, len, out);
	fclose(file);
	fclose(out);
	return text;
}

/** A path in the folder of the cases; valid until the next call but one. */
static const char*
case_path(const char* name, const char* end)
{
	static char paths[2][1024];
	static unsigned turn;
	char* path = paths[turn++ % 2];
	snprintf(path, sizeof(paths[0]), "%s/%s%s", CASES, name, end);
	return path;
}

static int
is_good(const struct dirent* entry)
{
	size_t len = strlen(entry->d_name);
	return strncmp(entry->d_name, "good.", 5) == 0 && len > 10 &&
		strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

static int
is_bad(const struct dirent* entry)
{
	size_t len = strlen(entry->d_name);
	return strncmp(entry->d_name, "bad.", 4) == 0 && len > 9 &&
		strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

/**
 * Check each case of a kind.
 * @param check: says what is wrong with a case, if anything is, and returns
 *	whether it is right.
 */
static void
check_cases(int (*is_case)(const struct dirent*), bool (*check)(const char*))
{
	struct dirent** entries;
	int count = scandir(CASES, &entries, is_case, alphasort);
	int i, wrong = 0;
	assert_true(count > 0);
	for(i = 0; i < count; i++) {
		char* name = entries[i]->d_name;
		name[strlen(name) - 5] = 0;
		if(!check(name))
			wrong++;
		free(entries[i]);
	}
	free(entries);
	if(wrong > 0)
		fail_msg("%d of %d files", wrong, count);
}

/* --- good files ---------------------------------------------------------- */

static void
dump_name(FILE* out, const char* key, const struct name* name)
{
	char text[NAME_TEXT_MAX];
	/* the length is part of the name, and not seen in its text */
	assert_int_equal(name->wire[name->len - 1], 0);
	fprintf(out, "%s %s\n", key, name_to_text(name->wire, text));
}

static void
dump_zone(FILE* out, const struct zone_settings* zone)
{
	size_t i;
	dump_name(out, "zone", &zone->apex);
	fprintf(out, "\tttl %u\n", (unsigned)zone->ttl);
	for(i = 0; i < zone->ns_count; i++)
		dump_name(out, "\tns", &zone->ns[i]);
	dump_name(out, "\tmname", &zone->mname);
	dump_name(out, "\trname", &zone->rname);
	if(zone->fallthrough)
		fprintf(out, "\tfallthrough\n");
	fprintf(out, "\trefresh %u\n\tretry %u\n\texpire %u\n\tminimum %u\n",
		(unsigned)zone->refresh, (unsigned)zone->retry,
		(unsigned)zone->expire, (unsigned)zone->minimum);
}

/** Show a text, if it is there. */
static void
dump_text(FILE* out, const char* name, const char* text)
{
	if(text)
		fprintf(out, "%s %s\n", name, text);
}

/** All that a configuration says, as text; owned by the caller. */
static char*
config_dump(const struct helix_config* config)
{
	char* text = NULL;
	size_t size, i;
	FILE* out = open_memstream(&text, &size);
	assert_non_null(out);
	for(i = 0; i < config->etcd.endpoint_count; i++)
		fprintf(out, "endpoint %s\n", config->etcd.endpoints[i]);
	/* what is not there by default is not shown then */
	if(config->etcd.api != ETCD_V3)
		fprintf(out, "api %s\n", config->etcd.api == ETCD_V2 ? "v2" :
			"?");
	for(i = 0; i < config->etcd.hidden_count; i++)
		fprintf(out, "hidden %s\n", config->etcd.hidden[i]);
	dump_text(out, "username", config->etcd.username);
	dump_text(out, "password-file", config->etcd.password_file);
	dump_text(out, "ca", config->etcd.tls.ca);
	dump_text(out, "cert", config->etcd.tls.cert);
	dump_text(out, "key", config->etcd.tls.key);
	dump_text(out, "server-name", config->etcd.tls.server_name);
	fprintf(out, "prefix \"%s\"\nconnect-timeout %u\nrequest-timeout %u\n"
		"heartbeat %u\nstartup-wait %u\n", config->etcd.prefix,
		config->etcd.connect_timeout, config->etcd.request_timeout,
		config->etcd.heartbeat, config->startup_wait);
	if(config->etcd.max_stale > 0)
		fprintf(out, "max-stale %u\n", config->etcd.max_stale);
	dump_text(out, "snapshot", config->snapshot);
	if(!config->cache)
		fprintf(out, "no cache\n");
	dump_text(out, "socket", config->status.socket);
	dump_text(out, "listen", config->status.listen);
	for(i = 0; i < config->zone_count; i++)
		dump_zone(out, &config->zones[i]);
	fclose(out);
	return text;
}

/** Read a file, and compare what came of it with a dump in another file. */
static bool
check_dump(const char* path, const char* expected_path)
{
	struct reason reason = { "" };
	struct helix_config* config = helix_config_load(path, &reason);
	char *dump, *expected;
	bool same;
	if(!config) {
		print_error("%s: was refused: %s\n", path, reason.text);
		return false;
	}
	dump = config_dump(config);
	expected = file_text(expected_path);
	same = strcmp(dump, expected) == 0;
	if(!same)
		print_error("%s: read as\n%sexpected\n%s", path, dump,
			expected);
	free(dump);
	free(expected);
	helix_config_delete(config);
	return same;
}

static bool
check_good(const char* name)
{
	return check_dump(case_path(name, ".yaml"), case_path(name,
		".expected"));
}

static void
test_good(void** state)
{
	(void)state;
	check_cases(is_good, check_good);
}

/* --- bad files ----------------------------------------------------------- */

/** Whether an error is one behind which nothing is looked at. */
static bool
is_cut(const char* message)
{
	static const char* const cuts[] = { "this is not YAML: ",
		"this is not text in UTF-8: ", "there is a control character;",
		"there is a tab;", "a second document begins here;" };
	size_t i;
	for(i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
		if(strncmp(message, cuts[i], strlen(cuts[i])) == 0)
			return true;
	}
	return false;
}

/** The messages of errors, each a line without the path of the file; behind
 * them "more", if there are more; owned by the caller. */
static char*
errors_dump(const struct config_errors* errors, const char* path)
{
	const size_t len = strlen(path);
	char* text = NULL;
	size_t size, i;
	FILE* out = open_memstream(&text, &size);
	assert_non_null(out);
	for(i = 0; i < errors->count; i++) {
		const struct config_error* error = &errors->list[i];
		const char* line = error->reason.text;
		char place[64] = "";
		assert_memory_equal(line, path, len);
		assert_int_equal(line[len], ':');
		if(error->line > 0)
			snprintf(place, sizeof(place), "%zu:%zu:",
				error->line, error->column);
		assert_memory_equal(line + len + 1, place, strlen(place));
		assert_string_equal(line + len + 1 + strlen(place) + 1,
			config_error_message(error));
		assert_int_equal(errors->cut,
			is_cut(config_error_message(error)));
		fprintf(out, "%s\n", line + len + 1);
	}
	if(errors->more)
		fprintf(out, "more\n");
	fclose(out);
	return text;
}

/** Check that the first of all errors is what who wants one gets. */
static void
check_first(const char* path, const struct config_errors* errors)
{
	struct reason reason = { "" };
	assert_null(helix_config_load(path, &reason));
	assert_string_equal(reason.text, errors->list[0].reason.text);
}

/** Check the messages for a file. @param expected: lines without the path. */
static bool
check_messages(const char* path, const char* expected)
{
	struct config_errors errors;
	struct helix_config* config = helix_config_read(path, &errors);
	char* said;
	bool same;
	if(config) {
		helix_config_delete(config);
		print_error("%s: was read; expected %s\n", path, expected);
		return false;
	}
	said = errors_dump(&errors, path);
	same = strcmp(said, expected) == 0;
	if(!same)
		print_error("%s: said\n%sexpected\n%s", path, said, expected);
	free(said);
	check_first(path, &errors);
	return same;
}

static bool
check_bad(const char* name)
{
	char* expected = file_text(case_path(name, ".expected"));
	bool same = check_messages(case_path(name, ".yaml"), expected);
	free(expected);
	return same;
}

static void
test_bad(void** state)
{
	(void)state;
	check_cases(is_bad, check_bad);
}

/* --- files that are no cases --------------------------------------------- */

static void
test_missing(void** state)
{
	(void)state;
	assert_true(check_messages(CASES "/missing.yaml",
		" cannot open the file: No such file or directory\n"));
	assert_true(check_messages("", " cannot open the file: No such file "
		"or directory\n"));
}

static void
test_directory(void** state)
{
	(void)state;
	assert_true(check_messages(CASES,
		" cannot read the file: Is a directory\n"));
}

/** A file of this test; to be unlinked. */
static void
file_make(char* path, const char* begin, size_t fill)
{
	static const char filling[] = "# filling filling filling filling "
		"filling filling filling filling\n";
	const size_t len = sizeof(filling) - 1;
	int fd;
	FILE* file;
	strcpy(path, "/tmp/helix-test-config-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	file = fdopen(fd, "wb");
	assert_non_null(file);
	fputs(begin, file);
	for(; fill >= len; fill -= len)
		fputs(filling, file);
	for(; fill > 0; fill--)
		fputc('\n', file);
	fclose(file);
}

#define ZONES "zones: [{name: example.com}]\n"

/** Check the messages for a file of mode 0 in the eyes of nobody, as root may
 * read everything. @param expected: what the message begins with. */
static bool
check_denied(const char* path, const char* expected)
{
	struct config_errors errors;
	struct helix_config* config;
	assert_int_equal(chmod(path, 0), 0);
	if(getuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	config = helix_config_read(path, &errors);
	assert_int_equal(seteuid(getuid()), 0);
	assert_null(config);
	assert_int_equal(errors.count, 1);
	if(strncmp(config_error_message(&errors.list[0]), expected,
		strlen(expected)) == 0)
		return true;
	print_error("%s\nexpected\n%s", errors.list[0].reason.text, expected);
	return false;
}

/** What is right beside what is wrong is read. */
static void
test_despite(void** state)
{
	static const struct {
		const char* text;
		/** status.socket; NULL: none */
		const char* socket;
		size_t errors;
	} cases[] = {
		{ ZONES "status: {socket: /run/s}\n", "/run/s", 0 },
		{ ZONES "status: {socket: /run/s}\ncache: 5\n", "/run/s", 1 },
		{ "zones: 5\nstatus: {socket: /run/s, lisen: 7}\nstatsu: 1\n",
			"/run/s", 3 },
		{ ZONES "status: {socket: 7\n", NULL, 1 },
		{ "", NULL, 1 },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct config_errors errors;
		struct helix_config* config;
		const char* socket;
		char path[64];
		file_make(path, cases[i].text, 0);
		config = helix_config_read_despite(path, &errors);
		assert_non_null(config);
		socket = config->status.socket;
		if(errors.count != cases[i].errors || !socket != !cases[i].socket
			|| (socket && strcmp(socket, cases[i].socket) != 0))
			fail_msg("case %zu: %zu errors, socket %s", i,
				errors.count, socket ? socket : "none");
		helix_config_delete(config);
		unlink(path);
	}
}

static void
test_unreadable(void** state)
{
	char path[64], expected[512];
	bool right;
	(void)state;
	file_make(path, ZONES, 0);
	snprintf(expected, sizeof(expected), "cannot open the file: Permission "
		"denied: user %s may not use %s, which belongs to ",
		getpwuid(getuid() == 0 ? 65534 : getuid())->pw_name, path);
	right = check_denied(path, expected);
	unlink(path);
	assert_true(right);
}

/** Up to 4 MiB, and not an octet more. */
static void
test_large(void** state)
{
	const size_t max = 4 * 1024 * 1024;
	char path[64];
	struct reason reason = { "" };
	struct helix_config* config;
	bool right;
	(void)state;
	file_make(path, ZONES, max - strlen(ZONES));
	config = helix_config_load(path, &reason);
	unlink(path);
	assert_string_equal(reason.text, "");
	assert_non_null(config);
	helix_config_delete(config);
	file_make(path, ZONES, max - strlen(ZONES) + 1);
	right = check_messages(path,
		" cannot read the file: it is over 4 MiB\n");
	unlink(path);
	assert_true(right);
}

/** A path that leaves no room for the message does no harm. */
static void
test_long_path(void** state)
{
	char path[2 * REASON_MAX];
	struct reason reason;
	size_t len;
	(void)state;
	for(len = REASON_MAX - 40; len < sizeof(path); len += 7) {
		memset(path, '/', len);
		strcpy(path + len, "x");
		memset(reason.text, 'x', sizeof(reason.text));
		assert_null(helix_config_load(path, &reason));
		assert_true(strlen(reason.text) < sizeof(reason.text));
		assert_memory_equal(reason.text, path, 100);
	}
}

/* --- the file that is installed ------------------------------------------ */

static void
test_shipped(void** state)
{
	(void)state;
	assert_true(check_dump(SHIPPED, CASES "/good.zones-null.expected"));
}

/** The shipped file with its zone; owned by the caller. */
static char*
shipped_with_zone(void)
{
	static const char mark[] = "\n  # - name: example.com\n";
	char* text = file_text(SHIPPED);
	char* at = strstr(text, mark);
	assert_non_null(at);
	memmove(at + 3, at + 5, strlen(at + 5) + 1);
	return text;
}

/** It has a zone once that line is edited. */
static void
test_shipped_edited(void** state)
{
	char* text = shipped_with_zone();
	char path[64];
	bool right;
	(void)state;
	file_make(path, text, 0);
	free(text);
	right = check_dump(path, CASES "/good.minimal.expected");
	unlink(path);
	assert_true(right);
}

/** Behind a '#' without a space there are the keys with their defaults, as
 * the file says: with them the result is the same, but for ns. */
static void
test_shipped_uncommented(void** state)
{
	char* text = shipped_with_zone();
	char *at, *out;
	char path[64];
	bool right;
	(void)state;
	for(at = out = text; *at; at++) {
		if(*at != '#' || at[1] == ' ' || at[1] == '\n')
			*out++ = *at;
	}
	*out = 0;
	file_make(path, text, 0);
	free(text);
	right = check_dump(path, CASES "/good.all-keys.expected");
	unlink(path);
	assert_true(right);
}

/* --- two configurations -------------------------------------------------- */

/** Read a configuration from text. */
static struct helix_config*
config_of(const char* text)
{
	char path[64];
	struct reason reason = { "" };
	struct helix_config* config;
	file_make(path, text, 0);
	config = helix_config_load(path, &reason);
	unlink(path);
	if(!config)
		fail_msg("%s: %s", text, reason.text);
	return config;
}

/** A configuration, and whether it follows etcd as another one does. */
struct same_case {
	/** one */
	const char* a;
	/** the other */
	const char* b;
	/** whether etcd is followed in the same way */
	bool same;
};

#define TWO "endpoints: [http://a:1, http://b:2]"
#define USER(name, file) ZONES "etcd: {username: " name ", password-file: " \
	file "}\n"
#define TLS(keys) ZONES "etcd: {endpoints: [https://a:1], tls: {" keys "}}\n"
#define HIDDEN(list) ZONES "etcd: {api: v2, hidden: [" list "]}\n"

static const struct same_case same_cases[] = {
	{ ZONES, ZONES, true },
	{ ZONES, "zones: [{name: other.test, ttl: 7}]\n", true },
	{ ZONES, ZONES "startup-wait: 7s\n", true },
	{ ZONES, ZONES "cache: no\n", true },
	{ ZONES, ZONES "etcd: {prefix: /helix}\n", true },
	{ ZONES "etcd: {" TWO "}\n", ZONES "etcd: {endpoints: "
		"[http://a:1/, http://b:2/]}\n", true },
	{ ZONES, ZONES "etcd: {prefix: /other}\n", false },
	{ ZONES, ZONES "etcd: {prefix: /}\n", false },
	{ ZONES, ZONES "etcd: {connect-timeout: 3s}\n", false },
	{ ZONES, ZONES "etcd: {request-timeout: 3s}\n", false },
	{ ZONES, ZONES "etcd: {heartbeat: 3s}\n", false },
	{ ZONES, ZONES "etcd: {" TWO "}\n", false },
	{ ZONES "etcd: {" TWO "}\n", ZONES "etcd: {endpoints: [http://a:1]}\n",
		false },
	{ ZONES "etcd: {" TWO "}\n", ZONES "etcd: {endpoints: [http://b:2, "
		"http://a:1]}\n", false },
	{ ZONES, ZONES "etcd: {api: v3}\n", true },
	{ ZONES, ZONES "etcd: {api: v2}\n", false },
	{ ZONES "etcd: {api: v2}\n", ZONES "etcd: {api: v2}\n", true },
	{ ZONES "etcd: {api: v2}\n", HIDDEN("_a"), false },
	{ HIDDEN("_a"), HIDDEN("_a"), true },
	{ HIDDEN("_a"), HIDDEN("\"_a\""), true },
	{ HIDDEN("_a"), HIDDEN("_b"), false },
	{ HIDDEN("_a"), HIDDEN("_A"), false },
	{ HIDDEN("_a"), HIDDEN("_ab"), false },
	{ HIDDEN("_a"), HIDDEN("_a, _b"), false },
	{ HIDDEN("_b"), HIDDEN("_a, _b"), false },
	{ HIDDEN("_a, _b"), HIDDEN("_a, _b"), true },
	{ HIDDEN("_a, _b"), HIDDEN("_a, _c"), false },
	{ HIDDEN("_a, _b"), HIDDEN("_b, _a"), false },
	{ USER("a", "/dev/null"), USER("a", "/dev/null"), true },
	{ USER("a", "/dev/null"), USER("b", "/dev/null"), false },
	{ USER("a", "/dev/null"), USER("a", "/dev/zero"), false },
	{ ZONES, USER("a", "/dev/null"), false },
	{ ZONES, ZONES "max-stale: 0s\n", true },
	{ ZONES, ZONES "max-stale: 60s\n", false },
	{ ZONES, ZONES "snapshot: /tmp/no-such\n", false },
	{ ZONES "snapshot: /tmp/no-such\n", ZONES "snapshot: /tmp/no-such\n",
		true },
	{ ZONES "snapshot: /tmp/no-such\n", ZONES "snapshot: /tmp/no-other\n",
		false },
	{ TLS("ca: /dev/null"), TLS("ca: /dev/null"), true },
	{ TLS("ca: /dev/null"), TLS("ca: /dev/zero"), false },
	{ TLS("ca: /dev/null"), TLS("server-name: a"), false },
	{ TLS("server-name: a"), TLS("server-name: b"), false },
	{ TLS("cert: /dev/null, key: /dev/null"),
		TLS("cert: /dev/null, key: /dev/null"), true },
	{ TLS("cert: /dev/null, key: /dev/null"),
		TLS("cert: /dev/zero, key: /dev/null"), false },
	{ TLS("cert: /dev/null, key: /dev/null"),
		TLS("cert: /dev/null, key: /dev/zero"), false },
};

static void
test_same_etcd(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(same_cases) / sizeof(*same_cases); i++) {
		struct helix_config* a = config_of(same_cases[i].a);
		struct helix_config* b = config_of(same_cases[i].b);
		if(helix_config_same_etcd(a, b) != same_cases[i].same ||
			helix_config_same_etcd(b, a) != same_cases[i].same)
			fail_msg("%sand\n%s", same_cases[i].a,
				same_cases[i].b);
		helix_config_delete(a);
		helix_config_delete(b);
	}
}

/** Where the module can be asked is no part of how etcd is followed. */
static void
test_same_status(void** state)
{
	static const struct {
		const char* a;
		const char* b;
		bool same;
	} cases[] = {
		{ "", "", true },
		{ "", "status: {}\n", true },
		{ "", "status: {socket: /s}\n", false },
		{ "", "status: {listen: 127.0.0.1:1}\n", false },
		{ "status: {socket: /s, listen: 127.0.0.1:1}\n",
			"status: {listen: 127.0.0.1:1, socket: /s}\n", true },
		{ "status: {socket: /s}\n", "status: {socket: /t}\n", false },
		{ "status: {listen: 127.0.0.1:1}\n",
			"status: {listen: 127.0.0.1:2}\n", false } };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[256];
		struct helix_config *a, *b;
		snprintf(text, sizeof(text), "zones: [{name: a.test}]\n%s",
			cases[i].a);
		a = config_of(text);
		snprintf(text, sizeof(text), "zones: [{name: a.test}]\n%s",
			cases[i].b);
		b = config_of(text);
		if(status_settings_same(&a->status, &b->status) !=
			cases[i].same || status_settings_same(&b->status,
			&a->status) != cases[i].same ||
			!helix_config_same_etcd(a, b))
			fail_msg("%sand\n%s", cases[i].a, cases[i].b);
		helix_config_delete(a);
		helix_config_delete(b);
	}
}

static void
test_swap_zones(void** state)
{
	struct helix_config* a = config_of("zones: [{name: a.test}]\n");
	struct helix_config* b = config_of("zones: [{name: b.test}, "
		"{name: c.test}]\nstartup-wait: 1s\n");
	const struct zone_settings *zones_a = a->zones, *zones_b = b->zones;
	(void)state;
	helix_config_swap_zones(a, b);
	assert_ptr_equal(a->zones, zones_b);
	assert_int_equal(a->zone_count, 2);
	assert_int_equal(a->startup_wait, 5000);
	assert_ptr_equal(b->zones, zones_a);
	assert_int_equal(b->zone_count, 1);
	helix_config_delete(a);
	helix_config_delete(b);
	helix_config_delete(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_despite),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_long_path),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_shipped_edited),
		cmocka_unit_test(test_shipped_uncommented),
		cmocka_unit_test(test_same_etcd),
		cmocka_unit_test(test_same_status),
		cmocka_unit_test(test_swap_zones),
	};
	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
