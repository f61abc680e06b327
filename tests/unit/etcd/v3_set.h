/*
 * tests/unit/etcd/v3_set.h - what the tests of the v3 API share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Shorthand for what etcd's v3 API is asked for and answers. The protocol talks
 * to a scripted server, and tells a sink that writes down what it is told; see
 * protocol_set.h.
 */
#ifndef HELIX_TESTS_ETCD_V3_SET_H
#define HELIX_TESTS_ETCD_V3_SET_H

#include "etcd/v3.h"
#include "protocol_set.h"

/* shorthand of messages; see fake_etcd.h */
#define HEAD_OF(cluster, revision, term) "'header':{'cluster_id':'" cluster \
	"','member_id':'2','revision':'" revision "','raft_term':'" term "'}"
#define HEAD(revision) HEAD_OF("1", revision, "3")
#define KV(key, value, create, mod) "{'key':'@" key "@','create_revision':'" \
	create "','mod_revision':'" mod "','version':'1','value':'@" value \
	"@'}"
#define PAGE(revision, kvs) "{" HEAD(revision) ",'kvs':[" kvs "],'count':'1'}"
#define PUT(key, value, create, mod) "{'kv':" KV(key, value, create, mod) "}"
#define DELETED(key, mod) "{'type':'DELETE','kv':{'key':'@" key \
	"@','mod_revision':'" mod "'}}"
#define EVENTS(revision, events) "{'result':{" HEAD(revision) ",'events':[" \
	events "]}}\n"
#define CREATED "{'result':{" HEAD("10") ",'created':true}}\n"
#define CREATED_AT(revision) "{'result':{" HEAD(revision) ",'created':true}}\n"
#define PROGRESS(revision) "{'result':{" HEAD(revision) "}}\n"
#define ERROR(text, code) "{'error':'" text "','message':'" text "','code':" \
	code "}"

/** what etcd 3.4.0's gateway says within a stream where it is not to pass a
 * message */
#define LARGER_IN_BAND "{'error':{'grpc_code':8,'http_code':429,'message':" \
	"'grpc: received message larger than max (5423423 vs. 4194304)'," \
	"'http_status':'Too Many Requests'}}"

#define HTML "<html>\n<body>Bad\tGateway\x1b[31m\xc3\xa9</body></html>"

/* exchanges */
#define RANGE(body, json) { "/v3/kv/range", body, 200, json, .end = FAKE_KEEP }
#define REFUSE(number, json) { "/v3/kv/range", NULL, number, json, \
	.end = FAKE_KEEP }
/** what is asked for beside a watch, and before a list where etcd is known */
#define PROBE "{'key':'@/h/@','keys_only':true}"
#define JUDGE(json) RANGE(PROBE, json)
#define WATCH(json, then) { "/v3/watch", NULL, 200, json, .end = then }
/** for a watch that begins at a later revision than is known: a probe is due
 * at once, and is sent unless the watch ends before; it says nothing */
#define HELD_PROBE { "/v3/kv/range", PROBE, 0, NULL, .end = FAKE_HOLD, \
	.again = true }

/** an answer of status 200 that is no list */
#define ANSWER(json) { "/v3/kv/range", NULL, 200, json, .end = FAKE_CLOSE }
/* scripts of one of these */
#define NO(number, json) { REFUSE(number, json) }
#define YES(json) { ANSWER(json) }

/** the request for the first page of a list */
#define FIRST "{'key':'@/h/@','range_end':'@/h0@','limit':'10000'," \
	"'revision':'0'}"
/** a page that is not the last */
#define MORE(revision, kvs) "{" HEAD(revision) ",'kvs':[" kvs "]," \
	"'more':true,'count':'9'}"

/** what is known before a resume or a watch: /h/a, put at 8, as of 10 */
#define KNOWN RANGE(FIRST, PAGE("10", KV("/h/a", "x", "4", "8")))
/** the key as it is known, and the request for it */
#define ANCHOR KV("/h/a", "x", "4", "8")
#define ASK_ANCHOR "{'key':'@/h/a@','revision':'10'}"

/* a later list, and what is told of it */
#define LISTED_12 RANGE(FIRST, PAGE("12", KV("/h/b", "y", "11", "11")))
#define TOLD_12 { ETCD_OK, "", 12, "begin\nput /h/b y 11\nend 12\n" }

/** a probe that is answered well */
#define ANSWERED RANGE(PROBE, "{" HEAD("10") "}")

/** another cluster's answer, which ends the watch for good */
#define OTHER RANGE(PROBE, "{" HEAD_OF("7", "10", "3") "}")
#define IS_OTHER ETCD_BEHIND, "another cluster answers"

#define CLOSED ETCD_LOST, "etcd closed the connection"

#endif /* HELIX_TESTS_ETCD_V3_SET_H */
