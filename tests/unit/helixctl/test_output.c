/*
 * tests/unit/helixctl/test_output.c - what commands write, and read.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "output.h"
#include "check.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <unistd.h>

/** where standard output goes, and where it went before */
static FILE* captured;
static int before;

static void
capture(void)
{
	fflush(stdout);
	before = dup(STDOUT_FILENO);
	captured = tmpfile();
	assert_non_null(captured);
	assert_true(dup2(fileno(captured), STDOUT_FILENO) >= 0);
}

/** End capturing. @param text: room for what was written. */
static void
release(char text[1000])
{
	size_t len;
	fflush(stdout);
	assert_true(dup2(before, STDOUT_FILENO) >= 0);
	close(before);
	rewind(captured);
	len = fread(text, 1, 999, captured);
	text[len] = 0;
	fclose(captured);
}

static const struct {
	const char* octets;
	size_t len;
	/** as JSON */
	const char* expected;
} strings[] = {
	{ OCTETS(""), "\"\"" },
	{ OCTETS("plain"), "\"plain\"" },
	{ OCTETS("\"\\/"), "\"\\\"\\\\/\"" },
	{ OCTETS("\0\n\033\177"), "\"\\u0000\\u000a\\u001b\\u007f\"" },
	{ OCTETS("\303\244"), "\"\\u00e4\"" },
	/* a control character of 8 bits */
	{ OCTETS("\302\233"), "\"\\u009b\"" },
	{ OCTETS("\342\202\254"), "\"\\u20ac\"" },
	{ OCTETS("\360\237\230\200"), "\"\\ud83d\\ude00\"" },
	{ OCTETS("\364\217\277\277"), "\"\\udbff\\udfff\"" },
	/* no UTF-8: too long, cut, a surrogate, beyond the last, a tail */
	{ OCTETS("\300\200"), "\"\\ufffd\\ufffd\"" },
	{ OCTETS("\340\200\200"), "\"\\ufffd\\ufffd\\ufffd\"" },
	{ OCTETS("\303"), "\"\\ufffd\"" },
	{ OCTETS("\342\202"), "\"\\ufffd\\ufffd\"" },
	{ OCTETS("\355\240\200"), "\"\\ufffd\\ufffd\\ufffd\"" },
	{ OCTETS("\364\220\200\200"),
		"\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
	{ OCTETS("\200a\377"), "\"\\ufffda\\ufffd\"" },
	{ OCTETS("\303a"), "\"\\ufffda\"" },
};

static void
test_json(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(strings); i++) {
		char* octets = copy_exactly(strings[i].octets,
			strings[i].len + !strings[i].len);
		char text[1000];
		capture();
		output_json(octets, strings[i].len);
		release(text);
		check(strcmp(text, strings[i].expected) == 0, "%s: %s",
			strings[i].expected, text);
		free(octets);
	}
}

static void
test_members(void** state)
{
	char text[1000];
	bool first = true;
	cJSON* json;
	(void)state;
	capture();
	putchar('{');
	output_json_name("a", &first);
	putchar('1');
	output_json_name("b", &first);
	output_json("x", 1);
	putchar('}');
	release(text);
	json = cJSON_Parse(text);
	assert_int_equal(cJSON_GetArraySize(json), 2);
	cJSON_Delete(json);
}

static void
test_text(void** state)
{
	struct buffer buffer = { 0 };
	char text[1000];
	(void)state;
	capture();
	output_text("a\"\\\033\377", 5);
	release(text);
	assert_string_equal(text, "a\\\"\\\\\\027\\255");
	assert_true(output_text_append(&buffer, "a\033", 2));
	assert_int_equal(buffer.len, 5);
	assert_memory_equal(buffer.data, "a\\027", 5);
	buffer_clear(&buffer);
}

static void
test_key(void** state)
{
	static const char key[] = "/a\\.b\033";
	char text[1000], shown[16];
	(void)state;
	capture();
	output_key(key, sizeof(key) - 1);
	release(text);
	assert_string_equal(text, "/a\\.b<1b>");
	assert_string_equal(output_key_text(key, sizeof(key) - 1, shown, 10),
		"/a\\.b<1b>");
	assert_string_equal(output_key_text(key, sizeof(key) - 1, shown, 9),
		"/a\\.b...");
	assert_string_equal(output_key_text("123456789", 9, shown, 9),
		"12345...");
	assert_string_equal(output_key_text("\033\033", 2, shown,
		OUTPUT_KEY_SIZE(1)), "<1b>...");
	assert_string_equal(output_key_text("", 0, shown, 8), "");
}

