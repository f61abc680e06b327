/*
 * helix.c - the module that Unbound loads.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The six functions that Unbound's dynlib module looks up, and the wiring of
 * the parts: etcd -> feed -> store -> zone -> reply.
 *
 * Unbound's reload is deinit, dlclose, dlopen, init. The library is linked to
 * stay in memory, so what follows etcd lives on in static memory, and a
 * reload that does not change how etcd is followed finds the copy as fresh as
 * it left it. It ends when the process does.
 */
#include "unbound/compat.h"
#include "unbound/cache.h"
#include "unbound/fence.h"
#include "unbound/guard.h"
#include "unbound/handover.h"
#include "unbound/order.h"
#include "unbound/query.h"
#include "unbound/reply.h"
#include "unbound/shadow.h"
#include "unbound/stale.h"
#include "config/config.h"
#include "feed.h"
#include "etcd/password.h"
#include "etcd/replica.h"
#include "snapshot/snapshot.h"
#include "etcd/v2.h"
#include "etcd/v3.h"
#include "base/log.h"
#include "base/thread.h"
#include <stdlib.h>

#ifndef HELIX_UNBOUND_BUILD_ID
#define HELIX_UNBOUND_BUILD_ID ""
#endif

/** Unbound looks these up; all else is hidden. */
#define HELIX_EXPORT __attribute__((visibility("default")))

/** What runs: made by the first init, kept over reloads. */
struct helix {
	/** the configuration in force */
	struct helix_config* config;
	/** the records */
	struct feed* feed;
	/** what etcd's events are handed to: the feed */
	struct etcd_sink sink;
	/** keeps the copy on disk, and tells the sink; NULL: nothing does */
	struct snapshot* snapshot;
	/** follows etcd */
	struct replica* replica;
};

static struct helix* running;
/** hands answers over to Unbound's cache */
static struct handover handover;
/** keeps Unbound's iterator out of the zones */
static struct fence fence;
/** whether init has succeeded and deinit was not called since */
static bool in_use;
/** what becomes of answers on their way back through other modules */
static enum order_verdict order;

int init(struct module_env* env, int id);
void deinit(struct module_env* env, int id);
void operate(struct module_qstate* qstate, enum module_ev event, int id,
	struct outbound_entry* outbound);
void inform_super(struct module_qstate* qstate, int id,
	struct module_qstate* super);
void clear(struct module_qstate* qstate, int id);
size_t get_mem(struct module_env* env, int id);

/* --- log ----------------------------------------------------------------- */

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

/* --- life ---------------------------------------------------------------- */

static void
helix_delete(struct helix* helix)
{
	if(!helix)
		return;
	replica_stop(helix->replica);
	snapshot_delete(helix->snapshot);
	feed_delete(helix->feed);
	helix_config_delete(helix->config);
	free(helix);
}

/**
 * Start to follow etcd.
 * @param past: what the sink was told already.
 */
static bool
helix_follow(struct helix* helix, const struct etcd_past* past)
{
	const struct helix_config* config = helix->config;
	const struct etcd_sink* sink = &helix->sink;
	if(config->snapshot) {
		helix->snapshot = snapshot_create(config->snapshot,
			&config->etcd, sink);
		if(!helix->snapshot)
			return false;
		sink = snapshot_sink(helix->snapshot);
	}
	helix->replica = replica_start(&config->etcd,
		config->etcd.api == ETCD_V2 ? &etcd_v2 : &etcd_v3, sink, past);
	return helix->replica != NULL;
}

/**
 * Make what follows etcd. It begins with the copy on disk, if there is one, at
 * the first time, and where no other copy is waited for; else what runs has a
 * newer one, and stays until there is a list.
 * @param config: goes to the result; deleted if NULL is returned.
 */
static struct helix*
helix_create(struct helix_config* config)
{
	struct helix* helix = calloc(1, sizeof(*helix));
	const struct feed_listener listener = { &handover.invalidate,
		invalidate_overtaken, invalidate_is_marked,
		invalidate_changing, invalidate_changed };
	struct etcd_past past = { 0 };
	if(!helix) {
		helix_config_delete(config);
		return NULL;
	}
	helix->config = config;
	helix->feed = feed_create(config->zones, config->zone_count,
		config->etcd.prefix, &listener);
	helix->sink = feed_sink(helix->feed);
	if(helix->feed && config->snapshot && (!running ||
		config->startup_wait == 0))
		snapshot_load(config->snapshot, &config->etcd, &helix->sink,
			&past);
	if(!helix->feed || !helix_follow(helix, &past)) {
		helix_delete(helix);
		return NULL;
	}
	return helix;
}

/** At the end of the process: no thread of ours outlives what it uses. Called
 * several times. */
