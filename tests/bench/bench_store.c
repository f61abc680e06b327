/*
 * tests/bench/bench_store.c - how quick and how small is the store?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/answer.h"
#include "feed.h"
#include "dns/store.h"
#include "dns/type.h"
#include "dns/zone.h"
#include "snapshot/keys.h"
#include "snapshot/snapshot.h"
#include "snapshot/file.h"
#include <getopt.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/** names that readers ask for, of each kind; a power of 2 */
#define ASKED 65536
/** keys in a commit, while the store is filled; as in a page of a list */
#define PAGE 10000
/** most threads that read */
#define READERS_MAX 2
/** changes a second of the steady writer */
#define STEADY 5000
/** what the keys of a snapshot begin with */
#define PREFIX "/helix"
/** changes whose times are kept, for the percentiles */
#define TIMES_MAX 1000000

static const char usage[] =
	"usage: bench_store [--names N] [--seconds S] [--start]\n"
	"\n"
	"Fills stores with 1,000, 100,000 and N names (1,000,000), each with\n"
	"an A record, and prints what a name costs; then asks the largest for\n"
	"random names, in one thread and in two, for S seconds (1) a row; and\n"
	"then starts from snapshots of 1,000, 100,000 and N keys, without\n"
	"etcd; with --start, does that only.\n"
	"\n"
	"names      names in the store, besides the two above them\n"
	"octets     a name, as store_stats counts them\n"
	"RSS        octets a name, as the kernel counts them\n"
	"peak       the same at its highest, while the store was filled\n"
	"fill       ns a name, in commits of 10,000\n"
	"change     ns to put and commit one change of a random name, of\n"
	"           processor time\n"
	"median     the same in microseconds by the clock; of all changes,\n"
	"           99 in 100 took at most \"99 %\", and one the longest\n"
	"\n"
	"hit        store_find and store_get of a name that exists\n"
	"fresh      the same, and its rdata is compared with a copy\n"
	"answer     answer_find of a name that exists\n"
	"NODATA     answer_find of its AAAA record\n"
	"NXDOMAIN   answer_find of a random name below the zone\n"
	"ns         processor time of a name; all begin with the name as it\n"
	"           is in a query, and end with store_read_unlock\n"
	"names/s    by the clock, all threads together\n"
	"writer     changes other names meanwhile: 5,000 a second, or as many\n"
	"           as it can\n"
	"\n"
	"start      seconds till all keys of a snapshot are answered, by the\n"
	"           clock; a million of them, at that rate\n"
	"CPU        processor time of a million\n"
	"RSS, peak  octets a key, as above; the peak has the file in memory\n";

/** The name of a query. */
struct asked {
	/** octets of it */
	uint8_t len;
	/** in wire format */
	uint8_t wire[47];
	/** what the A record of it was, the length before it; any for a name
	 * that does not exist */
	uint8_t rdata[6];
};

/** What is measured. */
struct bench {
	/** the store */
	struct store* store;
	/** its zone, bench.example. */
	struct zones* zones;
	/** number of names in it */
	size_t names;
	/** how long each row takes */
	double seconds;
	/** names that exist */
	struct asked* there;
	/** names that do not */
	struct asked* lacking;
	/** told to threads: end */
	_Atomic bool stop;
	/** random numbers that threads begin with, each another one */
	uint64_t random;
};

/** One thread's work. */
struct worker {
	/** what is measured */
	struct bench* bench;
	/** what to do with a name that is asked for */
	bool (*ask)(const struct bench* bench, const struct asked* asked);
	/** the names that are asked for; NULL: the thread writes */
	const struct asked* asked;
	/** changes a second that it makes; 0: all it can */
	unsigned rate;
	/** state of random numbers */
	uint64_t random;
	/** names done */
	size_t done;
	/** processor time that they took, seconds */
	double cpu;
	/** the time that each change took, microseconds */
	float* times;
	/** the thread */
	pthread_t thread;
};

static void
fail(const char* what)
{
	fprintf(stderr, "bench_store: %s\n", what);
	exit(1);
}

static void*
allocate(size_t count, size_t size)
{
	void* memory = calloc(count, size);
	if(!memory)
		fail("out of memory");
	return memory;
}