static void
test_style(void** state)
{
	struct ctl ctl = { .color = false };
	(void)state;
	assert_string_equal(output_style(&ctl, OUTPUT_BAD), "");
	ctl.color = true;
	assert_string_equal(output_style(&ctl, OUTPUT_BAD), "\033[31m");
	assert_string_equal(output_style(&ctl, OUTPUT_PLAIN), "\033[0m");
}

/* --- what the user gives ------------------------------------------------- */

static const struct {
	const char* text;
	/** seconds; -1: refused */
	int64_t expected;
} durations[] = {
	{ "1", 1 }, { "90", 90 }, { "90s", 90 }, { "15m", 900 },
	{ "1h30m", 5400 }, { "1d", 86400 }, { "2w", 1209600 },
	{ "1h1h", 7200 }, { "1m30", 90 }, { "007", 7 },
	{ "2000000000", 2000000000 }, { "2000000001", -1 }, { "0", -1 },
	{ "0s", -1 }, { "", -1 }, { "s", -1 }, { "1x", -1 }, { "-1", -1 },
	{ "1 s", -1 }, { " 1", -1 }, { "1s ", -1 }, { "1.5h", -1 },
	{ "99999999999999999999", -1 }, { "9999w", -1 },
	{ "2000000000s1s", -1 },
};

static void
test_durations(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(durations); i++) {
		int64_t seconds = -1;
		bool ok = ctl_seconds_read("--for", durations[i].text, 1,
			2000000000, &seconds);
		check(ok == (durations[i].expected >= 0) &&
			seconds == durations[i].expected, "%s: %lld",
			durations[i].text, (long long)seconds);
	}
}

/* --- options ------------------------------------------------------------- */

static const struct option own[] = {
	{ "long", no_argument, NULL, 'l' },
	{ "id", required_argument, NULL, 300 },
	{ NULL, 0, NULL, 0 }
};

static const struct ctl_command command = {
	"try", "NAME", "tries", "", NULL
};

static const struct {
	/** with spaces between */
	const char* words;
	/** "l", "i=ARGUMENT" for each of its own; then what common ones set;
	 * then "end" with the arguments, "wrong" or "help" */
	const char* expected;
} lines[] = {
	{ "try", "end" },
	{ "try a", "end a" },
	{ "try -l a", "l end a" },
	{ "try a --long b", "l end a b" },
	{ "try --id=x a", "i=x end a" },
	{ "try --id x a", "i=x end a" },
	{ "try -- -l", "end -l" },
	{ "try --json a --prefix /p", "end a json prefix=/p" },
	{ "try --endpoints u --user n --password-file f",
		"end endpoints=u user=n file=f" },
	{ "try --config c a", "end a config=c" },
	{ "try --none", "wrong" },
	{ "try -x", "wrong" },
	{ "try --id", "wrong" },
	{ "try --json=1", "wrong" },
	{ "try a --help", "help" },
	{ "try -h", "help" },
	{ "try --version", "help" },
};

/** Append words. */
static void
say(char* text, const char* what, const char* argument)
{
	if(*text)
		strcat(text, " ");
	strcat(text, what);
	if(argument)
		strcat(text, argument);
}

/** Read the options of a line, and say what they were. */
static void
options_say(struct ctl* ctl, int argc, char** argv, char* text)
{
	for(;;) {
		int option = ctl_next_option(ctl, argc, argv, own);
		if(option == 'l')
			say(text, "l", NULL);
		else if(option == 300)
			say(text, "i=", optarg);
		else if(option == CTL_OPTIONS_END)
			break;
		else {
			say(text, option == CTL_OPTIONS_HELP ? "help" :
				"wrong", NULL);
			return;
		}
	}
	say(text, "end", NULL);
	for(; optind < argc; optind++)
		say(text, argv[optind], NULL);
	if(ctl->json)
		say(text, "json", NULL);
	if(ctl->conf_named)
		say(text, "config=", ctl->conf);
	if(ctl->prefix)
		say(text, "prefix=", ctl->prefix);
	if(ctl->endpoints)
		say(text, "endpoints=", ctl->endpoints);
	if(ctl->user)
		say(text, "user=", ctl->user);
	if(ctl->password_file)
		say(text, "file=", ctl->password_file);
}

static void
test_options(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(lines); i++) {
		struct ctl ctl = { .command = &command };
		char words[200], said[400] = "", written[1000];
		char* argv[20];
		int argc = 0;
		char* word;
		strcpy(words, lines[i].words);
		for(word = strtok(words, " "); word; word = strtok(NULL, " "))
			argv[argc++] = word;
		argv[argc] = NULL;
		optind = 0;
		capture();
		options_say(&ctl, argc, argv, said);
		release(written);
		check(strcmp(said, lines[i].expected) == 0, "%s: %s",
			lines[i].words, said);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_style),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_options),
	};
	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
