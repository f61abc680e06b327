/*
 * tests/unit/snapshot/test_snapshot.c - keeps the last known copy on disk.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * What the sink is told, and what the next one is, is the text of told.h, a
 * line for each call. The file is shown as "CLUSTER REVISION", and a line
 * "KEY VALUE REVISION" for each key. When a snapshot is deleted it writes what
 * has changed; so most tests look into the file then.
 *
 * fsync and two functions of keys.h are wrapped (see tests/local.mk), to have
 * them hang or fail.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "snapshot/keys.h"
#include "snapshot/snapshot.h"
#include "snapshot/file.h"
#include "snapshot/scratch.h"
#include "told.h"
#include "base/thread.h"
#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/** milliseconds after which what does not come true is a failure */
#define DEADLINE 60000

/* --- what hangs or fails ------------------------------------------------- */

/** whether fsync is to hang; protected by hang_lock */
static bool hang;
/** whether it does */
static bool hangs;
static pthread_mutex_t hang_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t hang_changed = PTHREAD_COND_INITIALIZER;
/** what is to become of the next key that is made */
static enum { MADE, NOT_MADE, MADE_HUGE } making;
/** milliseconds that a thread's clock is ahead of the others' */
static _Thread_local int64_t ahead;
/** whether a sweep is to fail */
static atomic_bool sweep_fails;

/** octets of a value that is more than may wait for the disk */
#define HUGE_LEN (300u << 20)

int __wrap_fsync(int fd);
int64_t __real_clock_now(void);
int64_t __wrap_clock_now(void);
struct key_value* __real_key_value_create(const char* key, size_t key_len,
	const char* value, size_t value_len, int64_t revision);
struct key_value* __wrap_key_value_create(const char* key, size_t key_len,
	const char* value, size_t value_len, int64_t revision);
bool __real_keys_sweep(struct keys* keys);
bool __wrap_keys_sweep(struct keys* keys);

/** A disk of the test's: the real one may take longer than there is at the
 * end, when others write. */
int
__wrap_fsync(int fd)
{
	(void)fd;
	pthread_mutex_lock(&hang_lock);
	hangs = true;
	pthread_cond_broadcast(&hang_changed);
	while(hang)
		pthread_cond_wait(&hang_changed, &hang_lock);
	hangs = false;
	pthread_mutex_unlock(&hang_lock);
	return 0;
}

int64_t
__wrap_clock_now(void)
{
	return __real_clock_now() + ahead;
}

struct key_value*
__wrap_key_value_create(const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	struct key_value* made;
	if(making == NOT_MADE) {
		making = MADE;
		return NULL;
	}
	if(making == MADE)
		return __real_key_value_create(key, key_len, value, value_len,
			revision);
	/* as long as it says, but nobody has to fill it */
	making = MADE;
	made = malloc(sizeof(*made) + key_len + HUGE_LEN);
	assert_non_null(made);
	*made = (struct key_value){ .revision = revision,
		.key_len = (uint32_t)key_len, .value_len = HUGE_LEN };
	memcpy(made->data, key, key_len);
	return made;
}

bool
__wrap_keys_sweep(struct keys* keys)
{
	return !atomic_exchange(&sweep_fails, false) &&
		__real_keys_sweep(keys);
}

/** Have the disk hang, or go on. */
static void
set_hang(bool to)
{
	pthread_mutex_lock(&hang_lock);
	hang = to;
	pthread_cond_broadcast(&hang_changed);
	pthread_mutex_unlock(&hang_lock);
}

/** Wait until the disk hangs. */
static void
wait_hangs(void)
{
	struct timespec end;
	int error = 0;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += DEADLINE / 1000;
	pthread_mutex_lock(&hang_lock);
	while(!hangs && error == 0)
		error = pthread_cond_timedwait(&hang_changed, &hang_lock,
			&end);
	pthread_mutex_unlock(&hang_lock);
	assert_int_equal(error, 0);
}

/* --- the log ------------------------------------------------------------- */

/* --- the set ------------------------------------------------------------- */

