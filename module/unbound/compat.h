/*
 * unbound/compat.h - Unbound's headers, and what differs between its versions.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Every file that uses Unbound includes this first, and no header of Unbound by
 * itself. Unbound has no stable module API. So this checks the types that the
 * project relies on, and the compiler refuses a version that differs, with a
 * line that says in what. Versions 1.17 to 1.26 are the same in all of it.
 *
 * The project avoids what differs: it zeroes a struct reply_info and fills it
 * by hand, as construct_reply_info_base has other arguments in 1.22 than in
 * 1.17.
 * Debian's security patches move fields of env->cfg within one version; the few
 * that the project reads are read here, after the guard has found this Unbound
 * to be the one that the module was built for.
 */
#ifndef HELIX_UNBOUND_COMPAT_H
#define HELIX_UNBOUND_COMPAT_H

/* Unbound's, not this project's: its folder comes first on the path */
#include <config.h>
#include <stdbool.h>
#include "daemon/daemon.h"
#include "daemon/worker.h"
#include "dynlibmod/dynlibmod.h"
#include "iterator/iter_fwd.h"
#include "services/authzone.h"
#include "services/cache/dns.h"
#include "services/cache/rrset.h"
#include "services/localzone.h"
#include "services/mesh.h"
#include "services/modstack.h"
#include "util/config_file.h"
#include "util/data/dname.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/log.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"
#include "util/netevent.h"
#include "util/storage/slabhash.h"
#include "util/ub_event.h"
#include "validator/val_anchor.h"
#include "sldns/rrdef.h"

/** Refuse to compile where an expression is not of a type. */
#define COMPAT_CHECK_TYPE(expression, type) \
	_Static_assert(_Generic((expression), type: 1, default: 0), \
		"this Unbound has another " #expression \
		" than the module knows; see module/unbound/compat.h")

/* the types of the functions that Unbound calls at its hooks, by the hook */
typedef inplace_cb_reply_func_type compat_inplace_cb_reply_cache;
typedef inplace_cb_reply_func_type compat_inplace_cb_reply_local;
typedef inplace_cb_reply_func_type compat_inplace_cb_reply_servfail;
typedef inplace_cb_query_response_func_type compat_inplace_cb_query_response;

COMPAT_CHECK_TYPE((inplace_cb_reply_func_type*)0,
	int(*)(struct query_info*, struct module_qstate*, struct reply_info*,
	int, struct edns_data*, struct edns_option**, struct comm_reply*,
	struct regional*, struct timeval*, int, void*));
COMPAT_CHECK_TYPE(&edns_opt_list_append_ede,
	int(*)(struct edns_option**, struct regional*, sldns_ede_code,
	const char*));
COMPAT_CHECK_TYPE(&regional_alloc, void*(*)(struct regional*, size_t));
COMPAT_CHECK_TYPE(&regional_alloc_zero, void*(*)(struct regional*, size_t));
COMPAT_CHECK_TYPE(((struct dynlibmod_env*)0)->func_init,
	int(*)(struct module_env*, int));
COMPAT_CHECK_TYPE(((struct packed_rrset_data*)0)->rr_ttl, time_t*);
COMPAT_CHECK_TYPE(((struct reply_info*)0)->authoritative, uint8_t);
/* padding for alignment; the module tags what it caches there */
COMPAT_CHECK_TYPE(((struct reply_info*)0)->padding, uint32_t);
COMPAT_CHECK_TYPE(&auth_zone_create,
	struct auth_zone*(*)(struct auth_zones*, uint8_t*, size_t, uint16_t));
COMPAT_CHECK_TYPE(&anchors_add_insecure,
	int(*)(struct val_anchors*, uint16_t, uint8_t*));
COMPAT_CHECK_TYPE(&rrset_cache_update,
	int(*)(struct rrset_cache*, struct rrset_ref*, struct alloc_cache*,
	time_t));
COMPAT_CHECK_TYPE(&rrset_cache_remove,
	void(*)(struct rrset_cache*, uint8_t*, size_t, uint16_t, uint16_t,
	uint32_t));
COMPAT_CHECK_TYPE(&packed_rrset_copy_alloc,
	struct ub_packed_rrset_key*(*)(struct ub_packed_rrset_key*,
	struct alloc_cache*, time_t));
COMPAT_CHECK_TYPE(&reply_info_copy,
	struct reply_info*(*)(struct reply_info*, struct alloc_cache*,
	struct regional*));