static void
stop_at_exit(void)
{
	if(!running)
		return;
	replica_stop(running->replica);
	running->replica = NULL;
	snapshot_delete(running->snapshot);
	running->snapshot = NULL;
}

/** Have that called, once libcurl has begun. @return false if memory ran
 * out. */
static bool
register_stop(void)
{
	static bool registered;
	registered = registered || thread_stop_at_exit(stop_at_exit);
	return registered;
}

/** Read the configuration; after a reload, one that can't be read leaves the
 * one before in force, so that a slip of the pen does not end Unbound. */
static struct helix_config*
config_read_again(void)
{
	const char* path = getenv("HELIX_CONF");
	char error[HELIX_CONFIG_ERROR_MAX];
	/* empty is unset, as systemd and shells leave it behind */
	struct helix_config* config = helix_config_load(path && *path ? path :
		HELIX_CONF_DEFAULT, error);
	if(config && config->etcd.password_file &&
		password_is_exposed(config->etcd.password_file))
		helix_warning("everybody can read the password in %s; chmod "
			"o-r is advised", config->etcd.password_file);
	if(config)
		return config;
	helix_error("%s", error);
	if(running)
		helix_error("the configuration read before stays in force");
	return NULL;
}

/**
 * Go on with what runs, if the new configuration allows it.
 * @param config: the new configuration; taken if true is returned.
 */
static bool
helix_keep(struct helix* helix, struct helix_config* config)
{
	char text[REPLICA_TEXT_MAX];
	struct zones* zones = feed_zones(helix->feed);
	if(!helix_config_same_etcd(helix->config, config) ||
		!zones_match(zones, config->zones, config->zone_count) ||
		!zones_update(zones, config->zones, config->zone_count))
		return false;
	/* the replica looks at the settings that it was started with */
	helix_config_swap_zones(helix->config, config);
	helix->config->cache = config->cache;
	helix_config_delete(config);
	helix_info("the copy of etcd's data is kept, %s",
		replica_describe(helix->replica, text));
	return true;
}

/**
 * Begin anew with a configuration, which goes to what is made. After a reload,
 * what ran before goes on if the new one gets no copy in time: a slip of the
 * pen in an endpoint, or an outage of etcd, is not to end the names.
 * @return whether something runs then.
 */
static bool
helix_begin(struct helix_config* config)
{
	struct helix* helix = helix_create(config);
	bool copied;
	if(!helix || !register_stop()) {
		helix_error("out of memory: cannot follow etcd as "
			"configured");
		helix_delete(helix);
		return running != NULL;
	}
	copied = replica_wait(helix->replica, config->startup_wait);
	if(!copied && running && config->startup_wait > 0) {
		helix_error("no copy of etcd's data after %u ms: what was "
			"configured before stays in force; reload again when "
			"etcd answers", config->startup_wait);
		helix_delete(helix);
		return true;
	}
	if(!copied)
		helix_warning("no copy of etcd's data after %u ms; Unbound "
			"starts without, and answers SERVFAIL for names in "
			"the zones until there is one", config->startup_wait);
	helix_delete(running);
	running = helix;
	if(helix->snapshot)
		snapshot_begin(helix->snapshot);
	return true;
}

/**
 * Whether the module was built for the program that loads it, and dynlib is
 * what calls it.
 * @param exactly: set to whether it is known to be that very build.
 */
static bool
program_is_ours(struct module_env* env, int id, bool* exactly)
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
		log_err("helix: this is not Unbound's dynlib module that "
			"calls");
		return false;
	}
	return true;
}

/**
 * Look at the order of the modules. One that is bad does not begin; after a
 * reload, Unbound has it in force already, and would end if it were refused.
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
	else if(!running)
		helix_error("%s; Unbound does not start", line);
	else if(order == ORDER_STALE)
		helix_error("%s; answers have a TTL of 0 until a reload finds "
			"that", line);
	else	helix_error("%s; nothing is answered from etcd until a reload "
			"finds that", line);
	return order == ORDER_LEAKY || running;
}

/** Why names in the zones get no answer now. */
static enum reply_failure
failure_now(void)
{
	if(!feed_is_complete(running->feed))
		return REPLY_NOT_READY;
	return replica_is_stale(running->replica) ? REPLY_STALE :
		REPLY_NO_FAILURE;
}

/** What queries are answered from. */
static struct query_source
source_now(void)
{
	return (struct query_source){ feed_zones(running->feed), failure_now,
		&handover, &fence };
}

/** Unbound's callback for the response of a server. */
static int
on_response(struct module_qstate* qstate, struct dns_msg* response, int id,
	void* arg)
{
	const struct query_source source = source_now();
	(void)arg;
	query_response(&source, qstate, response, id);
	return 1;
}

