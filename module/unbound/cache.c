/*
 * unbound/cache.c - what Unbound's caches may have of the zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/cache.h"
#include "unbound/reply.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

/** the class under which messages are kept: one for private use (RFC 6895
 * 3.2) */
#define CLASS_KEPT 65384

/** octets of the secret label */
#define SECRET_LEN 8

/** the label before the names of kept messages: no client knows it, so none can
 * ask for them */
static uint8_t secret_label[1 + SECRET_LEN];
static pthread_once_t secret_once = PTHREAD_ONCE_INIT;

static void
secret_make(void)
{
	secret_label[0] = SECRET_LEN;
	if(getrandom(secret_label + 1, SECRET_LEN, 0) != SECRET_LEN)
		log_err("helix: no random octets");
}

/** Make the question under which the answer to a query is kept.
 * @return false if its name would be too long. */
static bool
kept_question(const struct module_qstate* qstate, struct name* name,
	struct query_info* question)
{
	const struct query_info* asked = &qstate->qinfo;
	size_t len = sizeof(secret_label) + asked->qname_len;
	if(len > NAME_WIRE_MAX)
		return false;
	(void)pthread_once(&secret_once, secret_make);
	memcpy(name->wire, secret_label, sizeof(secret_label));
	memcpy(name->wire + sizeof(secret_label), asked->qname,
		asked->qname_len);
	name->len = (uint8_t)len;
	*question = *asked;
	question->qname = name->wire;
	question->qname_len = len;
	question->qclass = CLASS_KEPT;
	return true;
}

void
cache_remove(const struct module_qstate* qstate)
{
	const struct query_info* query = &qstate->qinfo;
	msg_cache_remove(qstate->env, query->qname, query->qname_len,
		query->qtype, query->qclass, qstate->query_flags);
}

uint32_t
cache_tag(const struct answer* answer)
{
	uint32_t tag = 0;
	size_t i;
	if(answer->end != ANSWER_REFERRAL)
		return 0;
	for(i = 0; i < answer->count; i++)
		tag = XXH32(answer->rrset[i].rdata.octets,
			answer->rrset[i].rdata.len,
			tag + (uint32_t)answer->rrset[i].owner_len);
	return tag ? tag : 1;
}

/** As cache_store, for another question. */
static void
store_message(const struct module_qstate* qstate,
	const struct query_info* question, time_t leeway,
	struct reply_info* message, struct reply_info* from)
{
	struct query_info query = *question;
	query.local_alias = NULL;
	query.qname = malloc(query.qname_len);
	if(!query.qname) {
		reply_info_parsedelete(message, qstate->env->alloc);
		return;
	}
	memcpy(query.qname, question->qname, query.qname_len);
	/* takes over message and name; but not the name if it stores nothing,
	 * as the TTL is 0 */
	dns_cache_store_msg(qstate->env, &query, query_info_hash(&query,
		qstate->query_flags), message, leeway, 0, from,
		qstate->query_flags, NULL, qstate->qstarttime);
	free(query.qname);
}

void
cache_store(const struct module_qstate* qstate, uint16_t qclass,
	time_t leeway, struct reply_info* message, struct reply_info* from)
{
	struct query_info question = qstate->qinfo;
	question.qclass = qclass;
	store_message(qstate, &question, leeway, message, from);
}

/** Whether the iterator would follow an RRset that it finds in the RRset
 * cache. */
static bool
is_followed(const struct ub_packed_rrset_key* rrset)
{
	switch(ntohs(rrset->rk.type)) {
	case LDNS_RR_TYPE_CNAME:
	case LDNS_RR_TYPE_DNAME:
	case LDNS_RR_TYPE_NS:
	case LDNS_RR_TYPE_DS:
	case LDNS_RR_TYPE_DNSKEY:
		return true;
	default:
		return false;
	}
}

void
cache_keep(const struct module_qstate* qstate, uint32_t tag)
{
	struct reply_info* from = qstate->return_msg->rep;
	struct query_info question;
	struct reply_info* kept;
	struct name name;
	size_t i;
	if(!kept_question(qstate, &name, &question))
		return;
	kept = reply_info_copy(from, qstate->env->alloc, NULL);
	if(!kept)
		return;
	for(i = 0; i < kept->rrset_count; i++) {
		struct ub_packed_rrset_key* rrset = kept->rrsets[i];
		if(is_followed(rrset))
			rrset->rk.flags |= CACHE_KEPT_RRSET;
		rrset->entry.hash = rrset_key_hash(&rrset->rk);
	}
	kept->flags &= ~(BIT_AA | BIT_CD);
	/* Unbound does not use this field */
	kept->padding = tag;
	store_message(qstate, &question, qstate->prefetch_leeway, kept, NULL);
}

