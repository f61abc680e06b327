/*
 * tests/unit/etcd/replicas.h - a replica of scripted servers.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A replica that follows servers of fake_etcd.h. What it tells the sink and
 * what it logs is written down as lines of one text, in which <0> and <1>
 * stand for the endpoints, and # for a number of milliseconds. Include
 * cmocka.h, and what it needs, before this. Link with --wrap for clock_now.
 */
#ifndef HELIX_TESTS_REPLICAS_H
#define HELIX_TESTS_REPLICAS_H

#include "check.h"
#include "etcd/replica.h"
#include "fake_etcd.h"

/** milliseconds for what is to end by itself */
#define LONG 60000
/** milliseconds for what is to time out */
#define SHORT 100
/** most endpoints */
#define ENDPOINTS_MAX 2

/* --- scripts; see fake_etcd.h for the shorthand -------------------------- */

#define HEAD_OF(cluster, revision) "'header':{'cluster_id':'" cluster \
	"','member_id':'2','revision':'" revision "','raft_term':'3'}"
#define HEAD(revision) HEAD_OF("1", revision)
#define KV(key, value, mod) "{'key':'@" key "@','create_revision':'" mod \
	"','mod_revision':'" mod "','version':'1','value':'@" value "@'}"
#define KVS(revision, kvs) "{" HEAD(revision) ",'kvs':[" kvs "]}"
#define EVENT(key, value, mod) "{'result':{" HEAD(mod) ",'events':[{'kv':" \
	KV(key, value, mod) "}]}}"
/** one that names a later revision than is known has a probe sent at once */
#define CREATED_AT(revision) "{'result':{" HEAD(revision) ",'created':true}}"
#define CREATED CREATED_AT("10")
/** etcd, at revision 30, has compacted what the watch is to begin with */
#define COMPACTED "{'result':{" HEAD("30") \
	",'canceled':true,'compact_revision':'20'}}"
#define ERROR(text, code) "{'error':'" text "','message':'" text "','code':" \
	code "}"
#define NO_LEADER_TEXT ERROR("etcdserver: no leader", "14")

/* exchanges */
#define ANSWER(body, json) { "/v3/kv/range", body, 200, json, \
	.end = FAKE_KEEP }
#define LIST(json) ANSWER("'limit'", json)
/** asked before a list where a cluster is known */
#define JUDGE(json) ANSWER("'keys_only':true", json)
#define RESUME(json) ANSWER("','revision':'1", json)
#define WATCH(from, json) { "/v3/watch", "'start_revision':'" from "'", 200, \
	json, .end = FAKE_HOLD }
#define KNOWN KVS("10", KV("/h/a", "x", "8"))
/** two exchanges, of an endpoint that is followed */
#define FOLLOWED LIST(KNOWN), WATCH("10", CREATED)
/** of an endpoint that is asked again and again */
#define ALWAYS(status_, json_) { NULL, NULL, status_, json_, \
	.end = FAKE_KEEP, .again = true }
#define NO_LEADER ALWAYS(503, NO_LEADER_TEXT)
#define NO_LEADER_ONCE { NULL, NULL, 503, NO_LEADER_TEXT, .end = FAKE_KEEP }
/** of an endpoint that never answers */
#define SILENT { .end = FAKE_HOLD }

/* --- what is logged ------------------------------------------------------ */

#define LISTED(endpoint, revision) "info: following etcd " endpoint \
	": 1 keys of revision " revision ", listed in # ms\n"
/** what comes of FOLLOWED */
#define FOLLOWING "put /h/a x 8\ncopy of 10\n" LISTED("<0>", "10")
#define LOST_AT(revision) "warning: lost etcd <0>: etcd closed the " \
	"connection; answering from the copy of revision " revision "\n"
#define LOST LOST_AT("10")
#define AGAIN(revision) "info: following etcd <0> again, from revision " \
	revision " on\n"
/** what is logged when it is believed that etcd was replaced */
#define REPLACED(revision) "warning: no endpoint that answers has the known " \
	"history up to revision " revision ": etcd was " \
	"replaced; listing again\n"
#define OTHER_CLUSTER(endpoint) "warning: cannot follow etcd " endpoint \
	": this is another cluster (id 7, was 1); answering from the copy\n"

/* --- the servers and the replica ----------------------------------------- */

/** One endpoint. */
struct endpoint {
	/** how it treats who connects */
	enum fake_mode mode;
	/** what it answers */
	const struct fake_exchange* script;
	/** exchanges in script */
	size_t count;
};

#define SCRIPTED(script) { FAKE_ANSWERS, script, COUNT(script) }

/** The servers. */
extern struct fake_etcd* fakes[ENDPOINTS_MAX];

/** The replica of them. */
extern struct replica* replica;

/** What the next replica starts with; tear_down sets it back. */
struct given {
	/** what it knows from before */
	struct etcd_past past;
	/** the settings' max_stale */
	unsigned max_stale;
	/** the settings' heartbeat, in milliseconds; LONG by default */
	unsigned heartbeat;
	/** what each line of debug level puts the clock forward by, in
	 * milliseconds, one after the other; NULL: it is left alone */
	const int64_t* forward;
};

extern struct given given;

/** Start the servers and a replica of them. */
void set_up(const struct endpoint* endpoint, size_t count);

/** The same, of the endpoints that are listed. */
#define SET_UP(...) \
	set_up((const struct endpoint[]){ __VA_ARGS__ }, \
		COUNT(((const struct endpoint[]){ __VA_ARGS__ })))

/** Start them, wait until the first endpoint is followed, end its watch, and
 * wait until a text was logged. */
void set_up_and_lose(const struct endpoint* endpoint, size_t count,
	enum fake_end end, const char* text);

#define SET_UP_AND_LOSE(end, text, ...) \
	set_up_and_lose((const struct endpoint[]){ __VA_ARGS__ }, \
		COUNT(((const struct endpoint[]){ __VA_ARGS__ })), end, text)

/** Stop the replica and the servers. */
void tear_down(void);

/* --- what happened ------------------------------------------------------- */

/** The lines, but of debug level; to be read when the replica is stopped, or
 * waits for a server. */
extern char happened[16384];

/** Octets of that. */
extern size_t happened_len;

/** Wait until a text is among the lines, and so many lines were of debug
 * level. */
void wait_for(const char* text, unsigned debug);

/** Fail unless this is what happened; the replica has been stopped. */
void check_happened(const char* expected);

/** Fail unless a text is among the lines. */
void check_has(const char* text);

/** Wait until this is what the replica says of itself; right after it has
 * logged something, it may still say what was before. */
void check_describe(const char* expected);

/** For a teardown: a test that has failed leaves no thread behind. */
int clean_up(void** state);

#define TEST(function) cmocka_unit_test_teardown(function, clean_up)

/** Seconds after which a replica that cannot be stopped ends the test, by a
 * signal; for alarm. */
#define ALARM 300

#endif /* HELIX_TESTS_REPLICAS_H */
