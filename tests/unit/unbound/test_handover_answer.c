/*
 * tests/unit/unbound/test_handover_answer.c - answers go into Unbound's cache.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * A worker hands an answer over to Unbound's cache, unless something has
 * changed since the worker read the store. While a change is under way, a
 * worker that answers from the store removes from the cache what may be older
 * than that answer.
 */
#include "unbound/workers.h"
#include "status/stats.h"

/* --- handing over -------------------------------------------------------- */

/** What begins while a change is on its way may have read what was before:
 * that counts as a change since. */
static void
test_has_changed(void** state)
{
	unsigned long before, meanwhile, after;
	(void)state;
	handover_open(&handover, true);
	assert_true(begin(&before));
	assert_false(handover_has_changed(&handover, before));
	invalidate_changing(&handover.invalidate);
	assert_true(handover_has_changed(&handover, before));
	assert_false(begin(&meanwhile));
	assert_true(handover_has_changed(&handover, meanwhile));
	invalidate_changed(&handover.invalidate);
	assert_true(handover_has_changed(&handover, meanwhile));
	assert_true(begin(&after));
	assert_false(handover_has_changed(&handover, after));
}

/** Begin a query about an alias, and let it be answered. */
static unsigned long
begin_alias(void)
{
	unsigned long changes;
	query_init(&asked, "alias.example.", TYPE_CNAME, "a.example.", TYPE_A);
	handover_open(&handover, true);
	assert_true(begin(&changes));
	*told = 0;
	return changes;
}

#define BOTH "[remove alias.example. CNAME][remove a.example. A]"

/** What is stored finds its RRsets in the cache, and no others. */
static void
look_at_copy(const struct reply_info* copy)
{
	size_t i;
	assert_int_equal(copy->rrset_count, RRSETS);
	for(i = 0; i < copy->rrset_count; i++) {
		struct ub_packed_rrset_key* key = copy->rrsets[i];
		assert_int_equal(key->rk.flags, HANDOVER_RRSET);
		assert_int_equal(key->entry.hash, rrset_key_hash(&key->rk));
	}
	tell("[%s]", copy->authoritative ? "AA" : "not AA");
}

static void
test_answer(void** state)
{
	uint64_t handed_over = stats_handed_over();
	unsigned long changes;
	(void)state;
	changes = begin_alias();
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "[store]");
	assert_int_equal(stats_handed_over() - handed_over, RRSETS);
	/* from now on, what overtakes it is pending */
	overtake("a.example.", TYPE_A, false);
	overtake("alias.example.", TYPE_CNAME, false);
	assert_true(begin(&changes));
	assert_string_equal(told, "[store][remove alias.example. CNAME]"
		"[remove a.example. A]");
	loop();
	strcpy(told, "[store]");
	in_store = look_at_copy;
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "[store][not AA]");
	asked.info.authoritative = 1;
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "[store][not AA][AA]");
	assert_false(is_awake());
}

/** What is not to be in the cache, or does not fit into memory. */
static void
test_answer_not(void** state)
{
	uint64_t handed_over = stats_handed_over();
	unsigned long changes;
	(void)state;
	changes = begin_alias();
	asked.info.ttl = 0;
	handover_answer(&handover, &asked.qstate, changes);
	asked.info.ttl = 300;
	asked.qstate.no_cache_store = 1;
	handover_answer(&handover, &asked.qstate, changes);
	asked.qstate.no_cache_store = 0;
	refuse_malloc = 1;
	handover_answer(&handover, &asked.qstate, changes);
	assert_int_equal(refuse_malloc, 0);
	assert_string_equal(told, "");
	assert_int_equal(stats_handed_over(), handed_over);
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "[store]");
}

static void
change_b(void)
{
	take_back("b.example.", TYPE_A);
}

/** What changes after the look at the store, whatever it is, keeps the answer
 * out of the cache, or takes all of its RRsets back. */
static void
test_answer_overtaken(void** state)
{
	uint64_t taken_back;
	unsigned long changes;
	(void)state;
	changes = begin_alias();
	/* before it is stored */
	change_b();
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "");
	/* that was before this one */
	assert_true(begin(&changes));
	assert_string_equal(told, "[remove b.example. A]");
	*told = 0;
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "[store]");
	/* while it is stored */
	while_storing = change_b;
	*told = 0;
	taken_back = stats_taken_back();
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "[store]" BOTH);
	assert_int_equal(stats_taken_back() - taken_back, RRSETS);
	assert_string_equal(told_by_loop(), "[remove b.example. A]");
	assert_int_equal(stats_taken_back() - taken_back, RRSETS + 1);
}