static double
seconds_of(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/** xorshift64 */
static uint64_t
next_random(uint64_t* state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/** A line of /proc/self/status, in octets. */
static double
memory_of(const char* line)
{
	char text[256];
	double kib = -1;
	size_t len = strlen(line);
	FILE* file = fopen("/proc/self/status", "r");
	while(file && fgets(text, sizeof(text), file)) {
		if(strncmp(text, line, len) == 0)
			kib = strtod(text + len, NULL);
	}
	if(file)
		fclose(file);
	if(kib < 0)
		fail("there is no such line in /proc/self/status");
	return kib * 1024;
}

/** Let the kernel forget how much memory was in use at most. */
static void
memory_forget_peak(void)
{
	FILE* file = fopen("/proc/self/clear_refs", "w");
	if(!file || fputs("5", file) < 0 || fclose(file) != 0)
		fail("cannot write to /proc/self/clear_refs");
}

/* --- what readers do ----------------------------------------------------- */

static bool
ask_hit(const struct bench* bench, const struct asked* asked)
{
	const struct store_name* name;
	struct store_rrset rrset;
	struct name_walk walk;
	bool found;
	(void)name_walk_init(&walk, asked->wire, asked->len,
		store_seed(bench->store));
	store_read_lock(bench->store);
	name = store_find(bench->store, &walk, walk.labels);
	found = name && store_get(name, TYPE_A, &rrset);
	store_read_unlock(bench->store);
	return found;
}

static bool
ask_fresh(const struct bench* bench, const struct asked* asked)
{
	const struct store_name* name;
	struct store_rrset rrset;
	struct name_walk walk;
	bool fresh;
	(void)name_walk_init(&walk, asked->wire, asked->len,
		store_seed(bench->store));
	store_read_lock(bench->store);
	name = store_find(bench->store, &walk, walk.labels);
	/* the writer of this benchmark changes the last octet only */
	fresh = name && store_get(name, TYPE_A, &rrset) &&
		rrset.rdata.len == sizeof(asked->rdata) &&
		memcmp(rrset.rdata.octets, asked->rdata,
		sizeof(asked->rdata) - 1) == 0;
	store_read_unlock(bench->store);
	return fresh;
}

/** Ask the zone. @return whether the answer is of this kind. */
static bool
ask_zone(const struct bench* bench, const struct asked* asked, uint16_t type,
	int rcode, size_t answers)
{
	const struct zone* zone;
	struct name_walk walk;
	struct answer answer;
	bool right = false;
	(void)name_walk_init(&walk, asked->wire, asked->len,
		store_seed(bench->store));
	store_read_lock(bench->store);
	zone = zones_find(bench->zones, &walk, type);
	if(zone) {
		answer_find(zone, &walk, type, 0, &answer);
		right = answer.rcode == rcode && answer.answers == answers;
	}
	store_read_unlock(bench->store);
	return right;
}

static bool
ask_answer(const struct bench* bench, const struct asked* asked)
{
	return ask_zone(bench, asked, TYPE_A, 0, 1);
}

static bool
ask_nodata(const struct bench* bench, const struct asked* asked)
{
	return ask_zone(bench, asked, TYPE_AAAA, 0, 0);
}

static bool
ask_nxdomain(const struct bench* bench, const struct asked* asked)
{
	return ask_zone(bench, asked, TYPE_A, 3, 0);
}

/* --- what the writer does ------------------------------------------------ */

/** Make the contribution of a name, and its address. */
static void
make_host(size_t number, struct contribution* by, uint8_t* rdata)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "host%zu.bench.example",
		number);
	if(name_from_text(&by->owner, text, (size_t)len))
		fail("a name is none");
	by->type = TYPE_A;
	by->source = "";
	by->source_len = 0;
	rdata[0] = 0;
	rdata[1] = 4;
	rdata[2] = 10;
	rdata[3] = (uint8_t)(number >> 16);
	rdata[4] = (uint8_t)(number >> 8);
	rdata[5] = (uint8_t)number;
}

/** Put a name. @param change: the last octet of its address is another one. */
static void
put(struct bench* bench, size_t number, uint8_t change)
{
	uint8_t rdata[6];
	struct record_set set = { .ttl = RECORD_TTL_NONE, .count = 1,
		.rdata = { rdata, sizeof(rdata), sizeof(rdata) } };
	struct contribution by;
	make_host(number, &by, rdata);
	rdata[5] ^= change;
	if(!store_put(bench->store, &by, &set))
		fail("out of memory");
}

static void
commit(struct bench* bench)
{
	if(!store_commit(bench->store))
		fail("out of memory");
}

