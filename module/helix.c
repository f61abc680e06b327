/*
 * helix.c - the module that Unbound loads.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The six functions that Unbound's dynlib module looks up, and what they share.
 * What they do is elsewhere: service.h brings etcd's keys into the zones,
 * unbound/query.h answers queries from them.
 *
 * Unbound's reload is deinit, dlclose, dlopen, init. The library is linked to
 * stay in memory, so that the service lives on in static memory: a reload that
 * does not change how etcd is followed loses nothing. Unbound calls init and
 * deinit while it has no other threads.
 */
#include "unbound/compat.h"
#include "unbound/cache.h"
#include "unbound/callbacks.h"
#include "unbound/fence.h"
#include "unbound/guard.h"
#include "unbound/handover.h"
#include "unbound/order.h"
#include "unbound/query.h"
#include "unbound/reply.h"
#include "unbound/shadow.h"
#include "unbound/stale.h"
#include "base/log.h"
#include "service.h"
#include <stdlib.h>

#ifndef HELIX_UNBOUND_BUILD_ID
#define HELIX_UNBOUND_BUILD_ID ""
#endif

/** Unbound looks these up; all else is hidden. */
#define HELIX_EXPORT __attribute__((visibility("default")))

int init(struct module_env* env, int id);
void deinit(struct module_env* env, int id);
void operate(struct module_qstate* qstate, enum module_ev event, int id,
	struct outbound_entry* outbound);
void inform_super(struct module_qstate* qstate, int id,
	struct module_qstate* super);
void clear(struct module_qstate* qstate, int id);
size_t get_mem(struct module_env* env, int id);

/** brings etcd's keys into the zones; NULL before the first init */
static struct service* service;
/** hands answers over to Unbound's cache */
static struct handover handover;
/** keeps Unbound's iterator and validator out of the zones */
static struct fence fence;
/** warns of zones that Unbound answers by itself */
static struct shadow shadow;
/** tells clients that an answer may be out of date */
static struct stale stale;
/** what queries are answered from */
static struct query_source source;
/** what becomes of answers on their way back through other modules */
static enum order_verdict order;
/** milliseconds that a reload may take, from the end of the module until its
 * next begin is complete, before the module says that nothing is answered:
 * meanwhile, Unbound reads its own files, and the module may wait for etcd */
#define RELOAD_MAX 10000
/** true from an init that succeeded to deinit */
static bool in_use;

/* --- log ----------------------------------------------------------------- */

/** The writer of the log while Unbound's log is open. */
static void
write_to_unbound(enum helix_log_level level, const char* line)
{
	switch(level) {
	case HELIX_LOG_ERROR:
		log_err("%s", line);
		break;
	case HELIX_LOG_WARNING:
		log_warn("%s", line);
		break;
	case HELIX_LOG_INFO:
		log_info("%s", line);
		break;
	case HELIX_LOG_DEBUG:
		verbose(VERB_ALGO, "%s", line);
		break;
	}
}

/* --- may this module run here -------------------------------------------- */

/**
 * Check that this program is the Unbound that the module was built for, and
 * that its dynlib module is the caller.
 * @param exactly: set to whether both builds are known and the same.
 */
static bool
program_accept(struct module_env* env, int id, bool* exactly)
{
	static const struct guard_identity wanted = { PACKAGE_STRING,
		CONFCMDLINE, HELIX_UNBOUND_BUILD_ID };
	char message[GUARD_MESSAGE_MAX];
	struct guard_program program;
	const struct dynlibmod_env* dynlib;
	guard_read_program(&program);
	if(!guard_check(&program, &wanted, message)) {
		log_err("helix: %s", message);
		return false;
	}
	*exactly = wanted.build_id[0] && program.build_id[0];
	dynlib = env->modinfo[id];
	if(!dynlib || dynlib->func_init != init) {
		log_err("helix: the caller is not Unbound's dynlib module; "
			"Unbound does not start");
		return false;
	}
	if(in_use) {
		log_err("helix: helix.so is loaded twice; name it once in "
			"module-config and once in dynlib-file");
		return false;
	}
	return true;
}

/**
 * Check the order of the modules. A bad one does not start; after a reload,
 * Unbound has it in force already, and a refusal would end Unbound.
 * @return whether to go on.
 */
static bool
order_accept(const struct module_env* env, int id)
{
	char line[ORDER_LINE_MAX];
	order = order_check(compat_module_config(env), id, line);
	if(order == ORDER_FINE)
		return true;
	if(order == ORDER_LEAKY)
		helix_warning("%s", line);
	else if(!service)
		helix_error("%s; Unbound does not start", line);
	else if(order == ORDER_STALE)
		helix_error("%s; answers have a TTL of 0 until a reload with "
			"that order", line);
	else	helix_error("%s; nothing is answered from etcd until a reload "
			"with that order", line);
	return order == ORDER_LEAKY || service;
}