static char prefix[] = "/h";
static const struct etcd_settings settings = { .prefix = prefix };
/** what the next sink was told */
static struct told told;
static struct etcd_sink next;
static struct snapshot* snapshot;

static int
group_tear_down(void** state)
{
	free(told.text);
	return scratch_remove(state);
}

static int
set_up(void** state)
{
	(void)state;
	logged[0] = 0;
	told_clear(&told);
	next = told_sink(&told);
	snapshot = snapshot_create(path, &settings, &next);
	return snapshot ? 0 : -1;
}

/** The end of the process: what has changed is written. There is all the time
 * that it takes: the snapshot's thread finds that the end is not yet. */
static void
end(void)
{
	ahead = DEADLINE;
	snapshot_delete(snapshot);
	ahead = 0;
	snapshot = NULL;
}

/** After a test, that may have failed. */
static int
clean_up(void** state)
{
	(void)state;
	set_hang(false);
	end();
	making = MADE;
	sweep_fails = false;
	unlink(path);
	rmdir(new_path);
	return unlink(new_path) == 0 ? -1 : 0;
}

/** Another process, as it were. */
static void
begin_again(void)
{
	snapshot = snapshot_create(path, &settings, &next);
	assert_non_null(snapshot);
	snapshot_begin(snapshot);
}

/** Tell the sink what one line says. @return what it returns. */
static bool
tell_line(const struct etcd_sink* sink, char* line)
{
	char *word[4] = { line, "", "", "" };
	int i;
	for(i = 1; i < 4 && word[i - 1]; i++)
		if((word[i] = strchr(word[i - 1], ' ')))
			*word[i]++ = 0;
	if(strcmp(line, "put") == 0)
		return sink->put(sink->arg, word[1], strlen(word[1]), word[2],
			strlen(word[2]), atoll(word[3]));
	if(strcmp(line, "remove") == 0)
		return sink->remove(sink->arg, word[1], strlen(word[1]),
			atoll(word[2]));
	if(strcmp(line, "below") == 0)
		return sink->remove_below(sink->arg, word[1], strlen(word[1]),
			atoll(word[2]));
	if(strcmp(line, "commit") == 0)
		return sink->commit(sink->arg);
	if(strcmp(line, "end") == 0)
		return sink->list_end(sink->arg, CLUSTER, atoll(word[1]));
	if(strcmp(line, "begin") == 0)
		sink->list_begin(sink->arg);
	else	sink->rollback(sink->arg);
	return true;
}

/** Tell the snapshot's sink. @param lines: as told.h has them. */
static void
tell(const char* lines)
{
	char *text = strdup(lines), *line, *rest;
	assert_non_null(text);
	for(line = strtok_r(text, "\n", &rest); line;
		line = strtok_r(NULL, "\n", &rest))
		assert_true(tell_line(snapshot_sink(snapshot), line));
	free(text);
}

/* --- the file ------------------------------------------------------------ */

/** A file, shown as text. */
struct shown {
	/** the text */
	char text[2048];
	/** octets of it */
	size_t len;
};

static bool
show_key(void* arg, const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	struct shown* shown = arg;
	shown->len += (size_t)snprintf(shown->text + shown->len,
		sizeof(shown->text) - shown->len, "%.*s %.*s %" PRId64 "\n",
		(int)key_len, key, (int)value_len, value, revision);
	assert_true(shown->len < sizeof(shown->text));
	return true;
}

/** What the file has. @return when etcd confirmed it. */
static int64_t
check_file(const char* name, const char* expected)
{
	struct snapshot_file_origin facts = { settings.api, prefix, 0, 0, 0 };
	struct shown keys = { "", 0 };
	struct reason why = { "" };
	char text[3000] = "";
	size_t len;
	unsigned char* data = snapshot_file_read(path, &len);
	if(data && !snapshot_file_parse(data, len, &facts, show_key, &keys,
		&why))
		fail_msg("%s: %s", name, why.text);
	if(data)
		snprintf(text, sizeof(text), "%" PRIx64 " %" PRId64 "\n%s",
			facts.cluster, facts.revision, keys.text);
	if(strcmp(text, expected) != 0)
		fail_msg("%s: the file has\n%sexpected\n%s", name, text,
			expected);
	free(data);
	return facts.confirmed;
}

