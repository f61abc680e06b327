/*
 * tests/unit/etcd/api_v2.c - what both APIs say, as the v2 API does.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "api.h"
#include "v2_set.h"

/** a list of /h/b, as of when it was put */
#define LIST_B(cluster, index) { KEYS("h") LIST, NULL, 200, GOT(DIR("/h", \
	NODE("/h/b", "y", index, index))), .head = HEAD_OF(cluster, index), \
	.end = FAKE_KEEP }
#define TWO_KEYS GOT(DIR("/h", NODE("/h/a", "1", "3", "4") "," \
	NODE("/h/b", "two", "8", "8")))
#define ASKED(json_, then) { ASK, NULL, 200, json_, .head = AT("10"), \
	.end = then }

static const struct fake_exchange parts[PART_COUNT][PART_MAX] = {
	[PART_KNOWN] = { KNOWN },
	[PART_NO_KEYS] = { REFUSE(KEYS("h") LIST, 404, "9", NOT_FOUND) },
	[PART_TWO_KEYS] = { ANSWER(KEYS("h") LIST, "9", TWO_KEYS) },
	[PART_TWO_KEYS_SLOWLY] = { { KEYS("h") LIST, NULL, 200, TWO_KEYS,
		.head = AT("9"), .cut = 1, .end = FAKE_KEEP } },
	[PART_LIST_HELD] = { { KEYS("h") LIST, NULL, 200, NULL,
		.head = AT("9"), .end = FAKE_HOLD, .again = true } },
	[PART_AT_12] = { LIST_B("c1", "12") },
	[PART_AT_10] = { LIST_B("c1", "10") },
	[PART_AT_9] = { LIST_B("c1", "9") },
	[PART_OTHER_AT_12] = { LIST_B("c2", "12") },
	[PART_OTHER_AT_9] = { LIST_B("c2", "9") },
	[PART_NO_HEAD] = { { KEYS("h") LIST, NULL, 200, GOT(DIR("/h",
		NODE("/h/b", "1", "9", "9"))), .end = FAKE_KEEP } },
	[PART_BREAKS] = { { KEYS("h") LIST, NULL, 200, "{'action':'get',"
		"'node':{'key':'/h','dir':true,'nodes':[" NODE("/h/b", "y",
		"12", "12"), .head = AT("12"), .end = FAKE_CUT } },
	[PART_OTHER_BREAKS] = { { KEYS("h") LIST, NULL, 200, "{",
		.head = HEAD_OF("c2", "5"), .end = FAKE_CUT } },
	[PART_OTHER_AT_5] = { { KEYS("h") LIST, NULL, 404, NOT_FOUND,
		.head = HEAD_OF("c2", "5"), .end = FAKE_KEEP } },
	[PART_FIRST_AT_12] = { LIST_B("c1", "12") },
	[PART_SAME] = { ANSWER(ASK, "10", GOT(SAME)) },
	[PART_SAME_LATER] = { ANSWER(ASK, "5000", GOT(SAME)) },
	[PART_SAME_BEFORE] = { ANSWER(ASK, "9", GOT(SAME)) },
	[PART_SAME_ELSEWHERE] = { { ASK, NULL, 200, GOT(SAME),
		.head = HEAD_OF("c2", "10"), .end = FAKE_KEEP } },
	[PART_SAME_HTML] = { ASKED(HTML, FAKE_KEEP) },
	[PART_SAME_CUT_OFF] = { ASKED("{'action':'get','node':{", FAKE_KEEP) },
	[PART_SAME_BREAKS] = { ASKED("{", FAKE_CUT) },
	[PART_SAME_HELD] = { HOLD(ASK, "10") },
	[PART_WATCH] = { HOLD(POLL11, "10") },
	[PART_WATCH_STALLS] = { SAYS(SOME_EVENT), { MAIN("12"), NULL, 200,
		"{'action':'set'", .head = AT("11"), .end = FAKE_HOLD } },
	[PART_PROBE] = { ANSWER(PROBE, "10", GOT(NODE("/h/_unbound-helix",
		"x", "4", "8"))) },
	[PART_PROBE_BREAKS] = { { PROBE, NULL, 200, "{", .head = AT("10"),
		.end = FAKE_CUT } },
	[PART_PROBE_OTHER] = { OTHER_CLUSTER },
	[PART_PROBE_FAILS] = { REFUSE(PROBE, 500, "10", ERROR("no leader",
		"300")) },
	[PART_PROBE_REFUSED] = { REFUSE(PROBE, 401, "10", ERROR("no",
		"110")) },
	[PART_PROBES_HELD] = { { PROBE, NULL, 0, NULL, .end = FAKE_HOLD,
		.again = true } },
	[PART_PROBES] = { PROBED_AGAIN("11") },
};

const struct api api_v2 = { &etcd_v2, parts, 0xc1, 0xc2, "begin\nrollback\n",
	"watch stalled inside an event (below 1000 octets/s)" };