/** The functions that Unbound is to call. */
static const struct {
	/** at what */
	enum inplace_cb_list_type type;
	/** the function */
	void* function;
} callbacks[] = {
	{ inplace_cb_reply_servfail, (void*)reply_on_servfail },
	{ inplace_cb_reply_cache, (void*)stale_on_cached },
	{ inplace_cb_reply_local, (void*)shadow_on_local },
	{ inplace_cb_query_response, (void*)on_response },
};
#define CALLBACKS (sizeof(callbacks) / sizeof(*callbacks))

/** Have Unbound call the functions of callbacks. */
static bool
callbacks_register(struct module_env* env, int id)
{
	const struct dynlibmod_env* dynlib = env->modinfo[id];
	size_t i;
	for(i = 0; i < CALLBACKS; i++) {
		if(dynlib->inplace_cb_register_wrapped(callbacks[i].function,
			callbacks[i].type, NULL, env, id))
			continue;
		helix_error("Unbound refuses callback %d",
			(int)callbacks[i].type);
		return false;
	}
	return true;
}

/** Read the configuration, and follow etcd by it. @return whether something
 * runs then. */
static bool
configure(void)
{
	struct helix_config* config = config_read_again();
	if(!config)
		return running != NULL;
	return (running && helix_keep(running, config)) ||
		helix_begin(config);
}

/** Whether answers may go into Unbound's cache; not where the copy can become
 * too old to answer from, as they would not leave it then, nor where other
 * modules put them there again. */
static bool
may_hand_over(void)
{
	const struct helix_config* config = running->config;
	return config->cache && config->etcd.max_stale == 0 &&
		order < ORDER_STALE;
}

HELIX_EXPORT int
init(struct module_env* env, int id)
{
	const struct helix* before;
	bool exactly;
	if(!program_is_ours(env, id, &exactly))
		return 0;
	if(in_use) {
		log_err("helix: helix.so is loaded twice; module-config and "
			"dynlib-file are to name it once");
		return 0;
	}
	helix_log_set_writer(write_to_unbound);
	before = running;
	order = ORDER_FINE;
	in_use = (!exactly || order_accept(env, id)) && configure() &&
		callbacks_register(env, id);
	if(in_use) {
		shadow_begin(feed_zones(running->feed));
		stale_begin(env, feed_zones(running->feed),
			replica_away(running->replica));
	}
	fence_open(&fence);
	if(!handover_open(&handover, in_use && may_hand_over()) ||
		running != before)
		cache_forget(env);
	if(before && running != before)
		cache_forget_rrsets(env);
	/* Unbound takes its log down before the process ends */
	if(!in_use)
		helix_log_set_writer(helix_log_discard);
	return in_use;
}

/* Also called if init failed, and even then if that was because the structs
 * are not those that we know: so they are left alone unless it succeeded. */
HELIX_EXPORT void
deinit(struct module_env* env, int id)
{
	const struct dynlibmod_env* dynlib;
	size_t i;
	if(!in_use)
		return;
	handover_close(&handover);
	dynlib = env->modinfo[id];
	for(i = 0; i < CALLBACKS; i++)
		dynlib->inplace_cb_delete_wrapped(env, callbacks[i].type, id);
	/* Unbound takes its log down before the process ends */
	helix_log_set_writer(helix_log_discard);
	in_use = false;
}

HELIX_EXPORT size_t
get_mem(struct module_env* env, int id)
{
	(void)env;
	(void)id;
	return running ? store_stats(feed_store(running->feed)).octets : 0;
}

/* --- queries ------------------------------------------------------------- */

/** Have the modules before this one not store an answer that does not come
 * from them: what has a TTL of 0 is not kept. */
static void
answer_expire(struct module_qstate* qstate, int id)
{
	struct reply_info* info = qstate->return_msg ?
		qstate->return_msg->rep : NULL;
	size_t i;
	if(!info || qstate->ext_state[id] != module_finished)
		return;
	info->ttl = info->prefetch_ttl = info->serve_expired_ttl = 0;
	for(i = 0; i < info->rrset_count; i++) {
		struct packed_rrset_data* data = info->rrsets[i]->entry.data;
		size_t n = data->count + data->rrsig_count;
		data->ttl = 0;
		while(n-- > 0)
			data->rr_ttl[n] = 0;
	}
}

HELIX_EXPORT void
operate(struct module_qstate* qstate, enum module_ev event, int id,
	struct outbound_entry* outbound)
{
	const struct query_source source = source_now();
	(void)outbound;
	shadow_look(qstate->env);
	query_operate(&source, qstate, event, id);
	stale_mark(qstate, id);
	if(order == ORDER_STALE && event != module_event_moddone)
		answer_expire(qstate, id);
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
