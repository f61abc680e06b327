/*
 * tests/unit/unbound/test_query_chain.c - how long a chain may be.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The module counts aliases along the longest way from a client's query through
 * the sub-queries that wait for one another, each of which counts as one at the
 * least. Unbound's tree of those that wait is a list here.
 */
#include "unbound/queries.h"
#include <stdio.h>

/** A query that waits for another, in Unbound's tree of those. */
struct waiting {
	/** the query */
	struct mesh_state mesh;
	/** its place among those that wait for another */
	struct mesh_state_ref ref;
};

/** Have a query wait for another one, as one of those that do. */
static void
wait_for(struct mesh_state* done, struct waiting* waiting)
{
	waiting->ref.s = &waiting->mesh;
	waiting->ref.node.right = done->super_set.count ?
		done->super_set.root : RBTREE_NULL;
	done->super_set.root = &waiting->ref.node;
	done->super_set.count++;
}

/** Make a query that waits for another one: about a name of aliases. */
static void
waiting_init(struct waiting* waiting, const char* name)
{
	memset(waiting, 0, sizeof(*waiting));
	check(strstr(begin(name, TYPE_A, BIT_RD), "WAIT"), "%s", told);
	waiting->mesh.s = qstate;
}

/** Begin the query about c2, for which others wait. */
static const char*
begin_behind(struct mesh_state* mesh)
{
	query_init("c2.example.", TYPE_A, BIT_RD);
	qstate.mesh_info = mesh;
	return operate(module_event_new);
}

/** Aliases count from the longest way: with the client's query there are 10,
 * and 3 with another one's. */
static void
test_way(void** state)
{
	char path[64], target[64];
	struct waiting top, middle, other;
	struct mesh_state mesh;
	size_t i;
	(void)state;
	/* c0 -> c1 ... c9 -> outside, and s0 -> s1 -> s2 -> outside */
	for(i = 0; i < 20; i++) {
		sprintf(path, "example/c%zu/CNAME", i);
		sprintf(target, "c%zu.example.", i + 1);
		change(path, i == 9 ? "c.net." : target);
	}
	memset(&mesh, 0, sizeof(mesh));
	waiting_init(&other, "c7.example.");
	waiting_init(&top, "c0.example.");
	begin("www.outside.net.", TYPE_A, BIT_RD);
	memset(&middle, 0, sizeof(middle));
	middle.mesh.s = qstate;
	wait_for(&middle.mesh, &top);
	wait_for(&mesh, &middle);
	/* of 8 aliases from c2 on, 6 are left */
	begin_behind(&mesh);
	check(strstr(told, "c8.example. CNAME 300 c9.example.") &&
		!strstr(told, "c.net."), "%s", told);
	/* and none where the way is of 3 only */
	memset(&mesh, 0, sizeof(mesh));
	wait_for(&mesh, &other);
	assert_string_equal(begin_behind(&mesh), "[ask c.net. A RD]WAIT");
	/* the longest way counts, whoever came first */
	wait_for(&mesh, &middle);
	begin_behind(&mesh);
	check(!strstr(told, "[ask"), "%s", told);
	for(i = 0; i < 20; i++) {
		sprintf(path, "example/c%zu/CNAME", i);
		change(path, NULL);
	}
}

/** Where others' aliases lead into our zones, and the zones answer none: each
 * sub-query counts. */
static void
test_way_of_cuts(void** state)
{
	struct waiting waiting[17];
	struct mesh_state none;
	size_t i;
	(void)state;
	memset(waiting, 0, sizeof(waiting));
	memset(&none, 0, sizeof(none));
	doubles.is_fences = true;
	for(i = 0; i < COUNT(waiting); i++) {
		query_init("x.net.", TYPE_A, BIT_RD);
		qstate.mesh_info = &waiting[i].mesh;
		operate(module_event_new);
		qstate.return_msg = message_make("NXDOMAIN"
			TO("www.cut.example."));
		finish(NULL);
		check(!strstr(told, "WAIT") == (i == 16), "%zu: %s", i, told);
		waiting[i].mesh.s = qstate;
		if(i + 1 < COUNT(waiting))
			wait_for(&waiting[i + 1].mesh, &waiting[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_way),
		TEST(test_way_of_cuts),
	};
	return cmocka_run_group_tests_name("query_chain", tests,
		zones_set_up, zones_tear_down);
}