/** Sleep till a time of the clock. */
static void
sleep_till(double when)
{
	struct timespec at = { .tv_sec = (time_t)when };
	at.tv_nsec = (long)((when - (double)at.tv_sec) * 1e9);
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

/** Change one name after the other. */
static void*
worker_write(void* arg)
{
	struct worker* worker = arg;
	struct bench* bench = worker->bench;
	double start = seconds_of(CLOCK_MONOTONIC);
	double cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	do {
		double from, took;
		size_t number = next_random(&worker->random) % bench->names;
		if(worker->rate > 0)
			sleep_till(start + (double)worker->done /
				worker->rate);
		from = seconds_of(CLOCK_MONOTONIC);
		put(bench, number, (uint8_t)(worker->random >> 32));
		commit(bench);
		took = seconds_of(CLOCK_MONOTONIC) - from;
		if(worker->done < TIMES_MAX)
			worker->times[worker->done] = (float)(took * 1e6);
		worker->done++;
	} while(!bench->stop);
	worker->cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
	return NULL;
}

/** Ask for one name after the other. */
static void*
worker_read(void* arg)
{
	struct worker* worker = arg;
	struct bench* bench = worker->bench;
	double cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	do {
		unsigned i;
		for(i = 0; i < 256; i++) {
			uint64_t n = next_random(&worker->random) % ASKED;
			if(!worker->ask(bench, &worker->asked[n]))
				fail("an answer is wrong");
		}
		worker->done += i;
	} while(!bench->stop);
	worker->cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
	return NULL;
}

/** Have threads work for the time of one row. @return seconds. */
static double
run(struct bench* bench, struct worker* worker, size_t count)
{
	struct timespec pause = { .tv_sec = (time_t)bench->seconds };
	double start = seconds_of(CLOCK_MONOTONIC);
	size_t i;
	pause.tv_nsec = (long)((bench->seconds - (double)pause.tv_sec) * 1e9);
	bench->stop = false;
	for(i = 0; i < count; i++) {
		worker[i].bench = bench;
		worker[i].random = next_random(&bench->random);
		if(pthread_create(&worker[i].thread, NULL, worker[i].asked ?
			worker_read : worker_write, &worker[i]) != 0)
			fail("cannot start a thread");
	}
	(void)nanosleep(&pause, NULL);
	bench->stop = true;
	for(i = 0; i < count; i++)
		pthread_join(worker[i].thread, NULL);
	return seconds_of(CLOCK_MONOTONIC) - start;
}

/* --- tables -------------------------------------------------------------- */

static int
time_compare(const void* a, const void* b)
{
	float x = *(const float*)a, y = *(const float*)b;
	return x < y ? -1 : x > y;
}

/** Print what a writer has measured. */
static void
show_changes(const struct worker* worker)
{
	size_t count = worker->done < TIMES_MAX ? worker->done : TIMES_MAX;
	qsort(worker->times, count, sizeof(float), time_compare);
	printf(" %7.1f %7.1f %7.1f", (double)worker->times[count / 2],
		(double)worker->times[count - 1 - count / 100],
		(double)worker->times[count - 1]);
}

/** Fill the store, and print the row for its size. */
static void
fill(struct bench* bench, size_t names)
{
	struct store_listener listener = { .arg = NULL };
	struct worker worker = { .times = allocate(TIMES_MAX, sizeof(float)) };
	double before, after, peak, cpu, count = (double)names;
	size_t i;
	/* what the writer's times take is not the store's */
	memset(worker.times, 1, TIMES_MAX * sizeof(float));
	malloc_trim(0);
	memory_forget_peak();
	before = memory_of("VmRSS:");
	cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	bench->store = store_create(&listener);
	if(!bench->store)
		fail("out of memory");
	bench->names = names;
	store_mark(bench->store);
	for(i = 0; i < names; i++) {
		put(bench, i, 0);
		if(i % PAGE == PAGE - 1)
			commit(bench);
	}
	commit(bench);
	if(!store_sweep(bench->store, NULL))
		fail("out of memory");
	cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
	after = memory_of("VmRSS:");
	peak = memory_of("VmHWM:");
	printf("%10zu %7.1f %7.1f %7.1f %7.0f", names, (double)store_stats(
		bench->store).octets / count, (after - before) / count,
		(peak - before) / count, cpu / count * 1e9);
	(void)run(bench, &worker, 1);
	printf(" %7.0f", worker.cpu / (double)worker.done * 1e9);
	show_changes(&worker);
	printf("\n");
	free(worker.times);
}

/** Choose the names that readers ask for. */
static void
choose(struct bench* bench)
{
	struct contribution by;
	size_t i;
	bench->there = allocate(ASKED, sizeof(*bench->there));
	bench->lacking = allocate(ASKED, sizeof(*bench->lacking));
	for(i = 0; i < ASKED; i++) {
		struct asked* asked = &bench->there[i];
		make_host(next_random(&bench->random) % bench->names, &by,
			asked->rdata);
		asked->len = by.owner.len;
		memcpy(asked->wire, by.owner.wire, by.owner.len);
		asked = &bench->lacking[i];
		make_host(bench->names + next_random(&bench->random) %
			bench->names, &by, asked->rdata);
		asked->len = by.owner.len;
		memcpy(asked->wire, by.owner.wire, by.owner.len);
	}
}

/** A kind of question. */
struct question {
	/** what it is called in the table */
	const char* name;
	/** asks it */
	bool (*ask)(const struct bench* bench, const struct asked* asked);
	/** whether it is for names that do not exist */
	bool lacking;
};

/** Print one row: how many names readers find beside a writer. */
static void
show_row(struct bench* bench, const struct question* question, size_t readers,
	const char* writer, struct worker* writing)
{
	struct worker worker[READERS_MAX + 1] = { { .ask = NULL } };
	double wall, cpu = 0, done = 0;
	size_t i;
	for(i = 0; i < readers; i++) {
		worker[i].ask = question->ask;
		worker[i].asked = question->lacking ? bench->lacking :
			bench->there;
	}
	if(writing)
		worker[readers] = *writing;
	wall = run(bench, worker, readers + (writing ? 1 : 0));
	for(i = 0; i < readers; i++) {
		cpu += worker[i].cpu;
		done += (double)worker[i].done;
	}
	printf("%-10s %7zu %8s %10.0f %6.0f", question->name, readers,
		writer, done / wall, cpu / done * 1e9);
	if(writing) {
		printf(" %9.0f", (double)worker[readers].done / wall);
		show_changes(&worker[readers]);
	}
	printf("\n");
	fflush(stdout);
}

static void
show_readers(struct bench* bench)
{
	static const struct question questions[] = {
		{ "hit", ask_hit, false }, { "fresh", ask_fresh, false },
		{ "answer", ask_answer, false },
		{ "NODATA", ask_nodata, false },
		{ "NXDOMAIN", ask_nxdomain, true } };
	struct worker steady = { .rate = STEADY }, hasty = { .rate = 0 };
	size_t i, readers;
	steady.times = hasty.times = allocate(TIMES_MAX, sizeof(float));
	printf("%-10s %7s %8s %10s %6s %9s %7s %7s %7s\n", "question",
		"threads", "writer", "names/s", "ns", "changes/s", "median",
		"99 %", "longest");
	for(i = 0; i < sizeof(questions) / sizeof(*questions); i++) {
		for(readers = 1; readers <= READERS_MAX; readers++) {
			show_row(bench, &questions[i], readers, "none", NULL);
			show_row(bench, &questions[i], readers, "5,000/s",
				&steady);
			show_row(bench, &questions[i], readers, "hasty",
				&hasty);
		}
	}
	free(steady.times);
}

static struct zone_settings
zone_of_names(void)
{
	struct zone_settings settings = { .ttl = 5, .refresh = 3600,
		.retry = 600, .expire = 86400, .minimum = 5 };
	if(name_from_text(&settings.apex, "bench.example", 13))
		fail("the apex is no name");
	settings.mname = settings.rname = settings.apex;
	return settings;
}

/** Make a zone of the names. */
static void
make_zone(struct bench* bench)
{
	struct zone_settings settings = zone_of_names();
	bench->zones = zones_create(bench->store, &settings, 1);
	if(!bench->zones)
		fail("out of memory");
}

/* --- a start from a snapshot --------------------------------------------- */

static bool
go_on(void* arg)
{
	(void)arg;
	return true;
}

/** Write a snapshot of names, in a process of its own: what that takes of
 * memory is not the start's. */
static void
write_snapshot(const char* path, size_t names)
{
	const struct snapshot_file_origin facts = { ETCD_V3, PREFIX, 1, 1, 0 };
	struct snapshot_file file = { .fd = -1 };
	struct keys keys = { .tree = NULL };
	struct reason why = { "" };
	char key[64], value[16];
	int status;
	pid_t pid = fork();
	size_t i;
	if(pid == -1)
		fail("cannot start a process");
	if(pid > 0) {
		if(waitpid(pid, &status, 0) != pid || status != 0)
			fail("cannot write a snapshot");
		return;
	}
	for(i = 0; i < names; i++) {
		int key_len = snprintf(key, sizeof(key), PREFIX
			"/example/bench/host%zu/A", i);
		int len = snprintf(value, sizeof(value), "10.%zu.%zu.%zu",
			i >> 16 & 255, i >> 8 & 255, i & 255);
		struct key_value* put = key_value_create(key, (size_t)key_len,
			value, (size_t)len, 1);
		if(!put || !keys_put(&keys, put))
			fail("out of memory");
	}
	if(!snapshot_file_write(&file, path, &facts, &keys, go_on, NULL,
		&why))
		fail(why.text);
	_exit(0);
}

/** Start from a snapshot, and print the row for its size. */
static void
show_start(const char* path, size_t names)
{
	static char prefix[] = PREFIX;
	const struct etcd_settings settings = { .api = ETCD_V3,
		.prefix = prefix };
	const struct zone_settings zone = zone_of_names();
	const struct feed_listener listener = { .arg = NULL };
	struct etcd_past past;
	struct etcd_sink sink;
	double before, took, cpu, count = (double)names;
	struct feed* feed;
	write_snapshot(path, names);
	malloc_trim(0);
	memory_forget_peak();
	before = memory_of("VmRSS:");
	took = seconds_of(CLOCK_MONOTONIC);
	cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
	feed = feed_create(&zone, 1, PREFIX, &listener);
	if(!feed)
		fail("out of memory");
	sink = feed_sink(feed);
	snapshot_load(path, &settings, &sink, &past);
	took = seconds_of(CLOCK_MONOTONIC) - took;
	cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if(feed_stats(feed).keys != names)
		fail("the snapshot was not read");
	printf("%10zu %9.3f %9.3f %7.3f %7.1f %7.1f\n", names, took,
		took / count * 1e6, cpu / count * 1e6,
		(memory_of("VmRSS:") - before) / count,
		(memory_of("VmHWM:") - before) / count);
	fflush(stdout);
	feed_delete(feed);
}

static void
show_starts(const size_t* sizes, size_t count)
{
	char path[] = "/tmp/bench_store.XXXXXX";
	size_t i;
	int fd = mkstemp(path);
	if(fd == -1)
		fail("cannot make a file in /tmp");
	close(fd);
	printf("%10s %9s %9s %7s %7s %7s\n", "keys", "start", "a million",
		"CPU", "RSS", "peak");
	for(i = 0; i < count; i++)
		show_start(path, sizes[i]);
	unlink(path);
}

static void
read_options(struct bench* bench, bool* start, int argc, char** argv)
{
	static const struct option options[] = {
		{ "names", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 's' },
		{ "start", no_argument, NULL, 'S' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	int option;
	while((option = getopt_long(argc, argv, "n:s:h", options, NULL)) !=
		-1) {
		if(option == 'n') {
			bench->names = strtoul(optarg, NULL, 10);
		} else if(option == 's') {
			bench->seconds = strtod(optarg, NULL);
		} else if(option == 'S') {
			*start = true;
		} else {
			fputs(usage, option == 'h' ? stdout : stderr);
			exit(option == 'h' ? 0 : 2);
		}
	}
	if(optind < argc || bench->names == 0 || !(bench->seconds > 0)) {
		fputs(usage, stderr);
		exit(2);
	}
}

/** Fill stores of several sizes, and ask the last. */
static void
show_store(struct bench* bench, const size_t* sizes, size_t count)
{
	size_t i;
	printf("%10s %7s %7s %7s %7s %7s %7s %7s %7s\n", "names", "octets",
		"RSS", "peak", "fill", "change", "median", "99 %", "longest");
	for(i = 0; i < count; i++) {
		store_delete(bench->store);
		fill(bench, sizes[i]);
	}
	printf("\n");
	make_zone(bench);
	choose(bench);
	show_readers(bench);
	printf("\n");
	zones_delete(bench->zones);
	store_delete(bench->store);
	free(bench->there);
	free(bench->lacking);
}

int
main(int argc, char** argv)
{
	size_t sizes[] = { 1000, 100000, 0 }, count = 0;
	struct bench bench = { .names = 1000000, .seconds = 1,
		.random = UINT64_C(88172645463325252) };
	bool start = false;
	read_options(&bench, &start, argc, argv);
	while(sizes[count] > 0 && sizes[count] < bench.names)
		count++;
	sizes[count++] = bench.names;
	if(!start)
		show_store(&bench, sizes, count);
	show_starts(sizes, count);
	return 0;
}