COMPAT_CHECK_TYPE(&msg_cache_lookup,
	struct msgreply_entry*(*)(struct module_env*, uint8_t*, size_t,
	uint16_t, uint16_t, uint16_t, time_t, int));
COMPAT_CHECK_TYPE(&msg_cache_remove,
	void(*)(struct module_env*, uint8_t*, size_t, uint16_t, uint16_t,
	uint16_t));
COMPAT_CHECK_TYPE(&tomsg,
	struct dns_msg*(*)(struct module_env*, struct query_info*,
	struct reply_info*, struct regional*, time_t, int, struct regional*));
COMPAT_CHECK_TYPE(&dns_cache_store_msg,
	void(*)(struct module_env*, struct query_info*, hashvalue_type,
	struct reply_info*, time_t, int, struct reply_info*, uint32_t,
	struct regional*, time_t));

COMPAT_CHECK_TYPE(((struct module_env*)0)->worker_base, struct comm_base*);
COMPAT_CHECK_TYPE(&comm_base_internal,
	struct ub_event_base*(*)(struct comm_base*));
COMPAT_CHECK_TYPE(&ub_event_new,
	struct ub_event*(*)(struct ub_event_base*, int, short,
	void(*)(int, short, void*), void*));

COMPAT_CHECK_TYPE((inplace_cb_query_response_func_type*)0,
	int(*)(struct module_qstate*, struct dns_msg*, int, void*));
COMPAT_CHECK_TYPE(&rrset_cache_lookup,
	struct ub_packed_rrset_key*(*)(struct rrset_cache*, uint8_t*, size_t,
	uint16_t, uint16_t, uint32_t, time_t, int));
COMPAT_CHECK_TYPE(((struct module_qstate*)0)->mesh_info, struct mesh_state*);
COMPAT_CHECK_TYPE(((struct mesh_state*)0)->super_set, rbtree_type);
COMPAT_CHECK_TYPE(((struct mesh_state_ref*)0)->s, struct mesh_state*);
COMPAT_CHECK_TYPE(((struct module_env*)0)->mesh, struct mesh_area*);
COMPAT_CHECK_TYPE(((struct mesh_area*)0)->mods, struct module_stack);
COMPAT_CHECK_TYPE(((struct module_stack*)0)->mod, struct module_func_block**);
COMPAT_CHECK_TYPE(((struct module_func_block*)0)->operate,
	void(*)(struct module_qstate*, enum module_ev, int,
	struct outbound_entry*));
COMPAT_CHECK_TYPE(((struct module_func_block*)0)->clear,
	void(*)(struct module_qstate*, int));
COMPAT_CHECK_TYPE(&modstack_find,
	int(*)(struct module_stack*, const char*));

COMPAT_CHECK_TYPE(((struct module_env*)0)->cfg, struct config_file*);
COMPAT_CHECK_TYPE(((struct config_file*)0)->module_conf, char*);

/**
 * module-config of unbound.conf, as Unbound has no other list of its modules
 * when it calls init. Only if the program's build-id is the one that the module
 * was built for: then this field is where the headers have it.
 */
static inline const char*
compat_module_config(const struct module_env* env)
{
	return env->cfg->module_conf;
}

COMPAT_CHECK_TYPE(((struct module_env*)0)->worker, struct worker*);
COMPAT_CHECK_TYPE(((struct worker*)0)->daemon, struct daemon*);
COMPAT_CHECK_TYPE(((struct daemon*)0)->local_zones, struct local_zones*);
COMPAT_CHECK_TYPE(((struct local_zones*)0)->ztree, rbtree_type);
COMPAT_CHECK_TYPE(((struct local_zone*)0)->parent, struct local_zone*);
COMPAT_CHECK_TYPE(((struct local_zone*)0)->type, enum localzone_type);
COMPAT_CHECK_TYPE(&local_zone_type2str, const char*(*)(enum localzone_type));
COMPAT_CHECK_TYPE(((struct comm_point*)0)->cb_arg, void*);
/* not so in an Unbound with --enable-lock-checks */
COMPAT_CHECK_TYPE((lock_rw_type*)0, pthread_rwlock_t*);
COMPAT_CHECK_TYPE(((struct module_qstate*)0)->edns_opts_front_out,
	struct edns_option*);
COMPAT_CHECK_TYPE(((struct module_qstate*)0)->edns_opts_back_in,
	struct edns_option*);
COMPAT_CHECK_TYPE(((struct config_file*)0)->ede, int);
COMPAT_CHECK_TYPE(((struct config_file*)0)->ede_serve_expired, int);