/** Why names in the zones get no answer now. */
static enum reply_failure
failure_now(void)
{
	static const enum reply_failure failures[] = {
		[SERVICE_READY] = REPLY_NO_FAILURE,
		[SERVICE_NOT_READY] = REPLY_NOT_READY,
		[SERVICE_STALE] = REPLY_STALE };
	return failures[service_state(service)];
}

/* --- life ---------------------------------------------------------------- */

/** Begin with the configuration. @return whether anything runs then. */
static bool
configure(void)
{
	const char* path = getenv("HELIX_CONF");
	const struct feed_listener listener = { &handover.invalidate,
		invalidate_overtaken, invalidate_is_marked,
		invalidate_changing, invalidate_changed };
	/* empty is unset, as systemd and shells leave it behind */
	service = service_begin(service, path && *path ? path :
		HELIX_CONF_DEFAULT, &listener);
	return service != NULL;
}

/** Let queries be answered by the service. */
static void
open_to_queries(struct module_env* env)
{
	source = (struct query_source){ service_zones(service), failure_now,
		&handover, &fence, service_stats(service) };
	stats_begin(source.stats);
	shadow_begin(&shadow, service_zones(service));
	stale_begin(&stale, env, service_zones(service),
		service_away(service));
	/* not before it has waited for etcd: meanwhile, nothing is answered */
	service_set_unused(service, order != ORDER_UNASKED ? NULL : "Unbound "
		"does not ask the module: module-config has the iterator "
		"before dynlib", 0);
}

/** Empty Unbound's caches of what they may have from before.
 * @param before: what ran then; NULL: nothing. */
static void
caches_clear(struct module_env* env, const struct service* before)
{
	/* what other modules cache as well would not leave the cache in time */
	bool use = in_use && service_may_cache(service) && order < ORDER_STALE;
	if(!handover_open(&handover, use) || service != before)
		cache_forget(env);
	if(before && service != before)
		cache_forget_rrsets(env);
}

HELIX_EXPORT int
init(struct module_env* env, int id)
{
	const struct service* before = service;
	bool exactly;
	if(!program_accept(env, id, &exactly))
		return 0;
	helix_log_set_writer(write_to_unbound);
	order = ORDER_FINE;
	in_use = (!exactly || order_accept(env, id)) && configure() &&
		callbacks_register(env, id, &source, &shadow, &stale);
	if(in_use)
		open_to_queries(env);
	fence_open(&fence);
	caches_clear(env, before);
	/* Unbound closes its log before the process ends */
	if(!in_use)
		helix_log_set_writer(helix_log_discard);
	return in_use;
}

/* Unbound calls this even if init failed, and also where its structs are not
 * those that we know: then it has to leave them alone. */
HELIX_EXPORT void
deinit(struct module_env* env, int id)
{
	if(!in_use)
		return;
	handover_close(&handover);
	callbacks_delete(env, id);
	/* where module-config or dynlib-file lacks it now, nobody calls init */
	service_set_unused(service, "Unbound still reloads, or has reloaded "
		"without the module: see module-config and dynlib-file",
		RELOAD_MAX);
	/* Unbound closes its log before the process ends */
	helix_log_set_writer(helix_log_discard);
	in_use = false;
}

HELIX_EXPORT size_t
get_mem(struct module_env* env, int id)
{
	(void)env;
	(void)id;
	return service ? service_octets(service) : 0;
}

/* --- queries ------------------------------------------------------------- */

/** Look at what unbound.conf says that concerns the zones, at the begin and
 * after each fast_reload, of which Unbound tells no module: then the fence is
 * gone, once it was there. */
static void
look_around(struct module_env* env)
{
	if(fence_is_new(&fence))
		fence_keep(&fence, env, source.zones);
	if(fence_note_renewal(&fence)) {
		helix_info("Unbound has done a fast_reload, which does not "
			"read helix.yaml, module-config and dynlib-file: if "
			"you have changed those, do a reload");
		shadow_again(&shadow);
	}
	shadow_look(&shadow, env);
}

HELIX_EXPORT void
operate(struct module_qstate* qstate, enum module_ev event, int id,
	struct outbound_entry* outbound)
{
	(void)outbound;
	look_around(qstate->env);
	query_operate(&source, qstate, event, id);
	stale_mark(&stale, qstate, id);
	if(order == ORDER_STALE && event != module_event_moddone &&
		qstate->return_msg && qstate->ext_state[id] == module_finished)
		reply_expire(qstate->return_msg->rep);
}

HELIX_EXPORT void
inform_super(struct module_qstate* qstate, int id, struct module_qstate* super)
{
	query_inform(qstate, super, id);
}

HELIX_EXPORT void
clear(struct module_qstate* qstate, int id)
{
	qstate->minfo[id] = NULL;
}
