/*
 * tests/unit/unbound/test_handover_pending.c - pending RRsets are invalidated.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * When a change overtakes an RRset that may be in Unbound's cache, the writer
 * adds it to the pending ones, and a worker removes it from the cache: when its
 * event comes, or when its next query begins, AT_ONCE of them at a time. An
 * RRset without a mark, which was in no referral either, is never pending.
 */
#include "unbound/workers.h"
#include "status/stats.h"
#include <stdio.h>
#include <unistd.h>

/* --- taking back --------------------------------------------------------- */

/** The worker does it, not the writer. */
static void
test_take_back(void** state)
{
	(void)state;
	open_worker();
	take_back("a.example.", TYPE_A);
	assert_string_equal(told, "");
	assert_string_equal(told_by_loop(), "[remove a.example. A]");
	assert_string_equal(told_by_loop(), "");
	take_back(".", TYPE_AAAA);
	assert_string_equal(told_by_loop(), "[remove . AAAA]");
	/* types that have no name here */
	take_back("x.b.example.", 65280);
	assert_string_equal(told_by_loop(), "[remove x.b.example. TYPE65280]");
}

/** Each worker does it before it reads the store: who has seen a change is told
 * nothing older from the cache. */
static void
test_take_back_at_begin(void** state)
{
	static struct query other;
	unsigned long first, changes;
	(void)state;
	query_init(&other, "x.example.", TYPE_A, NULL, 0);
	handover_open(&handover, true);
	assert_true(begin(&first));
	take_back("a.example.", TYPE_A);
	assert_true(handover_begin(&handover, &other.qstate, &changes));
	assert_string_equal(told, "[remove a.example. A]");
	assert_int_equal(changes, first + 1);
	assert_string_equal(told_by_loop(), "");
	take_back("b.example.", TYPE_A);
	assert_true(begin(&changes));
	assert_string_equal(told, "[remove b.example. A]");
	assert_int_equal(changes, first + 2);
}

/** The longest name, and a note of no more than its octets. */
static void
test_longest_name(void** state)
{
	char text[NAME_TEXT_MAX], expected[sizeof(text) + 32];
	size_t i;
	(void)state;
	for(i = 0; i < 254; i++)
		text[i] = i % 2 ? '.' : 'x';
	text[i] = 0;
	open_worker();
	take_back(text, TYPE_A);
	snprintf(expected, sizeof(expected), "[remove %s A]", text);
	assert_string_equal(told_by_loop(), expected);
}

/** An event without a wake, as there may be one: nothing is done. */
static void
test_wake_of_nothing(void** state)
{
	(void)state;
	open_worker();
	event_call(event);
	assert_string_equal(told, "");
	assert_false(is_awake());
}

/** So many wakes that one more does not fit: the writer does not wait. */
static void
test_wake_full(void** state)
{
	const uint64_t most = UINT64_MAX - 1;
	(void)state;
	open_worker();
	assert_int_equal(write(handover.invalidate.wakes, &most, sizeof(most)),
		sizeof(most));
	take_back("a.example.", TYPE_A);
	assert_string_equal(told_by_loop(), "[remove a.example. A]");
}

/** More than is done at once: the worker looks for queries in between, and
 * nothing is left, or done twice. */
static void
test_many(void** state)
{
	static const unsigned counts[] = { AT_ONCE - 1, AT_ONCE, AT_ONCE + 1,
		2 * AT_ONCE, MANY };
	unsigned i;
	(void)state;
	for(i = 0; i < COUNT(counts); i++) {
		uint64_t taken_back = stats_taken_back();
		set_up(NULL);
		in_remove = count_removed;
		open_worker();
		take_back_many(0, counts[i]);
		loop_once();
		assert_int_equal(removed_total(), counts[i] < AT_ONCE ?
			counts[i] : AT_ONCE);
		assert_true(is_awake() || counts[i] <= AT_ONCE);
		loop();
		expect_removed(counts[i]);
		assert_int_equal(stats_taken_back() - taken_back, counts[i]);
		tear_down(NULL);
	}
}

/** Take the wakes that the worker has not come to. @return their number. */
static uint64_t
wakes_taken(void)
{
	uint64_t wakes;
	assert_int_equal(read(handover.invalidate.wakes, &wakes, sizeof(wakes)),
		sizeof(wakes));
	return wakes;
}