/** Wait until there is a file. */
static void
wait_file(void)
{
	const int64_t until = clock_now() + DEADLINE;
	while(access(path, F_OK) != 0) {
		assert_true(clock_now() < until);
		sched_yield();
	}
}

/* --- what is told, and what is written ----------------------------------- */

/** What the sink is told, and what is in the file behind it. */
struct case_ {
	/** what it is, for a message */
	const char* name;
	/** what it is told */
	const char* told;
	/** the file; empty: there is none */
	const char* file;
};


static const struct case_ cases[] = {
	{ "nothing", "", "" },
	{ "a list", LIST_AB, "c1 9\n/h/a 1 4\n/h/b 2 5\n" },
	{ "an empty list", "begin\nend 9\n", "c1 9\n" },
	{ "a list with commits", "begin\nput /h/a 1 4\ncommit\n"
		"put /h/b 2 5\ncommit\nend 9\n",
		"c1 9\n/h/a 1 4\n/h/b 2 5\n" },
	{ "a list that has begun", "begin\nput /h/a 1 4\ncommit\n", "" },
	{ "a list that broke off", "begin\nput /h/a 1 4\ncommit\nrollback\n",
		"" },
	{ "events and no list", "put /h/a 1 4\ncommit\n", "" },
	{ "events", LIST_AB "put /h/c 3 10\ncommit\nremove /h/a 11\n"
		"put /h/b 22 12\ncommit\nrollback\n",
		"c1 12\n/h/b 22 12\n/h/c 3 10\n" },
	{ "an event without a commit", LIST_AB "put /h/c 3 10\n",
		"c1 9\n/h/a 1 4\n/h/b 2 5\n" },
	{ "a rollback", LIST_AB "put /h/c 3 10\nremove /h/a 10\nrollback\n",
		"c1 9\n/h/a 1 4\n/h/b 2 5\n" },
	{ "a rollback, and again", LIST_AB "put /h/c 3 10\nrollback\n"
		"put /h/d 4 11\ncommit\n",
		"c1 11\n/h/a 1 4\n/h/b 2 5\n/h/d 4 11\n" },
	{ "put, removed and put", LIST_AB "remove /h/a 10\nput /h/a 3 11\n"
		"commit\n", "c1 11\n/h/a 3 11\n/h/b 2 5\n" },
	{ "put and removed", LIST_AB "put /h/c 3 10\nremove /h/c 11\n"
		"commit\n", "c1 11\n/h/a 1 4\n/h/b 2 5\n" },
	{ "a key that is not there", LIST_AB "remove /h/x 10\ncommit\n",
		"c1 10\n/h/a 1 4\n/h/b 2 5\n" },
	{ "a directory", "begin\nput /h/d/a 1 4\nput /h/d/_b/c 2 5\n"
		"put /h/d2 3 5\nend 9\nbelow /h/d 10\ncommit\n",
		"c1 10\n/h/d/_b/c 2 5\n/h/d2 3 5\n" },
	{ "the next list", LIST_AB "begin\nput /h/b 2 5\nput /h/c 3 11\n"
		"end 12\n", "c1 12\n/h/b 2 5\n/h/c 3 11\n" },
	{ "the next list is older", LIST_AB "begin\nput /h/a 7 2\nend 3\n"
		"put /h/b 8 4\ncommit\n", "c1 4\n/h/a 7 2\n/h/b 8 4\n" },
	{ "the next list broke off, and the one behind it did not", LIST_AB
		"begin\nput /h/c 3 11\ncommit\nrollback\nbegin\nput /h/d 4 6\n"
		"end 13\n", "c1 13\n/h/d 4 6\n" },
};