struct dns_msg*
cache_find(struct module_qstate* qstate, uint32_t tag)
{
	struct module_env* env = qstate->env;
	struct query_info question;
	struct msgreply_entry* entry = NULL;
	struct dns_msg* message = NULL;
	struct reply_info* kept;
	struct name name;
	if(kept_question(qstate, &name, &question))
		entry = msg_cache_lookup(env, question.qname,
			question.qname_len, question.qtype, question.qclass,
			qstate->query_flags, *env->now, 0);
	if(!entry)
		return NULL;
	kept = entry->entry.data;
	if(kept->padding == tag)
		message = tomsg(env, &qstate->qinfo, kept, qstate->region,
			*env->now, 0, env->scratch);
	lock_rw_unlock(&entry->entry.lock);
	return message;
}

/** Find the target of a CNAME or DNAME in the RRset cache.
 * @return false if the cache has none. */
static bool
find_target(const struct module_env* env, const uint8_t* name, size_t len,
	uint16_t type, struct name* target)
{
	struct ub_packed_rrset_key* rrset = rrset_cache_lookup(
		env->rrset_cache, (uint8_t*)(uintptr_t)name, len, type,
		LDNS_RR_CLASS_IN, 0, *env->now, 0);
	uint8_t* found = NULL;
	size_t found_len = 0;
	if(!rrset)
		return false;
	get_cname_target(rrset, &found, &found_len);
	if(found) {
		memcpy(target->wire, found, found_len);
		target->len = (uint8_t)found_len;
	}
	lock_rw_unlock(&rrset->entry.lock);
	return found != NULL;
}

bool
cache_find_alias(const struct module_env* env, const uint8_t* name,
	size_t len, bool dnames, struct name* target)
{
	size_t kept;
	struct name dname;
	if(find_target(env, name, len, LDNS_RR_TYPE_CNAME, target))
		return true;
	for(kept = 0; dnames && name[kept] != 0;) {
		kept += (size_t)1 + name[kept];
		if(!find_target(env, name + kept, len - kept,
			LDNS_RR_TYPE_DNAME, &dname))
			continue;
		if(kept + dname.len > NAME_WIRE_MAX)
			return false;
		memcpy(target->wire, name, kept);
		memcpy(target->wire + kept, dname.wire, dname.len);
		target->len = (uint8_t)(kept + dname.len);
		return true;
	}
	return false;
}

/** Store a copy of an RRset in the RRset cache, with its TTL from now.
 * @return false if memory ran out. */
static bool
store_rrset(const struct module_env* env, struct ub_packed_rrset_key* rrset)
{
	struct rrset_ref ref;
	rrset->entry.hash = rrset_key_hash(&rrset->rk);
	ref.key = packed_rrset_copy_alloc(rrset, env->alloc, *env->now);
	if(!ref.key)
		return false;
	ref.id = ref.key->id;
	(void)rrset_cache_update(env->rrset_cache, &ref, env->alloc,
		*env->now);
	return true;
}

void
cache_store_rrsets(const struct module_qstate* qstate,
	const struct reply_info* info, size_t count)
{
	size_t i;
	for(i = 0; i < count; i++)
		(void)store_rrset(qstate->env, info->rrsets[i]);
}

void
cache_forget(const struct module_env* env)
{
	slabhash_clear(env->msg_cache);
}

void
cache_forget_rrsets(const struct module_env* env)
{
	slabhash_clear(&env->rrset_cache->table);
}

/** Remove NS RRsets from the RRset cache that are below a zone cut of ours: the
 * iterator would ask their servers instead. */
static void
remove_below(const struct module_qstate* qstate, size_t cut_len)
{
	uint8_t* name = qstate->qinfo.qname;
	size_t len = qstate->qinfo.qname_len;
	while(len > cut_len) {
		rrset_cache_remove(qstate->env->rrset_cache, name, len,
			LDNS_RR_TYPE_NS, LDNS_RR_CLASS_IN, 0);
		dname_remove_label(&name, &len);
	}
}

bool
cache_store_referral(struct module_qstate* qstate,
	const struct answer* referral)
{
	size_t i;
	remove_below(qstate, referral->rrset[0].owner_len);
	for(i = 0; i < referral->count; i++) {
		struct ub_packed_rrset_key* rrset = reply_make_rrset(
			qstate->region, &referral->rrset[i],
			qstate->qinfo.qname, qstate->qinfo.qname_len);
		struct packed_rrset_data* data;
		if(!rrset)
			return false;
		data = rrset->entry.data;
		data->trust = rrset_trust_ultimate;
		if(!store_rrset(qstate->env, rrset))
			return false;
	}
	return true;
}