/** So it is where a query begins; what is left then wakes the worker. */
static void
test_many_at_begin(void** state)
{
	unsigned long changes;
	(void)state;
	in_remove = count_removed;
	open_worker();
	take_back_many(0, MANY);
	/* the worker is awake, and has not come to it yet */
	(void)wakes_taken();
	assert_true(begin(&changes));
	assert_int_equal(removed_total(), AT_ONCE);
	assert_true(is_awake());
	loop();
	expect_removed(MANY);
}

/** Each that is taken back brings the next. */
static void
note_next(const uint8_t* owner, uint16_t type)
{
	unsigned n = name_number(owner);
	count_removed(owner, type);
	if(n + 1 < MANY)
		take_back_many(n + 1, n + 2);
}

/** What is noted while the worker takes back. */
static void
test_noted_meanwhile(void** state)
{
	(void)state;
	in_remove = note_next;
	open_worker();
	take_back_many(0, 1);
	loop();
	expect_removed(MANY);
}

/** The same, behind more than is done at once. */
static void
test_noted_in_between(void** state)
{
	(void)state;
	in_remove = count_removed;
	open_worker();
	take_back_many(0, AT_ONCE + 10);
	loop_once();
	take_back_many(AT_ONCE + 10, MANY);
	loop();
	expect_removed(MANY);
}

/** What was left over is not put off for what is noted later. */
static void
test_left_over_first(void** state)
{
	(void)state;
	in_remove = count_removed;
	open_worker();
	take_back_many(0, 2 * AT_ONCE);
	loop_once();
	take_back_many(2 * AT_ONCE, MANY);
	loop_once();
	expect_removed(2 * AT_ONCE);
	loop();
	expect_removed(MANY);
}

/** While one worker takes back, another begins, and both leave some over. */
static void
begin_meanwhile(const uint8_t* owner, uint16_t type)
{
	unsigned long changes;
	count_removed(owner, type);
	in_remove = count_removed;
	take_back_many(2 * AT_ONCE, MANY);
	assert_true(begin(&changes));
}

static void
test_left_over_by_two(void** state)
{
	(void)state;
	in_remove = begin_meanwhile;
	open_worker();
	take_back_many(0, 2 * AT_ONCE);
	loop_once();
	assert_int_equal(removed_total(), 2 * AT_ONCE);
	loop();
	expect_removed(MANY);
}

/** The worker is woken for the first of many notes; a call into the kernel for
 * each would cost more than the rest. */
static void
test_one_wake(void** state)
{
	(void)state;
	in_remove = count_removed;
	open_worker();
	take_back_many(0, MANY);
	assert_int_equal(wakes_taken(), 1);
}

#define ALL "[forget RRsets][forget]"

/** Without memory for what is pending, everything goes: once, and by the
 * worker. */
static void
test_no_memory_for_pending(void** state)
{
	(void)state;
	open_worker();
	take_back("a.example.", TYPE_A);
	refuse_malloc = 1;
	take_back("b.example.", TYPE_A);
	assert_int_equal(refuse_malloc, 0);
	/* with it */
	take_back("c.example.", TYPE_A);
	assert_string_equal(told, "");
	assert_string_equal(told_by_loop(), "[remove a.example. A]" ALL);
	assert_int_equal(handover.invalidate.pending, 0);
	take_back("d.example.", TYPE_A);
	assert_string_equal(told_by_loop(), "[remove d.example. A]");
	/* alone, it wakes the worker as well */
	refuse_malloc = 1;
	take_back("e.example.", TYPE_A);
	assert_string_equal(told_by_loop(), ALL);
}

static void
ignore_removed(const uint8_t* owner, uint16_t type)
{
	(void)owner;
	(void)type;
}

/** What no worker comes for has a bound; everything goes beyond it. */
static void
test_too_many_pending(void** state)
{
	unsigned long n, changes;
	(void)state;
	in_remove = ignore_removed;
	handover_open(&handover, false);
	for(n = 0; n < INVALIDATE_PENDING_MAX; n++)
		take_back("a.example.", TYPE_A);
	assert_false(handover.invalidate.all);
	take_back("a.example.", TYPE_A);
	assert_true(handover.invalidate.all);
	take_back("a.example.", TYPE_A);
	assert_int_equal(handover.invalidate.pending,
		INVALIDATE_PENDING_MAX + 1);
	(void)begin(&changes);
	assert_string_equal(told, ALL);
	while(handover.invalidate.pending > 0)
		loop_once();
	assert_string_equal(told, ALL);
}