static void
test_cases(void** state)
{
	size_t i;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		set_up(state);
		snapshot_begin(snapshot);
		tell(cases[i].told);
		if(strcmp(told.text, cases[i].told) != 0)
			fail_msg("%s: told on\n%s", cases[i].name, told.text);
		end();
		check_file(cases[i].name, cases[i].file);
		assert_string_equal(logged, "");
		assert_int_equal(clean_up(state), 0);
	}
}

/** A list that broke off leaves the file as it was. */
static void
test_list_breaks_off(void** state)
{
	(void)state;
	snapshot_begin(snapshot);
	tell(LIST_AB);
	end();
	begin_again();
	tell("begin\nput /h/c 3 11\ncommit\nrollback\n");
	end();
	check_file("broke off", "c1 9\n/h/a 1 4\n/h/b 2 5\n");
	begin_again();
	tell("begin\nput /h/c 3 11\nend 12\nbegin\nput /h/d 3 11\ncommit\n");
	end();
	/* it may have been written between the two, but never in the second */
	if(access(path, F_OK) == 0) {
		struct snapshot_file_origin facts = { settings.api, prefix, 0,
			0,
			0 };
		struct shown keys = { "", 0 };
		struct reason why = { "" };
		size_t len;
		unsigned char* data = snapshot_file_read(path, &len);
		assert_non_null(data);
		assert_true(snapshot_file_parse(data, len, &facts, show_key,
			&keys, &why));
		assert_true(facts.revision == 9 || facts.revision == 12);
		assert_null(strstr(keys.text, "/h/d"));
		free(data);
	}
}

/** What the next sink returns is what is returned, and what it refuses is kept
 * all the same: it will be told again. */
static void
test_returns(void** state)
{
	static const char* const lines[] = { "put /h/a 1 4", "remove /h/a 4",
		"below /h/d 4", "commit", "end 9" };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char line[32];
		told.calls = 0;
		told.refuse_at = 1;
		strcpy(line, lines[i]);
		assert_false(tell_line(snapshot_sink(snapshot), line));
		told.refuse_at = 0;
		strcpy(line, lines[i]);
		assert_true(tell_line(snapshot_sink(snapshot), line));
	}
}

/** The next sink learns that etcd is there, if it wants to. */
static void
test_confirm_is_passed_on(void** state)
{
	const struct etcd_sink* sink = snapshot_sink(snapshot);
	(void)state;
	sink->confirm(sink->arg);
	assert_int_equal(told.confirmed, 1);
	next.confirm = NULL;
	sink->confirm(sink->arg);
	assert_int_equal(told.confirmed, 1);
	assert_int_equal(sink->list_end(sink->arg, 77, 9), true);
	assert_int_equal(told.cluster, 77);
}

/** Before it has begun, the file is another one's. */
static void
test_not_begun(void** state)
{
	(void)state;
	tell(LIST_AB);
	end();
	check_file("not begun", "");
}

/** What was told before it begins is written then, without an end. */
static void
test_begins(void** state)
{
	int64_t before = wall_now(), confirmed;
	(void)state;
	tell(LIST_AB);
	snapshot_begin(snapshot);
	wait_file();
	confirmed = check_file("begun", "c1 9\n/h/a 1 4\n/h/b 2 5\n");
	assert_in_range(confirmed, before, wall_now());
}

/** That etcd is there is noted, and the file stays the same one. */
static void
test_confirmed(void** state)
{
	const struct etcd_sink* sink = snapshot_sink(snapshot);
	struct stat first, last;
	int64_t confirmed;
	(void)state;
	snapshot_begin(snapshot);
	tell(LIST_AB);
	wait_file();
	confirmed = check_file("written", "c1 9\n/h/a 1 4\n/h/b 2 5\n");
	assert_int_equal(stat(path, &first), 0);
	while(wall_now() <= confirmed)
		sched_yield();
	sink->confirm(sink->arg);
	end();
	assert_true(check_file("confirmed", "c1 9\n/h/a 1 4\n/h/b 2 5\n") >
		confirmed);
	assert_int_equal(stat(path, &last), 0);
	assert_int_equal(first.st_ino, last.st_ino);
}

/* --- what goes wrong ----------------------------------------------------- */

