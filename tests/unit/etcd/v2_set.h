/*
 * tests/unit/etcd/v2_set.h - what the tests of the v2 API share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Shorthand for what etcd's v2 API is asked for and answers, and a watch of
 * several directories. The protocol talks to a scripted server, and tells a
 * sink that writes down what it is told; see protocol_set.h.
 */
#ifndef HELIX_TESTS_ETCD_V2_SET_H
#define HELIX_TESTS_ETCD_V2_SET_H

#include "etcd/v2.h"
#include "protocol_set.h"

/** most hidden directories of a case */
#define HIDDEN_MAX 2

/* heads of answers */
#define HEAD_OF(cluster, index) "X-Etcd-Cluster-Id: " cluster "\r\n" \
	"X-Etcd-Index: " index "\r\nX-Raft-Index: 777\r\nX-Raft-Term: 2\r\n"
#define AT(index) HEAD_OF("c1", index)

/* shorthand of bodies; see fake_etcd.h */
#define NODE(key, value, created, modified) "{'key':'" key "','value':'" \
	value "','modifiedIndex':" modified ",'createdIndex':" created "}"
#define DIR(key, nodes) "{'key':'" key "','dir':true,'nodes':[" nodes "]," \
	"'modifiedIndex':4,'createdIndex':4}"
#define DIR_NODE(key, modified) "{'key':'" key "','dir':true," \
	"'modifiedIndex':" modified ",'createdIndex':4}"
#define GONE(key, modified) "{'key':'" key "','modifiedIndex':" modified \
	",'createdIndex':4}"
#define GOT(node) "{'action':'get','node':" node "}"
#define EVENT(action, node) "{'action':'" action "','node':" node "}\n"
#define CHANGE(action, node, before) "{'action':'" action "','node':" node \
	",'prevNode':" before "}\n"
#define ERROR(text, code) "{'errorCode':" code ",'message':'" text \
	"','cause':'/h','index':10}"
#define NOT_FOUND ERROR("Key not found", "100")
#define NOT_DIR ERROR("Not a directory", "104")
#define CLEARED ERROR("The event in requested index is outdated and cleared", \
	"401")
/** as etcd says it of a path that it does not serve */
#define PLAIN "404 page not found\n"
#define HTML "<html>\n<body>Bad\tGateway\x1b[31m\xc3\xa9</body></html>"

/* what is asked for; the directory is without its '/' */
#define KEYS(dir) "GET /v2/keys/" dir
#define LIST "/?recursive=true&quorum=true"
#define POLL "/?wait=true&recursive=true&waitIndex="

/* exchanges */
#define ANSWER(path_, index, json_) { path_, NULL, 200, json_, \
	.head = AT(index), .end = FAKE_KEEP }
#define REFUSE(path_, number, index, json_) { path_, NULL, number, json_, \
	.head = AT(index), .end = FAKE_KEEP }
#define HOLD(path_, index) { path_, NULL, 200, NULL, .head = AT(index), \
	.end = FAKE_HOLD }

/** what is known before a resume or a watch: /h/a, put at 8, as of 10 */
#define KNOWN ANSWER(KEYS("h") LIST, "10", GOT(DIR("/h", \
	NODE("/h/a", "x", "4", "8"))))

/** the key as it is known */
#define SAME NODE("/h/a", "x", "4", "8")

/* events of other keys, and what is told of them */
#define SOME_EVENT EVENT("set", NODE("/h/b", "1", "11", "11"))
#define SET_C(index) EVENT("set", NODE("/h/c", "2", index, index))
#define TOLD_B "put /h/b 1 11\ncommit\n"
#define TOLD_C "put /h/c 2 12\ncommit\n"

/* polls */
#define MAIN(index) KEYS("h") POLL index
#define POLL11 MAIN("11")
#define NEXT(index, head, json) ANSWER(MAIN(index), head, json)
#define SAYS(json) NEXT("11", "11", json)
/** ends a watch */
#define END(index) NEXT(index, "20", NULL)

/* the key that resume asks for */
#define ASK KEYS("h/a?quorum=true")

/* probes */
#define PROBE KEYS("h/_unbound-helix?quorum=true")
#define PROBED(index) REFUSE(PROBE, 404, index, NOT_FOUND)
/** any number of them */
#define PROBED_AGAIN(index) { PROBE, NULL, 404, NOT_FOUND, \
	.head = AT(index), .end = FAKE_KEEP, .again = true }
/** there is an etcd, but none that is well */
#define PROBE_FAILS REFUSE(PROBE, 503, "10", ERROR("no leader", "300"))

/** another cluster's answer, which ends the watch for good */
#define OTHER_CLUSTER { PROBE, NULL, 200, GOT(DIR("/h", "")), \
	.head = HEAD_OF("c2", "10"), .end = FAKE_KEEP }

/* how a step ends, and why */
#define IS_OTHER ETCD_BEHIND, "another cluster answers"
#define DROPPED ETCD_RELIST, "etcd has dropped the events"
#define BAD_HEAD ETCD_LOST, "the answer to a list has no index, or no " \
	"cluster's id"
#define NO_API ETCD_LOST, "HTTP status 404: this etcd serves no v2 API; it " \
	"needs --enable-v2=true"
#define UNREADABLE { ETCD_RELIST, "an event can't be read", 10, "rollback\n" }
#define DISORDER { ETCD_RELIST, "events are out of order", 10, "rollback\n" }

/** Open the protocol with hidden directories, up to a NULL. */
void set_up_hidden(struct set* set, const char* const* hidden,
	const struct fake_exchange* script, size_t count);

/** Each exchange of a script was used once, in any order. */
void check_used(const char* name, struct set* set, size_t count);

/** most answers that a case holds back */
#define SAYS_MAX 6

/** What a held answer says once so many requests have come and nothing is under
 * way; it is complete then. */
struct say {
	/** number of requests in all */
	size_t requests;
	/** the path, as in the script; NULL: no more are held back */
	const char* path;
	/** the rest of the answer; NULL: nothing */
	const char* json;
};

/** in place of a rest: the answer is only waited for until it is held */
extern const char only_held[];

/** Watch while held answers are completed.
 * @param says: one after the other, up to one without a path. */
enum etcd_result watch_and_say(const char* name, struct set* set,
	const struct say* says);

#endif /* HELIX_TESTS_ETCD_V2_SET_H */
