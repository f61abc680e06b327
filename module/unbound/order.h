/*
 * unbound/order.h - where the module stands among Unbound's.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A query goes through the modules in the order of `module-config`, and its
 * answer comes back through them in reverse. So a module before dynlib sees
 * what we answer, and some store it where we cannot take it back; behind
 * dynlib, none of them hurts, as we are asked first, and take out of Unbound's
 * cache what they have stored there of our names (see unbound/cache.h). For
 * dns64 to make something of etcd's names it has to be right behind dynlib
 * (see unbound/dns64.h).
 *
 * By the sources of 1.17.1 and 1.26.0:
 *
 *	module       before   why
 *	iterator     UNASKED  passes no query on: it is the last one
 *	dns64        STALE    stores each answer in Unbound's cache; looks at
 *	                      no_cache_store only as it was before us
 *	cachedb      STALE    looks into Unbound's cache and its own before it
 *	                      passes a query on, and stores each answer
 *	ipsecmod     STALE    stores the answers to A and AAAA where an
 *	                      ipsecmod-hook is configured for the name
 *	validator    LEAKY    leaves alone what etcd has, as it is insecure and
 *	                      not unchecked, and so does not check aliases of
 *	                      others that lead into our zones; what was recursed
 *	                      for a name of ours is given after etcd has that
 *	                      name, if that happens while it fetches keys. It
 *	                      stores none of it (no_cache_store)
 *	subnetcache  LEAKY    stores what servers have said for a client subnet,
 *	                      which we are not; but also any answer to a client
 *	                      that sends a subnet of 0 bits, for clients that do
 *	                      the same
 *	respip       FINE     changes addresses; stores nothing
 *	ipset        FINE     reads addresses; stores nothing
 *	python       FINE     what its script does; stores nothing by itself
 *	dynlib       FINE     another library; as python
 *
 * The words are read, and no struct of Unbound's. Any thread.
 */
#ifndef HELIX_UNBOUND_ORDER_H
#define HELIX_UNBOUND_ORDER_H

/** room for any line, NUL included */
#define ORDER_LINE_MAX 1024

/** What becomes of answers. The worst is the last. */
enum order_verdict {
	/** nothing */
	ORDER_FINE,
	/** some, in rare cases, are given after etcd has overtaken them, or
	 * without a look at what others have signed */
	ORDER_LEAKY,
	/** all are given until their TTL ends, whatever etcd says meanwhile */
	ORDER_STALE,
	/** the module is never asked */
	ORDER_UNASKED
};

/**
 * Judge an order of modules.
 * @param modules: their names, separated by white space; they are all names of
 *	Unbound's modules. One that is not in the table is fine.
 * @param id: which of them is this one, from 0.
 * @param line: ORDER_LINE_MAX octets; unless all is fine, set to what is wrong
 *	and the order that is right, without a mark at the end.
 */
enum order_verdict order_check(const char* modules, int id, char* line);

#endif /* HELIX_UNBOUND_ORDER_H */