/** Who tells the sink never waits for the disk. */
static void
test_disk_hangs(void** state)
{
	(void)state;
	set_hang(true);
	snapshot_begin(snapshot);
	tell(LIST_AB);
	wait_hangs();
	/* this would hang for ever */
	tell("put /h/c 3 10\ncommit\nbegin\nput /h/d 4 11\nend 12\n"
		"put /h/e 5 13\ncommit\n");
	check_file("it hangs", "");
	set_hang(false);
	end();
	check_file("it went on", "c1 13\n/h/d 4 11\n/h/e 5 13\n");
}

/** Number of this process's threads. */
static size_t
threads(void)
{
	size_t count = 0;
	DIR* tasks = opendir("/proc/self/task");
	assert_non_null(tasks);
	while(readdir(tasks))
		count++;
	closedir(tasks);
	return count - 2;
}

/** Nor does who deletes it; the thread ends by itself, when it can. */
static void
test_disk_hangs_at_the_end(void** state)
{
	size_t before = threads();
	(void)state;
	set_hang(true);
	snapshot_begin(snapshot);
	tell(LIST_AB);
	wait_hangs();
	/* this would hang for ever */
	snapshot_delete(snapshot);
	snapshot = NULL;
	assert_true(log_has("the disk hangs"));
	set_hang(false);
	while(threads() >= before)
		sched_yield();
	check_file("it went on", "c1 9\n/h/a 1 4\n/h/b 2 5\n");
}

/** A file that somebody has removed is written again. */
static void
test_file_removed(void** state)
{
	(void)state;
	snapshot_begin(snapshot);
	tell(LIST_AB);
	wait_file();
	assert_int_equal(unlink(path), 0);
	end();
	check_file("again", "c1 9\n/h/a 1 4\n/h/b 2 5\n");
}

/** Where memory runs out, the file stays as it was, one line is logged, and
 * the next list makes it good; the next sink has lost nothing. */
static void
test_out_of_memory(void** state)
{
	static const char first[] = "put /h/c 3 10\ncommit\n", then[] =
		"put /h/d 4 11\ncommit\nremove /h/a 12\ncommit\n";
	const struct etcd_sink* sink = snapshot_sink(snapshot);
	int64_t confirmed;
	(void)state;
	snapshot_begin(snapshot);
	tell(LIST_AB);
	wait_file();
	confirmed = check_file("written", "c1 9\n/h/a 1 4\n/h/b 2 5\n");
	making = NOT_MADE;
	tell(first);
	tell(then);
	while(wall_now() <= confirmed)
		sched_yield();
	sink->confirm(sink->arg);
	end();
	/* nor is it said that it is what etcd has */
	assert_int_equal(check_file("lost", "c1 9\n/h/a 1 4\n/h/b 2 5\n"),
		confirmed);
	assert_true(log_has(": out of memory; the file stays as it is until "
		"the keys are listed again\n"));
	assert_ptr_equal(strchr(logged, '\n'), logged + strlen(logged) - 1);
	assert_non_null(strstr(told.text, then));
	begin_again();
	tell(LIST_AB);
	making = NOT_MADE;
	tell(first);
	tell("begin\nput /h/d 4 11\nend 12\nput /h/e 5 13\ncommit\n");
	end();
	check_file("listed", "c1 13\n/h/d 4 11\n/h/e 5 13\n");
}

/** The same where it runs out as the list begins, or in the thread. */
static void
test_out_of_memory_in_list(void** state)
{
	(void)state;
	snapshot_begin(snapshot);
	making = NOT_MADE;
	tell(LIST_AB "put /h/c 3 10\ncommit\n");
	end();
	check_file("the list was lost", "");
	begin_again();
	sweep_fails = true;
	tell(LIST_AB "put /h/c 3 10\ncommit\n");
	end();
	assert_false(sweep_fails);
	check_file("the sweep failed", "");
	begin_again();
	sweep_fails = true;
	tell(LIST_AB "put /h/c 3 10\ncommit\n" LIST_AB
		"put /h/d 4 11\ncommit\n");
	end();
	check_file("listed", "c1 11\n/h/a 1 4\n/h/b 2 5\n/h/d 4 11\n");
}

