/*
 * unbound/query_chain.c - how long a chain of aliases is.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/query_internal.h"

/** queries that wait for each other in a row, as far as they are counted */
#define DEPTH_MAX 512
/** queries that wait for one, as far as they are counted */
#define WAITING_MAX 65536

/** A walk through the queries that wait for another. */
struct count {
	/** its number, so that a query that several wait for is counted once */
	unsigned long number;
	/** queries that may still be visited: those that other modules have
	 * begun can be met on many ways */
	unsigned left;
};

/** Count the aliases on the longest way from a client's query to another; too
 * many if that takes too long. */
static unsigned
mesh_way(struct mesh_state* mesh, int id, struct count* count, unsigned depth)
{
	struct query_work* work = mesh->s.minfo[id];
	struct mesh_state_ref* ref;
	unsigned way = 0;
	if(work && work->counted == count->number)
		return work->way;
	if(depth > DEPTH_MAX || count->left == 0)
		return ANSWER_ALIASES_MAX;
	count->left--;
	RBTREE_FOR(ref, struct mesh_state_ref*, &mesh->super_set) {
		const struct query_work* waits = ref->s->s.minfo[id];
		/* one that waits for the other modules has given nothing yet */
		unsigned above = waits && waits->state != QUERY_BEGUN &&
			waits->state != QUERY_PASSED ? waits->followed : 0;
		unsigned its = mesh_way(ref->s, id, count, depth + 1);
		if(its + above > way)
			way = its + above;
	}
	if(work) {
		work->counted = count->number;
		work->way = way;
	}
	return way;
}

unsigned
query_way_count(const struct query* query)
{
	static _Thread_local unsigned long counts;
	struct count count = { ++counts, WAITING_MAX };
	return mesh_way(query->qstate->mesh_info, query->id, &count, 0);
}