/* --- marks and referrals ------------------------------------------------- */

/** What was not handed over wakes nobody; in any case, and by type. */
static void
test_marks(void** state)
{
	static const uint8_t upper[] = "\001A\007EXAMPLE";
	struct name owner;
	(void)state;
	assert_null(name_from_text(&owner, "a.example.", 10));
	open_worker();
	assert_false(invalidate_is_marked(&handover.invalidate, NULL, 0));
	overtake("a.example.", TYPE_A, false);
	assert_false(is_awake());
	invalidate_handing(&handover.invalidate, upper, sizeof(upper),
		TYPE_A);
	invalidate_handed(&handover.invalidate, upper, sizeof(upper), TYPE_A);
	assert_true(invalidate_is_marked(&handover.invalidate, NULL, 0));
	assert_true(invalidate_is_marked(&handover.invalidate, &owner,
		TYPE_A));
	assert_false(invalidate_is_marked(&handover.invalidate, &owner,
		TYPE_AAAA));
	overtake("a.example.", TYPE_AAAA, false);
	overtake("b.example.", TYPE_A, false);
	assert_false(is_awake());
	overtake("a.example.", TYPE_A, false);
	/* it stays: another RRset may have the same */
	overtake("a.example.", TYPE_A, false);
	assert_string_equal(told_by_loop(), "[remove a.example. A]"
		"[remove a.example. A]");
}

/** What the iterator was told of a zone cut goes as well, whatever becomes of
 * answers. */
static void
test_referred(void** state)
{
	static const uint16_t types[] = { TYPE_NS, TYPE_DS, TYPE_A,
		TYPE_AAAA };
	size_t i;
	(void)state;
	handover_open(&handover, false);
	assert_false(begin(&(unsigned long){ 0 }));
	for(i = 0; i < COUNT(types); i++) {
		char expected[128], type[TYPE_TEXT_MAX];
		type_to_text(types[i], type);
		snprintf(expected, sizeof(expected), "[remove x.example. %s]"
			"[remove plain x.example. %s]", type, type);
		overtake("x.example.", types[i], true);
		assert_string_equal(told_by_loop(), expected);
		overtake("x.example.", types[i], false);
		assert_string_equal(told_by_loop(), "");
	}
	overtake("x.example.", TYPE_TXT, true);
	assert_string_equal(told_by_loop(), "");
	take_back("x.example.", TYPE_TXT);
	assert_string_equal(told_by_loop(), "[remove x.example. TXT]");
}

/** A referral that was read before a change, which is done with. */
static void
test_referred_late(void** state)
{
	static struct answer referral;
	struct name address;
	(void)state;
	assert_null(name_from_text(&address, "ns.example.", 11));
	query_init(&asked, "cut.example.", TYPE_NS, NULL, 0);
	asked.qstate.qinfo.qname = asked.owner[0].wire;
	asked.qstate.qinfo.qname_len = asked.owner[0].len;
	referral.count = 2;
	referral.rrset[0].type = TYPE_NS;
	referral.rrset[1].owner = address.wire;
	referral.rrset[1].owner_len = address.len;
	referral.rrset[1].type = TYPE_AAAA;
	handover_open(&handover, false);
	assert_false(begin(&(unsigned long){ 0 }));
	*told = 0;
	handover_referred(&handover, &asked.qstate, &referral);
	/* not before the iterator has looked */
	assert_string_equal(told, "");
	assert_string_equal(told_by_loop(), "[remove ns.example. AAAA]"
		"[remove plain ns.example. AAAA][remove cut.example. NS]"
		"[remove plain cut.example. NS]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_take_back),
		TEST(test_take_back_at_begin),
		TEST(test_longest_name),
		TEST(test_wake_of_nothing),
		TEST(test_wake_full),
		TEST(test_many),
		TEST(test_many_at_begin),
		TEST(test_noted_meanwhile),
		TEST(test_noted_in_between),
		TEST(test_left_over_first),
		TEST(test_left_over_by_two),
		TEST(test_one_wake),
		TEST(test_no_memory_for_pending),
		TEST(test_too_many_pending),
		TEST(test_marks),
		TEST(test_referred),
		TEST(test_referred_late),
	};
	return cmocka_run_group_tests_name("handover_pending", tests, NULL,
		NULL);
}