/** More than may wait for the disk is dropped, up to the next list. */
static void
test_too_much(void** state)
{
	static const char warning[] = ": the disk is too slow for so many "
		"changes; the file stays as it is until the keys are listed "
		"again\n";
	(void)state;
	snapshot_begin(snapshot);
	/* within a list, as nothing is written there */
	tell("begin\nput /h/a 1 4\n");
	making = MADE_HUGE;
	tell("put /h/huge x 5\ncommit\n");
	assert_true(log_has(warning));
	tell("put /h/b 2 5\nend 9\nput /h/c 3 10\ncommit\n");
	end();
	check_file("too much", "");
	assert_ptr_equal(strchr(logged, '\n'), logged + strlen(logged) - 1);
	begin_again();
	tell("begin\nput /h/a 1 4\n");
	making = MADE_HUGE;
	tell("put /h/huge x 5\ncommit\nrollback\n" LIST_AB);
	end();
	check_file("listed", "c1 9\n/h/a 1 4\n/h/b 2 5\n");
}

/** Wait until a line was logged. */
static void
wait_log(const char* text)
{
	const int64_t until = clock_now() + DEADLINE;
	while(!log_has(text)) {
		assert_true(clock_now() < until);
		sched_yield();
	}
}

/** A file that cannot be written is told of once, however often it is tried:
 * here, and again at the end. */
static void
test_cannot_write(void** state)
{
	(void)state;
	assert_int_equal(mkdir(new_path, 0700), 0);
	snapshot_begin(snapshot);
	tell(LIST_AB);
	wait_log("cannot be written");
	end();
	check_file("in the way", "");
	assert_non_null(strstr(logged, "/file cannot be written: Is a "
		"directory; what was written before stays, and it is tried "
		"again every few seconds\n"));
	assert_int_equal(logged[0], 'W');
	assert_ptr_equal(strchr(logged, '\n'), logged + strlen(logged) - 1);
}

/** As soon as it can be, it is written; and that is told too. */
static void
test_can_write_again(void** state)
{
	(void)state;
	assert_int_equal(mkdir(new_path, 0700), 0);
	snapshot_begin(snapshot);
	tell(LIST_AB);
	wait_log("cannot be written");
	assert_int_equal(rmdir(new_path), 0);
	end();
	check_file("again", "c1 9\n/h/a 1 4\n/h/b 2 5\n");
	assert_true(log_has("/file is written again\n"));
}

/** What one has written, the next one loads. */
static void
test_load_what_was_written(void** state)
{
	struct etcd_past past;
	(void)state;
	snapshot_begin(snapshot);
	tell(LIST_AB "put /h/c  10\nremove /h/a 11\ncommit\n");
	end();
	told_clear(&told);
	snapshot_load(path, &settings, &next, &past);
	assert_true(past.cluster == CLUSTER);
	assert_string_equal(told.text, "begin\nput /h/b 2 5\nput /h/c  10\n"
		"end 11\n");
	assert_true(told.cluster == CLUSTER);
}

static void
test_delete_nothing(void** state)
{
	(void)state;
	snapshot_delete(NULL);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, clean_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		TEST(test_list_breaks_off),
		TEST(test_returns),
		TEST(test_confirm_is_passed_on),
		TEST(test_not_begun),
		TEST(test_begins),
		TEST(test_confirmed),
		TEST(test_disk_hangs),
		TEST(test_disk_hangs_at_the_end),
		TEST(test_file_removed),
		TEST(test_out_of_memory),
		TEST(test_out_of_memory_in_list),
		TEST(test_too_much),
		TEST(test_cannot_write),
		TEST(test_can_write_again),
		TEST(test_load_what_was_written),
		cmocka_unit_test(test_delete_nothing),
	};
	/* a snapshot that does not end ends the test by a signal */
	alarm(300);
	return cmocka_run_group_tests_name("snapshot", tests, scratch_make,
		group_tear_down);
}