/* --- nothing older after that -------------------------------------------- */

/** Settle the answer of the alias. @return what was taken out of the cache. */
static const char*
settle(void)
{
	*told = 0;
	handover_settle(&handover, &asked.qstate);
	return told;
}

/** While something changes or is pending, whoever answers takes out what he
 * answers with, as far as it was handed over; and what may be there instead. */
static void
test_settle(void** state)
{
	static struct name target;
	unsigned long changes;
	(void)state;
	(void)begin_alias();
	assert_null(name_from_text(&target, "a.example.", 10));
	alias_target = &target;
	/* nothing was handed over */
	invalidate_changing(&handover.invalidate);
	assert_string_equal(settle(), "");
	invalidate_changed(&handover.invalidate);
	mark("alias.example.", TYPE_CNAME);
	mark("alias.example.", TYPE_A);
	mark("a.example.", TYPE_A);
	mark("b.example.", TYPE_A);
	/* nothing changes */
	assert_string_equal(settle(), "");
	/* something does: nothing can be handed over, either */
	invalidate_changing(&handover.invalidate);
	assert_false(begin(&changes));
	assert_string_equal(settle(), "[remove alias.example. CNAME][remove "
		"alias.example. A][remove alias.example. CNAME][remove "
		"a.example. A][remove a.example. A]");
	invalidate_changed(&handover.invalidate);
	assert_true(begin(&changes));
	/* something is pending */
	overtake("b.example.", TYPE_A, false);
	assert_non_null(strstr(settle(), "[remove a.example. A]"));
	loop();
	assert_string_equal(settle(), "");
	/* an answer that says no has nothing but the question */
	asked.info.rrset_count = asked.info.an_numrrsets = 0;
	invalidate_changing(&handover.invalidate);
	assert_string_equal(settle(), "[remove alias.example. CNAME][remove "
		"alias.example. A]");
	invalidate_changed(&handover.invalidate);
}

/** A worker that hands over is waited for, but not for ever: then what it may
 * have put into the cache is taken out. */
static void
test_settle_while_handing(void** state)
{
	(void)state;
	(void)begin_alias();
	mark("a.example.", TYPE_A);
	invalidate_handing(&handover.invalidate, asked.owner[1].wire,
		asked.owner[1].len, TYPE_A);
	assert_string_equal(settle(), "[remove a.example. A]");
	invalidate_handed(&handover.invalidate, asked.owner[1].wire,
		asked.owner[1].len, TYPE_A);
	assert_int_equal(handover.invalidate.handing, 0);
	assert_string_equal(settle(), "");
}

/** A question's hash, and others: the next place is another one's, a hash that
 * differs in its high half has the same place. */
#define FIRST UINT64_C(0x123456789abcdef0)
#define OTHER (FIRST + 1)
#define RIVAL (FIRST ^ UINT64_C(1) << 32)
#define HIGHEST (FIRST ^ UINT64_C(1) << 63)

/** Questions, one after the other, and whether each is worth a place in the
 * cache. */
static const struct {
	/** its hash */
	uint64_t hash;
	/** the verdict */
	bool is_worth;
} worth_cases[] = {
	{ FIRST, false },
	{ FIRST, true },
	{ FIRST, true },
	/* in a place of its own */
	{ OTHER, false },
	{ FIRST, true },
	{ OTHER, true },
	/* in the same place */
	{ RIVAL, false },
	{ RIVAL, true },
	{ FIRST, false },
	{ HIGHEST, false },
	{ RIVAL, false },
	/* the last place */
	{ UINT64_MAX, false },
	{ UINT64_MAX, true },
};

/** A question is worth it the second time, unless another took its place. */
static void
test_is_worth(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(worth_cases); i++)
		check(handover_note_asked(&handover, worth_cases[i].hash) ==
			worth_cases[i].is_worth, "row %zu", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_has_changed),
		TEST(test_answer),
		TEST(test_answer_not),
		TEST(test_answer_overtaken),
		TEST(test_settle),
		TEST(test_settle_while_handing),
		TEST(test_is_worth),
	};
	return cmocka_run_group_tests_name("handover_answer", tests, NULL,
		NULL);
}
