/*
 * unbound/order.h - checks the order of Unbound's modules, and makes it.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A query goes through the modules in the order of `module-config`, and its
 * answer comes back through them in reverse. So a module before dynlib sees our
 * answers, and some cache them where we cannot invalidate them. Behind dynlib
 * no module does harm: we are asked first, and remove from Unbound's cache what
 * they have stored of our names (see unbound/cache.h). dns64 has to be right
 * behind dynlib to synthesize from etcd's names (see unbound/dns64.h).
 *
 * By the sources of 1.17.1 and 1.26.0:
 *
 *	module       before   why
 *	iterator     UNASKED  is the last module: passes no query on
 *	dns64        STALE    stores each answer in Unbound's cache; reads
 *	                      no_cache_store before we set it
 *	cachedb      STALE    answers from Unbound's cache and its own before
 *	                      it passes a query on, and stores each answer
 *	ipsecmod     STALE    stores answers to A and AAAA, where there is an
 *	                      ipsecmod-hook for the name
 *	validator    LEAKY    skips our answers, which are "insecure" and not
 *	                      "unchecked", and with them the aliases of signed
 *	                      zones that lead into ours. If etcd gets a name
 *	                      while the validator fetches keys for an answer
 *	                      that was recursed, the client gets that answer.
 *	                      Stores nothing of ours (no_cache_store)
 *	subnetcache  LEAKY    stores what servers say for a client subnet, and
 *	                      we say nothing for any; but also each answer to
 *	                      a client that sends a subnet of 0 bits, for
 *	                      other clients that do
 *	respip       FINE     changes addresses; stores nothing
 *	ipset        FINE     reads addresses; stores nothing
 *	python       FINE     does what its script does; stores nothing itself
 *	dynlib       FINE     another library; as python
 *
 * Reads module-config as text, and no struct of Unbound. Any thread.
 */
#ifndef HELIX_UNBOUND_ORDER_H
#define HELIX_UNBOUND_ORDER_H

#include <stddef.h>

/** octets of the longest line, NUL included */
#define ORDER_LINE_MAX 1024

/** What an order does to our answers, the worst last. */
enum order_verdict {
	/** nothing */
	ORDER_FINE,
	/** in rare cases, one is given after etcd has changed, or without
	 * validation of what others have signed */
	ORDER_LEAKY,
	/** each is cached until its TTL ends, whatever etcd says meanwhile */
	ORDER_STALE,
	/** there are none: the module is never asked */
	ORDER_UNASKED
};

/**
 * Check an order of modules.
 * @param modules: module-config, which Unbound has accepted. A module that is
 *	not in the table above is fine.
 * @param id: this module's number, from 0.
 * @param line: room for ORDER_LINE_MAX octets; unless the order is fine, set to
 *	what is wrong and the right order, without a full stop.
 * @return the verdict on the worst module before this one.
 */
enum order_verdict order_check(const char* modules, int id, char* line);

/**
 * Find a dynlib in an order of modules.
 * @param nth: which of them, from 0.
 * @return its number among all modules, from 0; -1 if there are fewer.
 */
int order_find(const char* modules, size_t nth);

/**
 * Put this module into an order of modules where it does what it can: before
 * the first that does harm before it, before respip, and as the last of all
 * dynlib, since the nth of these loads the nth dynlib-file. All else stays as it
 * is. respip would do no harm before it, but unbound-checkconf refuses that
 * order, and Debian's service asks unbound-checkconf at each start.
 * @param modules: module-config without this module.
 * @param line: room for ORDER_LINE_MAX octets; set to module-config with it,
 *	with a space between modules.
 * @return this module's number there, for order_check; -1 if there is no room.
 */
int order_insert(const char* modules, char* line);

#endif /* HELIX_UNBOUND_ORDER_H */
