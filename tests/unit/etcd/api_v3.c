/*
 * tests/unit/etcd/api_v3.c - what both APIs say, as the v3 API does.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "api.h"
#include "v3_set.h"

#define OTHER_HEAD(revision) HEAD_OF("171", revision, "1")
/** a list of /h/b, as of when it was put */
#define LIST_B(revision) RANGE(FIRST, PAGE(revision, KV("/h/b", "y", \
	revision, revision)))
#define TWO_KEYS PAGE("9", KV("/h/a", "1", "3", "4") "," \
	KV("/h/b", "two", "8", "8"))
#define ASKED(json, then) { "/v3/kv/range", ASK_ANCHOR, 200, json, \
	.end = then }

static const struct fake_exchange parts[PART_COUNT][PART_MAX] = {
	[PART_KNOWN] = { KNOWN },
	[PART_NO_KEYS] = { RANGE(FIRST, "{" HEAD("9") "}") },
	[PART_TWO_KEYS] = { RANGE(FIRST, TWO_KEYS) },
	[PART_TWO_KEYS_SLOWLY] = { { "/v3/kv/range", FIRST, 200, TWO_KEYS,
		.cut = 1, .end = FAKE_KEEP } },
	[PART_LIST_HELD] = { { "/v3/kv/range", NULL, 200, "{" HEAD("9")
		",'kvs':[", .end = FAKE_HOLD, .again = true } },
	[PART_AT_12] = { JUDGE("{" HEAD("12") "}"), LIST_B("12") },
	[PART_AT_10] = { JUDGE("{" HEAD("10") "}"), LIST_B("10") },
	[PART_AT_9] = { JUDGE("{" HEAD("9") "}") },
	[PART_OTHER_AT_12] = { JUDGE("{" OTHER_HEAD("12") "}") },
	[PART_OTHER_AT_9] = { JUDGE("{" OTHER_HEAD("9") "}") },
	[PART_NO_HEAD] = { JUDGE("{}") },
	[PART_BREAKS] = { JUDGE("{" HEAD("12") "}"), { "/v3/kv/range", FIRST,
		200, "{" HEAD("12") ",'kvs':[" KV("/h/b", "y", "12", "12"),
		.end = FAKE_CUT } },
	[PART_OTHER_BREAKS] = { { "/v3/kv/range", FIRST, 200, "{"
		OTHER_HEAD("5") ",'kvs':[", .end = FAKE_CUT } },
	[PART_OTHER_AT_5] = { RANGE(FIRST, "{" OTHER_HEAD("5") "}") },
	[PART_FIRST_AT_12] = { JUDGE("{" HEAD("12") "}") },
	[PART_SAME] = { RANGE(ASK_ANCHOR, PAGE("10", ANCHOR)) },
	[PART_SAME_LATER] = { RANGE(ASK_ANCHOR, PAGE("500", ANCHOR)) },
	[PART_SAME_BEFORE] = { RANGE(ASK_ANCHOR, PAGE("9", ANCHOR)) },
	[PART_SAME_ELSEWHERE] = { RANGE(ASK_ANCHOR, "{" OTHER_HEAD("10")
		",'kvs':[" ANCHOR "]}") },
	[PART_SAME_HTML] = { ASKED(HTML, FAKE_CLOSE) },
	[PART_SAME_CUT_OFF] = { ASKED("{" HEAD("10") ",'kvs':[", FAKE_CLOSE) },
	[PART_SAME_BREAKS] = { ASKED("{", FAKE_CUT) },
	[PART_SAME_HELD] = { ASKED("{" HEAD("10") ",'kvs':[", FAKE_HOLD) },
	[PART_WATCH] = { WATCH(CREATED, FAKE_HOLD) },
	[PART_WATCH_STALLS] = { WATCH(CREATED EVENTS("11", PUT("/h/b", "1",
		"11", "11")) "{'result':{", FAKE_HOLD) },
	[PART_PROBE] = { ANSWERED },
	[PART_PROBE_BREAKS] = { { "/v3/kv/range", PROBE, 200, "{",
		.end = FAKE_CUT } },
	[PART_PROBE_OTHER] = { OTHER },
	[PART_PROBE_FAILS] = { REFUSE(503, ERROR("no leader", "14")) },
	[PART_PROBE_REFUSED] = { REFUSE(403, ERROR("etcdserver: permission "
		"denied", "7")) },
	[PART_PROBES_HELD] = { { "/v3/kv/range", PROBE, 0, NULL,
		.end = FAKE_HOLD, .again = true } },
	[PART_PROBES] = { { "/v3/kv/range", PROBE, 200, "{" HEAD("11") "}",
		.end = FAKE_KEEP, .again = true } },
};

const struct api api_v3 = { &etcd_v3, parts, 1, 171, "",
	"watch stalled inside a message (below 1000 octets/s)" };