/** Unbound's local zones; NULL before Unbound has made them and its workers. */
static inline struct local_zones*
compat_local_zones(const struct worker* worker)
{
	return worker && worker->daemon ? worker->daemon->local_zones : NULL;
}

/** Lock for reading, or return false if that would have to wait. */
static inline bool
compat_try_rdlock(lock_rw_type* lock)
{
	return pthread_rwlock_tryrdlock(lock) == 0;
}

/** The worker that got a client's query; each of its sockets has it as an
 * argument. */
static inline struct worker*
compat_worker(const struct comm_reply* repinfo)
{
	return repinfo->c->cb_arg;
}

/** True if Unbound adds an extended error to expired answers from its cache.
 * After the guard; env is Unbound's own, as init is called with, or a worker's,
 * which have the same cfg. */
static inline bool
compat_reports_expired(const struct module_env* env)
{
	return env->cfg->ede && env->cfg->ede_serve_expired;
}

/** True if a cached message is expired. */
static inline bool
compat_is_expired(const struct reply_info* info, time_t now)
{
#ifdef TTL_IS_EXPIRED
	return TTL_IS_EXPIRED(info->ttl, now);
#else
	return info->ttl < now;
#endif
}

struct respip_client_info;
COMPAT_CHECK_TYPE(((struct module_qstate*)0)->client_info,
	struct respip_client_info*);

/** env->attach_sub up to 1.24 */
typedef int compat_attach_sub_6(struct module_qstate*, struct query_info*,
	uint16_t, int, int, struct module_qstate**);
/** env->attach_sub from 1.25 on */
typedef int compat_attach_sub_7(struct module_qstate*, struct query_info*,
	struct respip_client_info*, uint16_t, int, int,
	struct module_qstate**);

static inline int
compat_attach_by_6(compat_attach_sub_6* attach, struct module_qstate* qstate,
	struct query_info* ask, uint16_t flags, struct module_qstate** made)
{
	return attach(qstate, ask, flags, 0, 0, made);
}

/** With the client's view and policies: else the answer would be another
 * client's, and dns64 would not find the query. */
static inline int
compat_attach_by_7(compat_attach_sub_7* attach, struct module_qstate* qstate,
	struct query_info* ask, uint16_t flags, struct module_qstate** made)
{
	return attach(qstate, ask, qstate->client_info, flags, 0, 0, made);
}

/**
 * Attach a sub-query to a query, which has to wait for it then.
 * @param ask: the question; copied.
 * @param flags: BIT_RD, BIT_CD.
 * @param made: set to the sub-query if it is new, else to NULL.
 * @return false if that would be a cycle, or memory ran out.
 */
#define compat_attach_sub(qstate, ask, flags, made) \
	_Generic((qstate)->env->attach_sub, \
		compat_attach_sub_6*: compat_attach_by_6, \
		compat_attach_sub_7*: compat_attach_by_7) \
		((qstate)->env->attach_sub, (qstate), (ask), (flags), (made))

/** forwards_add_stub_hole up to 1.19, where each worker has its own tree */
typedef int compat_add_hole_3(struct iter_forwards*, uint16_t, uint8_t*);
/** forwards_add_stub_hole from 1.20 on, where all share a tree */
typedef int compat_add_hole_4(struct iter_forwards*, uint16_t, uint8_t*, int);

static inline int
compat_add_by_3(compat_add_hole_3* add, struct iter_forwards* forwards,
	uint8_t* name)
{
	struct iter_forward_zone key = { .name = name,
		.dclass = LDNS_RR_CLASS_IN };
	key.node.key = &key;
	key.namelabs = dname_count_size_labels(name, &key.namelen);
	/* Unbound does not look for it, and would log an error */
	return rbtree_search(forwards->tree, &key) ||
		add(forwards, LDNS_RR_CLASS_IN, name);
}

static inline int
compat_add_by_4(compat_add_hole_4* add, struct iter_forwards* forwards,
	uint8_t* name)
{
	return add(forwards, LDNS_RR_CLASS_IN, name, 0);
}

/**
 * Make a hole for a name in the forward-zones above it, unless there is a
 * forward-zone or a stub-zone of that name.
 * @param name: copied.
 * @return false if memory ran out.
 */
#define compat_add_stub_hole(forwards, name) \
	_Generic(&forwards_add_stub_hole, \
		compat_add_hole_3*: compat_add_by_3, \
		compat_add_hole_4*: compat_add_by_4) \
		(&forwards_add_stub_hole, (forwards), (name))

#endif /* HELIX_UNBOUND_COMPAT_H */
