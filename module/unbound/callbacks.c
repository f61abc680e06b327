/*
 * unbound/callbacks.c - what Unbound calls beside the module's functions.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/callbacks.h"
#include "unbound/reply.h"
#include "base/log.h"

/** A function, and what it is called with. */
struct callback {
	enum inplace_cb_list_type hook;
	void* function;
	const void* arg;
};

/** Does not compile unless the function has the type that Unbound calls it by
 * at the hook. */
#define CALLBACK(hook, function, arg) { (hook), \
	_Generic(&(function), compat_##hook*: (void*)(function)), (arg) }

/** The iterator has the response of a server. Unbound may have done a
 * fast_reload since the query was passed on. */
static int
on_response(struct module_qstate* qstate, struct dns_msg* response, int id,
	void* arg)
{
	const struct query_source* source = arg;
	fence_keep(source->fence, qstate->env, source->zones);
	query_response(source, qstate, response, id);
	return 1;
}

bool
callbacks_register(struct module_env* env, int id,
	const struct query_source* source, struct shadow* shadow,
	const struct stale* stale)
{
	const struct callback callbacks[] = {
		CALLBACK(inplace_cb_reply_servfail, reply_on_servfail, NULL),
		CALLBACK(inplace_cb_reply_cache, stale_on_cached, stale),
		CALLBACK(inplace_cb_reply_local, shadow_on_local, shadow),
		CALLBACK(inplace_cb_query_response, on_response, source),
	};
	const struct dynlibmod_env* dynlib = env->modinfo[id];
	size_t i;
	for(i = 0; i < sizeof(callbacks) / sizeof(*callbacks); i++) {
		const struct callback* callback = &callbacks[i];
		if(dynlib->inplace_cb_register_wrapped(callback->function,
			callback->hook, (void*)(uintptr_t)callback->arg, env,
			id))
			continue;
		helix_error("Unbound refused to register callback %d and "
			"does not start", (int)callback->hook);
		return false;
	}
	return true;
}

void
callbacks_delete(struct module_env* env, int id)
{
	const struct dynlibmod_env* dynlib = env->modinfo[id];
	int hook;
	for(hook = 0; hook < inplace_cb_types_total; hook++)
		dynlib->inplace_cb_delete_wrapped(env,
			(enum inplace_cb_list_type)hook, id);
}
