/*
 * tests/unit/unbound/test_query.c - a query's way through the module.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The zones and what makes messages are real. Unbound's functions are doubles
 * here, and so are those of unbound/cache.h and unbound/fence.h: each writes
 * down that it was called. What Unbound does with a query is one call after
 * the other; what comes of it is a text, such as
 * "[find][fence]PASS" or "[ask www.outside.net. A RD]WAIT".
 */
#include "unbound/query.h"
#include "format/helix.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "unbound/cache.h"
#include "unbound/fence.h"
#include "questions.h"
#include "region.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu/urcu-bp.h>

/** number of the module, one of several */
#define ID 1

/* --- doubles ------------------------------------------------------------- */

/** what was called, and what came of it; see the top */
static char told[SHOWN_MAX];
static size_t told_len;

/** what cache_find finds */
static struct dns_msg* found;
/** the tag that it was called with */
static uint32_t cut_tag;
/** whether there is memory for a referral in the cache */
static bool referral_fits;
/** whether what comes is what the fence says */
static bool is_fences;
/** aliases of others in Unbound's cache: owner and target; NULL ends them */
static const char* const (*cached)[2];
static const char* const nothing_cached[][2] = { { NULL, NULL } };
/** what attach_sub was asked for last */
static struct name last_asked;
static uint16_t last_asked_type;
/** whether attach_sub can do it */
static bool can_attach;
/** whether something has changed since a query began; and the key that is put
 * meanwhile, NULL: another */
static bool has_changed;
static const char* put_while_storing;
/** why the zones answer nothing */
static enum reply_failure failure;
/** whether answers can be handed over to Unbound's cache */
static bool can_hand_over;
/** whether this one is worth it */
static bool is_worth;
/** the hash that was asked with; 0: not asked */
static uint64_t asked_hash;
/** how often it was asked whether they can be */
static unsigned begun;
/** the path of a key that gets a value just then; NULL: none does */
static const char* put_meanwhile;
/** number of changes before the store was read */
#define CHANGES 77

/** what the zones answer from */
static struct store* store;

static void
tell(const char* format, ...)
{
	va_list args;
	va_start(args, format);
	told_len += (size_t)vsnprintf(told + told_len,
		sizeof(told) - told_len, format, args);
	va_end(args);
	assert_true(told_len < sizeof(told));
}

static void
tell_name(const uint8_t* wire)
{
	char text[NAME_TEXT_MAX];
	tell("%s", name_to_text(wire, text));
}

void
log_err(const char* format, ...)
{
	(void)format;
	tell("[log]");
}

void
cache_remove(const struct module_qstate* asking)
{
	assert_non_null(asking);
	tell("[remove]");
}

bool
cache_find_alias(const struct module_env* in, const uint8_t* name, size_t len,
	bool dnames, struct name* target)
{
	size_t i;
	(void)dnames;
	assert_non_null(in);
	for(i = 0; cached[i][0]; i++) {
		struct name owner;
		question_name(&owner, cached[i][0]);
		if(owner.len != len || memcmp(owner.wire, name, len) != 0)
			continue;
		question_name(target, cached[i][1]);
		return true;
	}
	return false;
}

void
cache_store_rrsets(const struct module_qstate* asking,
	const struct reply_info* info, size_t count)
{
	assert_non_null(asking);
	assert_true(count <= info->an_numrrsets);
	tell("[store %zu]", count);
}

/* Unbound's trees: here, lists of what comes after */
rbnode_type rbtree_null_node;

rbnode_type*
rbtree_first(rbtree_type* tree)
{
	return tree->count ? tree->root : RBTREE_NULL;
}

rbnode_type*
rbtree_next(rbnode_type* node)
{
	return node->right;
}

uint32_t
cache_tag(const struct answer* answer)
{
	return answer->end == ANSWER_REFERRAL ? 42 : 0;
}

void
cache_keep(const struct module_qstate* qstate, uint32_t tag)
{
	assert_non_null(qstate->return_msg);
	assert_int_equal(tag, cut_tag);
	tell("[keep]");
}

struct dns_msg*
cache_find(struct module_qstate* qstate, uint32_t tag)
{
	assert_non_null(qstate);
	cut_tag = tag;
	tell("[find]");
	return found;
}

bool
cache_store_referral(struct module_qstate* qstate,
	const struct answer* referral)
{
	assert_non_null(qstate);
	assert_int_equal(referral->answers, 0);
	assert_int_equal(referral->rrset[0].type, TYPE_NS);
	tell("[referral ");
	tell_name(referral->rrset[0].owner);
	tell("]");
	if(put_while_storing)
		put(store, put_while_storing, "192.0.2.78");
	return referral_fits;
}

bool
handover_begin(struct handover* handover, const struct module_qstate* asking,
	unsigned long* changes)
{
	assert_non_null(handover);
	assert_non_null(asking);
	assert_false(urcu_bp_read_ongoing());
	begun++;
	if(put_meanwhile)
		put(store, put_meanwhile, "192.0.2.77");
	*changes = CHANGES;
	return can_hand_over;
}

bool
handover_note_asked(struct handover* handover, uint64_t hash)
{
	assert_non_null(handover);
	assert_true(can_hand_over);
	asked_hash = hash;
	return is_worth;
}

void
handover_answer(struct handover* handover,
	const struct module_qstate* asking, unsigned long changes)
{
	assert_non_null(handover);
	assert_non_null(asking->return_msg);
	assert_int_equal(changes, CHANGES);
	assert_false(urcu_bp_read_ongoing());
	tell("[hand over]");
}

void
handover_settle(struct handover* handover, const struct module_qstate* asking)
{
	assert_non_null(handover);
	assert_non_null(asking->return_msg);
	assert_false(urcu_bp_read_ongoing());
}

bool
handover_has_changed(const struct handover* handover, unsigned long changes)
{
	assert_non_null(handover);
	assert_int_equal(changes, CHANGES);
	return has_changed;
}

void
handover_referred(struct handover* handover,
	const struct module_qstate* asking, const struct answer* referral)
{
	assert_non_null(handover);
	assert_non_null(asking);
	assert_int_equal(referral->end, ANSWER_REFERRAL);
	tell("[referred]");
}

void
fence_keep(const struct fence* fence, struct module_env* env, const struct zones* zones)
{
	assert_non_null(fence);
	assert_non_null(env);
	assert_non_null(zones);
	tell("[fence]");
}

bool
fence_is_placeholder(const struct fence* fence, const struct reply_info* info)
{
	assert_non_null(fence);
	assert_non_null(info);
	return is_fences;
}

void
get_cname_target(struct ub_packed_rrset_key* rrset, uint8_t** target,
	size_t* len)
{
	const struct packed_rrset_data* data = rrset->entry.data;
	/* Unbound leaves both alone where the record is not well-formed */
	if(data->rr_len[0] < 3)
		return;
	*target = data->rr_data[0] + 2;
	*len = data->rr_len[0] - 2;
}

/** The copy shares its RRsets: no more is looked at. */
struct reply_info*
reply_info_copy(struct reply_info* info, struct alloc_cache* alloc,
	struct regional* region)
{
	struct reply_info* copy = regional_alloc(region, sizeof(*copy));
	assert_null(alloc);
	if(copy)
		*copy = *info;
	return copy;
}

static int
attach(const struct query_info* ask_for, uint16_t flags,
	struct module_qstate** made)
{
	char type[TYPE_TEXT_MAX];
	struct name_walk walk;
	assert_true(name_walk_init(&walk, ask_for->qname, ask_for->qname_len,
		0));
	assert_int_equal(ask_for->qclass, LDNS_RR_CLASS_IN);
	assert_null(ask_for->local_alias);
	assert_non_null(made);
	*made = NULL;
	memcpy(last_asked.wire, ask_for->qname, ask_for->qname_len);
	last_asked.len = (uint8_t)ask_for->qname_len;
	last_asked_type = ask_for->qtype;
	tell("[ask ");
	tell_name(ask_for->qname);
	tell(" %s%s%s%s]", type_to_text(ask_for->qtype, type),
		flags & BIT_RD ? " RD" : "", flags & BIT_CD ? " CD" : "",
		flags & ~(BIT_RD | BIT_CD) ? " more" : "");
	return can_attach;
}

/** attach_sub up to 1.24 */
static inline int
attach_6(struct module_qstate* qstate, struct query_info* ask_for,
	uint16_t flags, int prime, int valrec, struct module_qstate** made)
{
	assert_non_null(qstate);
	assert_false(prime || valrec);
	return attach(ask_for, flags, made);
}

/** attach_sub from 1.25 on */
static inline int
attach_7(struct module_qstate* qstate, struct query_info* ask_for,
	struct respip_client_info* client, uint16_t flags, int prime,
	int valrec, struct module_qstate** made)
{
	assert_ptr_equal(client, qstate->client_info);
	return attach_6(qstate, ask_for, flags, prime, valrec, made);
}

/** Not under test: reply_on_servfail's. */
int
edns_opt_list_append_ede(struct edns_option** list, struct regional* region,
	sldns_ede_code code, const char* text)
{
	(void)list;
	(void)region;
	(void)code;
	(void)text;
	return 1;
}

static enum reply_failure
failure_now(void)
{
	return failure;
}

struct edns_option*
edns_opt_list_find(struct edns_option* list, uint16_t code)
{
	for(; list && list->opt_code != code; list = list->next)
		continue;
	return list;
}

int
modstack_find(struct module_stack* stack, const char* name)
{
	int i = stack->num - 1;
	while(i >= 0 && strcmp(stack->mod[i]->name, name) != 0)
		i--;
	return i;
}

/* --- the zones ----------------------------------------------------------- */

static const char* const data[][2] = {
	{ "example/a/A", "192.0.2.1" },
	{ "example/alias/CNAME", "a.example." },
	{ "example/out/CNAME", "www.Outside.net." },
	{ "example/lacks/CNAME", "absent.fall." },
	{ "example/below/CNAME", "www.cut.example." },
	{ "example/back/CNAME", "back.example." },
	{ "example/d/DNAME", "outside.net." },
	{ "example/cut/NS", "ns.cut.example." },
	{ "example/cut/ns/A", "192.0.2.2" },
	{ "fall/a/A", "192.0.2.3" },
	{ "fall/cut/NS", "ns.outside.net." },
	{ "plain/a/A", "192.0.2.4" },
	{ "plain/a/AAAA", "2001:db8::4" },
	{ "plain/alias/CNAME", "A.plain." },
	{ "plain/out/CNAME", "www.Outside.net." },
	{ "plain/below/CNAME", "www.cut.example." },
	{ "plain/nx/CNAME", "gone.plain." },
	{ "plain/w/*/A", "192.0.2.5" },
	{ "plain/m/MX", "10 a.plain." },
	{ "plain/m0/MX", "10 mail.outside.net." },
	{ "plain/new/TXT", "text" },
};

/** the zones example. and fall., which falls through; and plain., which has
 * neither zone cuts nor DNAMEs */
static struct zones* zones;

static int
zones_set_up(void** state)
{
	struct zone_settings settings[3];
	size_t i;
	(void)state;
	settings_init(&settings[0], "example.");
	settings_init(&settings[1], "fall.");
	settings[1].fallthrough = true;
	settings_init(&settings[2], "plain.");
	store = store_new();
	zones = zones_create(store, settings, 3);
	assert_non_null(zones);
	zone_note_cut(find_zone(store, zones, "example.", TYPE_SOA));
	zone_note_cut(find_zone(store, zones, "fall.", TYPE_SOA));
	for(i = 0; i < COUNT(data); i++)
		put(store, data[i][0], data[i][1]);
	return 0;
}

static int
zones_tear_down(void** state)
{
	(void)state;
	zones_delete(zones);
	store_delete(store);
	return 0;
}

#define SOA "au example. SOA 60" SOA_RDATA

/* --- a query ------------------------------------------------------------- */

static struct module_env env;
static struct module_qstate qstate;
static uint8_t qname[NAME_WIRE_MAX];

/* The modules: this one, one that may be dns64, and two behind it. */

/** what dns64 does at the beginning */
static enum module_ext_state dns64_begins;

static void
next_operate(struct module_qstate* asked, enum module_ev event, int id,
	struct outbound_entry* outbound)
{
	assert_ptr_equal(asked, &qstate);
	assert_int_equal(event, module_event_new);
	assert_int_equal(id, ID + 1);
	assert_null(outbound);
	/* by this it knows that it may store nothing */
	assert_int_equal(qstate.no_cache_store, 1);
	qstate.ext_state[id] = dns64_begins;
	tell("[dns64]");
}

static void
next_clear(struct module_qstate* asked, int id)
{
	assert_ptr_equal(asked, &qstate);
	assert_true(id > ID);
}

static struct module_func_block next = { .name = "dns64",
	.operate = next_operate, .clear = next_clear };
static struct module_func_block others = { .name = "validator",
	.clear = next_clear };
static struct module_func_block* modules[] = { &others, &others, &others,
	&others, &others };
static struct mesh_area the_mesh = { .mods = { COUNT(modules), modules } };

static int
set_up(void** state)
{
	(void)state;
	memset(&env, 0, sizeof(env));
	env.mesh = &the_mesh;
	modules[ID + 1] = &others;
	dns64_begins = module_wait_module;
	env.attach_sub = _Generic(env.attach_sub,
		compat_attach_sub_6*: attach_6,
		compat_attach_sub_7*: attach_7);
	told_len = 0;
	*told = 0;
	found = NULL;
	is_fences = can_hand_over = is_worth = false;
	begun = 0;
	put_meanwhile = put_while_storing = NULL;
	has_changed = false;
	cached = nothing_cached;
	referral_fits = can_attach = true;
	failure = REPLY_NO_FAILURE;
	return 0;
}

static int
tear_down(void** state)
{
	region_clear();
	return stop_reading(state);
}

/** A new query. */
static void
query_init(const char* name, uint16_t type, uint16_t flags)
{
	size_t len;
	const char* why = name_wire_from_text(qname, &len, name,
		strlen(name));
	check(!why, "%s: %s", name, why);
	memset(&qstate, 0, sizeof(qstate));
	qstate.env = &env;
	qstate.region = THE_REGION;
	qstate.qinfo.qname = qname;
	qstate.qinfo.qname_len = len;
	qstate.qinfo.qtype = type;
	qstate.qinfo.qclass = LDNS_RR_CLASS_IN;
	/* what the client's own local-zone says, and of no other question */
	qstate.qinfo.local_alias = (struct local_rrset*)(void*)qname;
	qstate.query_flags = flags;
	qstate.curmod = ID;
	qstate.client_info = (struct respip_client_info*)(void*)qname;
	qstate.return_rcode = LDNS_RCODE_NOERROR;
	told_len = 0;
	*told = 0;
}

/** Tell of an RRset of a message. */
static void
tell_rrset(const struct ub_packed_rrset_key* key, enum answer_section section)
{
	const struct packed_rrset_data* packed = key->entry.data;
	struct answer_rrset rrset = { section, key->rk.dname,
		key->rk.dname_len, ntohs(key->rk.type),
		(uint32_t)packed->ttl, { packed->rr_data[0], 0,
		(uint32_t)packed->count } };
	size_t i;
	assert_int_equal(ntohs(key->rk.rrset_class), LDNS_RR_CLASS_IN);
	for(i = 0; i < packed->count; i++)
		rrset.rdata.len += (uint32_t)packed->rr_len[i];
	tell(" | ");
	told_len += show_rrset(&rrset, told + told_len);
}

static void
tell_message(const struct reply_info* info)
{
	size_t i;
	tell("DONE %s%s%s", FLAGS_GET_RCODE(info->flags) ==
		LDNS_RCODE_NXDOMAIN ? "NXDOMAIN" :
		FLAGS_GET_RCODE(info->flags) == LDNS_RCODE_NOERROR ?
		"NOERROR" : "?", info->flags & BIT_AA ? " AA" : "",
		info->security == sec_status_bogus ? " bogus" : "");
	assert_int_equal(!(info->flags & BIT_AA), !info->authoritative);
	assert_int_equal(info->rrset_count, info->an_numrrsets +
		info->ns_numrrsets + info->ar_numrrsets);
	for(i = 0; i < info->rrset_count; i++)
		tell_rrset(info->rrsets[i], i < info->an_numrrsets ?
			ANSWER_ANSWER : i < info->an_numrrsets +
			info->ns_numrrsets ? ANSWER_AUTHORITY :
			ANSWER_ADDITIONAL);
}

/** An event; tells what comes of it. @return all that was told. */
static const char*
operate(enum module_ev event)
{
	static struct handover handover;
	static struct fence fence;
	const struct query_source source = { zones, failure_now, &handover,
		&fence };
	query_operate(&source, &qstate, event, ID);
	assert_false(urcu_bp_read_ongoing());
	assert_int_equal(qstate.ext_state[0], module_state_initial);
	if(qstate.curmod == ID + 2) {
		assert_int_equal(qstate.ext_state[ID + 2], module_finished);
		tell("SKIP ");
	}
	assert_null(qstate.minfo[0]);
	if(qstate.ext_state[ID] == module_wait_module)
		tell("PASS");
	else if(qstate.ext_state[ID] == module_restart_next)
		tell("AGAIN");
	else if(qstate.ext_state[ID] == module_wait_subquery)
		tell("WAIT");
	else if(qstate.ext_state[ID] == module_error)
		tell("ERROR");
	else if(qstate.ext_state[ID] != module_finished)
		fail_msg("state %d", (int)qstate.ext_state[ID]);
	else if(qstate.return_rcode != LDNS_RCODE_NOERROR)
		tell("DONE RCODE %d", qstate.return_rcode);
	else if(!qstate.return_msg)
		tell("DONE without a message");
	else	tell_message(qstate.return_msg->rep);
	if(qstate.ext_state[ID] == module_error ||
		qstate.return_rcode == LDNS_RCODE_SERVFAIL)
		assert_null(qstate.return_msg);
	return told;
}

/** A part of a message that others make. */
struct part {
	/** section */
	enum answer_section section;
	/** owner */
	const char* owner;
	/** type */
	uint16_t type;
	/** value; NULL ends a list */
	const char* value;
};

/** most parts of a message */
#define PARTS_MAX 5

/** Make a message. Takes no memory that a test may refuse. */
static struct dns_msg*
message_make(int rcode, const struct part* part)
{
	unsigned refuse = refuse_at;
	struct dns_msg* message;
	struct answer* answer = calloc(1, sizeof(*answer));
	uint8_t owners[PARTS_MAX][NAME_WIRE_MAX];
	struct record_set sets[PARTS_MAX];
	size_t i;
	assert_non_null(answer);
	refuse_at = 0;
	message = regional_alloc_zero(THE_REGION, sizeof(*message));
	for(i = 0; i < PARTS_MAX && part[i].value; i++) {
		struct reason reason;
		struct answer_rrset* rrset = &answer->rrset[i];
		assert_true(helix_value_read(&sets[i], part[i].type,
			part[i].value, strlen(part[i].value), &reason));
		assert_null(name_wire_from_text(owners[i], &rrset->owner_len,
			part[i].owner, strlen(part[i].owner)));
		rrset->section = part[i].section;
		rrset->owner = owners[i];
		rrset->type = part[i].type;
		rrset->ttl = 100;
		rrset->rdata = record_set_rdata(&sets[i]);
	}
	answer->count = i;
	answer->rcode = rcode;
	message->qinfo = qstate.qinfo;
	message->rep = reply_create(&qstate, i);
	assert_true(reply_add_answer(&qstate, message->rep, answer, i, qname,
		0));
	while(i > 0)
		record_set_clear(&sets[--i]);
	free(answer);
	refuse_at = refuse ? allocation_count + refuse : 0;
	return message;
}

/* --- a query comes ------------------------------------------------------- */

#define A_RRSET "an a.example. A 300 192.0.2.1"
#define CUT "au cut.example. NS 300 ns.cut.example. | " \
	"ad ns.cut.example. A 300 192.0.2.2"

/** A question, and what comes of it. */
struct begin_case {
	/** qname */
	const char* name;
	/** qtype */
	uint16_t type;
	/** what comes of it if recursion is desired */
	const char* recursive;
	/** what comes of it if not; NULL: the same */
	const char* iterative;
};

static const struct begin_case begin_cases[] = {
	/* what is ours, as far as it is */
	{ "a.example.", TYPE_A, "DONE NOERROR AA | " A_RRSET, NULL },
	{ "a.example.", TYPE_MX, "DONE NOERROR AA | " SOA, NULL },
	{ "gone.example.", TYPE_A, "DONE NXDOMAIN AA | " SOA, NULL },
	{ "alias.example.", TYPE_A, "DONE NOERROR AA | an alias.example. "
		"CNAME 300 a.example. | " A_RRSET, NULL },
	{ "a.fall.", TYPE_A, "DONE NOERROR AA | an a.fall. A 300 192.0.2.3",
		NULL },
	{ "back.example.", TYPE_A, "DONE NOERROR AA | an back.example. CNAME "
		"300 back.example.", NULL },
	/* the qname as the client has written it */
	{ "A.exaMple.", TYPE_A, "DONE NOERROR AA | an A.exaMple. A 300 "
		"192.0.2.1", NULL },
	/* what is not */
	{ "www.outside.net.", TYPE_A, "[fence]PASS", NULL },
	{ ".", TYPE_NS, "[fence]PASS", NULL },
	{ "example.", TYPE_DS, "[fence]PASS", NULL },
	/* what a zone that falls through lacks */
	{ "absent.fall.", TYPE_A, "[find][fence]PASS", NULL },
	{ "fall.", TYPE_SOA, "[find][fence]PASS", NULL },
	/* below a zone cut, and at it */
	{ "www.cut.example.", TYPE_A, "[referral cut.example.][find][fence]"
		"PASS", "DONE NOERROR | " CUT },
	{ "cut.example.", TYPE_A, "[referral cut.example.][find][fence]PASS",
		"DONE NOERROR | " CUT },
	{ "cut.example.", TYPE_DS, "DONE NOERROR AA | " SOA, NULL },
	{ "x.cut.fall.", TYPE_A, "[referral cut.fall.][find][fence]PASS",
		"DONE NOERROR | au cut.fall. NS 300 ns.outside.net." },
	/* aliases that lead out of the zones, and below a cut */
	{ "out.example.", TYPE_A, "[ask www.Outside.net. A RD]WAIT",
		"DONE NOERROR AA | an out.example. CNAME 300 "
		"www.Outside.net." },
	{ "out.example.", TYPE_MX, "[ask www.Outside.net. MX RD]WAIT",
		"DONE NOERROR AA | an out.example. CNAME 300 "
		"www.Outside.net." },
	{ "out.example.", TYPE_CNAME, "DONE NOERROR AA | an out.example. CNAME "
		"300 www.Outside.net.", NULL },
	{ "lacks.example.", TYPE_A, "[ask absent.fall. A RD]WAIT",
		"DONE NOERROR AA | an lacks.example. CNAME 300 "
		"absent.fall." },
	{ "below.example.", TYPE_A, "[ask www.cut.example. A RD]WAIT",
		"DONE NOERROR AA | an below.example. CNAME 300 "
		"www.cut.example. | " CUT },
	{ "x.d.example.", TYPE_A, "[ask x.outside.net. A RD]WAIT",
		"DONE NOERROR AA | an d.example. DNAME 300 outside.net. | an "
		"x.d.example. CNAME 300 x.outside.net." },
};

static void
test_begin(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(begin_cases); i++) {
		const struct begin_case* row = &begin_cases[i];
		const char* iterative = row->iterative ? row->iterative :
			row->recursive;
		query_init(row->name, row->type, BIT_RD);
		check(strcmp(operate(module_event_new), row->recursive) == 0,
			"%s %u: \"%s\", not \"%s\"", row->name,
			(unsigned)row->type, told, row->recursive);
		query_init(row->name, row->type, 0);
		check(strcmp(operate(module_event_new), iterative) == 0,
			"%s %u: \"%s\", not \"%s\"", row->name,
			(unsigned)row->type, told, iterative);
		region_clear();
	}
}

/** A query that another module passes on begins as well. */
static void
test_begin_by_pass(void** state)
{
	(void)state;
	query_init("a.example.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_pass),
		"DONE NOERROR AA | " A_RRSET);
}

/** Only class IN is ours. */
static void
test_other_classes(void** state)
{
	(void)state;
	query_init("a.example.", TYPE_A, BIT_RD);
	qstate.qinfo.qclass = LDNS_RR_CLASS_CH;
	assert_string_equal(operate(module_event_new), "[fence]PASS");
}

/** That nothing be validated is handed on; other flags are not. */
static void
test_flags(void** state)
{
	(void)state;
	query_init("out.example.", TYPE_A, BIT_RD | BIT_CD | BIT_AD);
	assert_string_equal(operate(module_event_new),
		"[ask www.Outside.net. A RD CD]WAIT");
}

/** What was recursed before, and kept. */
static void
test_found(void** state)
{
	static const struct part kept[] = { { ANSWER_ANSWER, "absent.fall.",
		TYPE_A, "192.0.2.9" }, { 0, NULL, 0, NULL } };
	(void)state;
	query_init("absent.fall.", TYPE_A, BIT_RD);
	found = message_make(LDNS_RCODE_NOERROR, kept);
	assert_string_equal(operate(module_event_new), "[find]DONE NOERROR | "
		"an absent.fall. A 100 192.0.2.9");
	assert_int_equal(qstate.no_cache_store, 1);
	/* but not where etcd has it by now */
	query_init("a.fall.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new), "DONE NOERROR AA | an "
		"a.fall. A 300 192.0.2.3");
}

/** An alias is kept with what others had behind it, which etcd may have by
 * now, or may leave to others. */
static void
test_found_alias(void** state)
{
	static const char* const targets[][2] = {
		{ "a.fall.", "[find]DONE NOERROR | an absent.fall. CNAME 100 "
		"a.fall. | an a.fall. A 300 192.0.2.3" },
		{ "x.cut.fall.", "[find][ask x.cut.fall. A RD]WAIT" },
		{ "gone.fall.", "[find]DONE NOERROR | an absent.fall. CNAME "
		"100 gone.fall. | an gone.fall. A 100 192.0.2.9" } };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(targets); i++) {
		const struct part kept[] = { { ANSWER_ANSWER, "absent.fall.",
			TYPE_CNAME, targets[i][0] }, { ANSWER_ANSWER,
			targets[i][0], TYPE_A, "192.0.2.9" },
			{ 0, NULL, 0, NULL } };
		query_init("absent.fall.", TYPE_A, BIT_RD);
		found = message_make(LDNS_RCODE_NOERROR, kept);
		assert_string_equal(operate(module_event_new), targets[i][1]);
	}
}

/** A referral that is another one when the iterator was told of it is
 * invalidated after that; not for other changes. */
static void
test_referral_overtaken(void** state)
{
	(void)state;
	put_while_storing = "example/cut/ns/A";
	has_changed = true;
	query_init("www.cut.example.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new),
		"[referral cut.example.][referred][find][fence]PASS");
	put_while_storing = NULL;
	put(store, "example/cut/ns/A", "192.0.2.2");
	query_init("www.cut.example.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new),
		"[referral cut.example.][find][fence]PASS");
}

/** The cache has no room for a referral: an error, as the iterator would go
 * elsewhere. */
static void
test_referral_does_not_fit(void** state)
{
	(void)state;
	referral_fits = false;
	query_init("www.cut.example.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new),
		"[referral cut.example.]ERROR");
}

/** There is such a query already, which waits for this one: what was collected
 * is the answer. */
static void
test_circle(void** state)
{
	(void)state;
	can_attach = false;
	query_init("out.example.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new), "[ask www.Outside.net. "
		"A RD]DONE NOERROR AA | an out.example. CNAME 300 "
		"www.Outside.net.");
	query_init("below.example.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new), "[ask www.cut.example. "
		"A RD]DONE NOERROR AA | an below.example. CNAME 300 "
		"www.cut.example.");
}

/** Without data, and with data that is too old, no name of ours is answered
 * or passed on; others are. */
static void
test_failures(void** state)
{
	static const enum reply_failure failures[] = { REPLY_NOT_READY,
		REPLY_STALE };
	static const char* const names[] = { "a.example.", "gone.example.",
		"absent.fall.", "www.cut.example.", "out.example." };
	size_t i, at;
	(void)state;
	for(i = 0; i < COUNT(failures); i++) {
		failure = failures[i];
		for(at = 0; at < COUNT(names); at++) {
			query_init(names[at], TYPE_A, BIT_RD);
			assert_string_equal(operate(module_event_new),
				"DONE RCODE 2");
			assert_non_null(qstate.minfo[ID]);
		}
		query_init("www.outside.net.", TYPE_A, BIT_RD);
		assert_string_equal(operate(module_event_new), "[fence]PASS");
	}
}

/* --- answers for Unbound's cache ----------------------------------------- */

#define HANDED "[hand over]DONE NOERROR AA | "

/** A question, and what comes of it where its answer can be handed over, and
 * is worth it. */
struct hand_case {
	/** qname */
	const char* name;
	/** qtype */
	uint16_t type;
	/** what comes of it */
	const char* told;
};

static const struct hand_case hand_cases[] = {
	{ "a.plain.", TYPE_A, HANDED "an a.plain. A 300 192.0.2.4" },
	{ "A.plaiN.", TYPE_AAAA, HANDED "an A.plaiN. AAAA 300 2001:db8::4" },
	{ "alias.plain.", TYPE_A, HANDED "an alias.plain. CNAME 300 A.plain. "
		"| an A.plain. A 300 192.0.2.4" },
	{ "out.plain.", TYPE_CNAME, HANDED "an out.plain. CNAME 300 "
		"www.Outside.net." },
	/* what others than its own names can make another answer */
	{ "a.plain.", TYPE_MX, "DONE NOERROR AA | au plain. SOA 60" SOA_RDATA },
	{ "gone.plain.", TYPE_A, "DONE NXDOMAIN AA | au plain. SOA 60"
		SOA_RDATA },
	{ "nx.plain.", TYPE_A, "DONE NXDOMAIN AA | an nx.plain. CNAME 300 "
		"gone.plain. | au plain. SOA 60" SOA_RDATA },
	{ "x.w.plain.", TYPE_A, "DONE NOERROR AA | an x.w.plain. A 300 "
		"192.0.2.5" },
	{ "m.plain.", TYPE_MX, "DONE NOERROR AA | an m.plain. MX 300 10 "
		"a.plain. | ad a.plain. A 300 192.0.2.4 | ad a.plain. AAAA "
		"300 2001:db8::4" },
	{ "m0.plain.", TYPE_MX, "DONE NOERROR AA | an m0.plain. MX 300 10 "
		"mail.outside.net." },
	{ "plain.", TYPE_SOA, "DONE NOERROR AA | an plain. SOA 300"
		SOA_RDATA },
	{ "a.example.", TYPE_A, "DONE NOERROR AA | " A_RRSET },
	/* what is not answered here, or not yet */
	{ "out.plain.", TYPE_A, "[ask www.Outside.net. A RD]WAIT" },
	{ "below.plain.", TYPE_A, "[ask www.cut.example. A RD]WAIT" },
	{ "www.cut.example.", TYPE_A, "[referral cut.example.][find][fence]"
		"PASS" },
	{ "absent.fall.", TYPE_A, "[find][fence]PASS" },
};

static void
test_hand_over(void** state)
{
	size_t i;
	(void)state;
	can_hand_over = is_worth = true;
	for(i = 0; i < COUNT(hand_cases); i++) {
		const struct hand_case* row = &hand_cases[i];
		begun = 0;
		asked_hash = 0;
		query_init(row->name, row->type, BIT_RD);
		check(strcmp(operate(module_event_new), row->told) == 0,
			"%s %u: \"%s\", not \"%s\"", row->name,
			(unsigned)row->type, told, row->told);
		assert_int_equal(begun, 1);
		/* what cannot be is not counted as asked before either */
		check(!asked_hash == !strstr(told, "[hand over]"), "%s %u",
			row->name, (unsigned)row->type);
		region_clear();
	}
}

/** What is not worth it, or cannot be. */
static void
test_hand_over_not(void** state)
{
	(void)state;
	can_hand_over = true;
	query_init("a.plain.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new), "DONE NOERROR AA | an "
		"a.plain. A 300 192.0.2.4");
	can_hand_over = false;
	is_worth = true;
	query_init("a.plain.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new), "DONE NOERROR AA | an "
		"a.plain. A 300 192.0.2.4");
	assert_int_equal(begun, 2);
}

/** Where there is no answer, it is not even asked; nor of others' names. */
static void
test_hand_over_no_answer(void** state)
{
	(void)state;
	can_hand_over = is_worth = true;
	failure = REPLY_STALE;
	query_init("a.plain.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new), "DONE RCODE 2");
	failure = REPLY_NO_FAILURE;
	query_init("www.outside.net.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new), "[fence]PASS");
	/* of others' names, to have changes taken in before they are passed
	 * on */
	assert_int_equal(begun, 2);
}

/** Whichever allocation is refused: no message, nothing to hand over. */
static void
test_hand_over_no_memory(void** state)
{
	unsigned needed, n;
	(void)state;
	can_hand_over = is_worth = true;
	query_init("alias.plain.", TYPE_A, BIT_RD);
	operate(module_event_new);
	needed = allocation_count;
	assert_true(needed > 0);
	for(n = 1; n <= needed; n++) {
		region_clear();
		refuse_at = n;
		query_init("alias.plain.", TYPE_A, BIT_RD);
		assert_string_equal(operate(module_event_new), "ERROR");
	}
}

/** A change that comes while it is asked is not overlooked: the store is read
 * after that. */
static void
test_hand_over_begins_before(void** state)
{
	(void)state;
	can_hand_over = is_worth = true;
	put_meanwhile = "plain/new/A";
	query_init("new.plain.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new), HANDED "an new.plain. "
		"A 300 192.0.2.77");
}

/** The hash that it is asked with whether a question is worth it. */
static uint64_t
hash_of(const char* name, uint16_t type)
{
	query_init(name, type, BIT_RD);
	operate(module_event_new);
	check(strstr(told, "[hand over]"), "%s: \"%s\"", name, told);
	return asked_hash;
}

/** It is one for a name in any case, and another for each type and name. */
static void
test_hand_over_hash(void** state)
{
	uint64_t hash;
	(void)state;
	can_hand_over = is_worth = true;
	hash = hash_of("a.plain.", TYPE_A);
	assert_int_equal(hash_of("A.Plain.", TYPE_A), hash);
	assert_int_not_equal(hash_of("a.plain.", TYPE_AAAA), hash);
	/* the question's, not the answer's */
	assert_int_not_equal(hash_of("alias.plain.", TYPE_A), hash);
}

/* --- the other query is done --------------------------------------------- */

#define END { 0, NULL, 0, NULL }

/** The query that was asked for, without an end. */
static void
done_init(struct module_qstate* done)
{
	memset(done, 0, sizeof(*done));
	done->qinfo.qname = last_asked.wire;
	done->qinfo.qname_len = last_asked.len;
	done->qinfo.qtype = last_asked_type;
	done->qinfo.qclass = LDNS_RR_CLASS_IN;
}

/** The other query ends, and the one that has waited goes on. */
static const char*
join(int return_rcode, struct dns_msg* message)
{
	struct module_qstate done;
	done_init(&done);
	done.return_rcode = return_rcode;
	done.return_msg = message;
	query_inform(&done, &qstate, ID);
	/* it goes away after that */
	memset(&done, 0xff, sizeof(done));
	told_len = 0;
	return operate(module_event_pass);
}

/** Another query's end, and what comes of it. */
struct join_case {
	/** qname of the query that waits */
	const char* name;
	/** RCODE of the other one's message */
	int rcode;
	/** its message */
	struct part parts[PARTS_MAX];
	/** what comes of it */
	const char* told;
};

#define OUT "an out.example. CNAME 300 www.Outside.net."

static const struct join_case join_cases[] = {
	{ "out.example.", LDNS_RCODE_NOERROR, { { ANSWER_ANSWER,
		"www.outside.net.", TYPE_A, "192.0.2.9" }, END },
		"DONE NOERROR AA | " OUT " | an www.outside.net. A 100 "
		"192.0.2.9" },
	/* with all of its sections, in their order */
	{ "out.example.", LDNS_RCODE_NOERROR, { { ANSWER_ANSWER,
		"www.outside.net.", TYPE_CNAME, "x.net." }, { ANSWER_ANSWER,
		"x.net.", TYPE_A, "192.0.2.9" }, { ANSWER_AUTHORITY, "net.",
		TYPE_NS, "ns.net." }, { ANSWER_ADDITIONAL, "ns.net.", TYPE_A,
		"192.0.2.10" }, END }, "DONE NOERROR AA | " OUT " | an "
		"www.outside.net. CNAME 100 x.net. | an x.net. A 100 "
		"192.0.2.9 | au net. NS 100 ns.net. | ad ns.net. A 100 "
		"192.0.2.10" },
	/* no data, no name */
	{ "out.example.", LDNS_RCODE_NOERROR, { { ANSWER_AUTHORITY, "net.",
		TYPE_SOA, "n. h. 1 2 3 4 5" }, END }, "DONE NOERROR AA | " OUT
		" | au net. SOA 100 n. h. 1 2 3 4 5" },
	{ "out.example.", LDNS_RCODE_NXDOMAIN, { { ANSWER_AUTHORITY, "net.",
		TYPE_SOA, "n. h. 1 2 3 4 5" }, END }, "DONE NXDOMAIN AA | " OUT
		" | au net. SOA 100 n. h. 1 2 3 4 5" },
	{ "out.example.", LDNS_RCODE_NOERROR, { END },
		"DONE NOERROR AA | " OUT },
	/* it came back here: the alias once */
	{ "out.example.", LDNS_RCODE_NOERROR, { { ANSWER_ANSWER,
		"www.outside.net.", TYPE_CNAME, "out.example." },
		{ ANSWER_ANSWER, "OUT.example.", TYPE_CNAME,
		"www.outside.net." }, END }, "DONE NOERROR AA | " OUT " | an "
		"www.outside.net. CNAME 100 out.example." },
	/* the whole way, also where there is a DNAME */
	{ "x.d.example.", LDNS_RCODE_NOERROR, { { ANSWER_ANSWER,
		"x.outside.net.", TYPE_A, "192.0.2.9" }, END },
		"DONE NOERROR AA | an d.example. DNAME 300 outside.net. | an "
		"x.d.example. CNAME 300 x.outside.net. | an x.outside.net. A "
		"100 192.0.2.9" },
	/* from below a cut: the referral is gone */
	{ "below.example.", LDNS_RCODE_NOERROR, { { ANSWER_ANSWER,
		"www.cut.example.", TYPE_A, "192.0.2.9" }, END },
		"DONE NOERROR AA | an below.example. CNAME 300 "
		"www.cut.example. | an www.cut.example. A 100 192.0.2.9" },
};

static void
test_join(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(join_cases); i++) {
		const struct join_case* row = &join_cases[i];
		query_init(row->name, TYPE_A, BIT_RD);
		check(strstr(operate(module_event_new), "]WAIT"), "%s", told);
		join(LDNS_RCODE_NOERROR, message_make(row->rcode,
			row->parts));
		check(strcmp(told, row->told) == 0, "row %zu: \"%s\", not "
			"\"%s\"", i, told, row->told);
		region_clear();
	}
}

/** What is bogus is bogus as a whole. */
static void
test_join_bogus(void** state)
{
	struct dns_msg* message;
	(void)state;
	query_init("out.example.", TYPE_A, BIT_RD);
	operate(module_event_new);
	message = message_make(LDNS_RCODE_NOERROR, join_cases[0].parts);
	message->rep->security = sec_status_bogus;
	check(strstr(join(LDNS_RCODE_NOERROR, message),
		"DONE NOERROR AA bogus | "), "%s", told);
}

/** The other query fails, or says nothing, or was never heard of again. */
static void
test_join_fails(void** state)
{
	struct dns_msg empty;
	(void)state;
	memset(&empty, 0, sizeof(empty));
	query_init("out.example.", TYPE_A, BIT_RD);
	operate(module_event_new);
	assert_string_equal(join(LDNS_RCODE_SERVFAIL, NULL), "DONE RCODE 2");
	query_init("out.example.", TYPE_A, BIT_RD);
	operate(module_event_new);
	assert_string_equal(join(LDNS_RCODE_SERVFAIL, message_make(
		LDNS_RCODE_NOERROR, join_cases[0].parts)), "DONE RCODE 2");
	query_init("out.example.", TYPE_A, BIT_RD);
	operate(module_event_new);
	assert_string_equal(join(LDNS_RCODE_NOERROR, NULL), "DONE RCODE 2");
	query_init("out.example.", TYPE_A, BIT_RD);
	operate(module_event_new);
	assert_string_equal(join(LDNS_RCODE_NOERROR, &empty), "DONE RCODE 2");
	query_init("out.example.", TYPE_A, BIT_RD);
	operate(module_event_new);
	told_len = 0;
	assert_string_equal(operate(module_event_pass), "WAIT");
}

/** A query that waits for nothing is not concerned. */
static void
test_inform_without_wait(void** state)
{
	struct module_qstate done;
	(void)state;
	query_init("a.example.", TYPE_A, BIT_RD);
	done_init(&done);
	done.return_msg = message_make(LDNS_RCODE_NOERROR,
		join_cases[0].parts);
	query_inform(&done, &qstate, ID);
	assert_null(qstate.minfo[ID]);
	assert_string_equal(operate(module_event_new), "DONE NOERROR AA | "
		A_RRSET);
}

/* --- the other modules are done ------------------------------------------ */

/** Ask, have it passed on, and have the other modules answer. */
static const char*
pass(const char* name, uint16_t type, uint16_t flags, int rcode,
	const struct part* parts)
{
	query_init(name, type, flags);
	check(strstr(operate(module_event_new), "PASS"), "%s", told);
	qstate.return_msg = message_make(rcode, parts);
	told_len = 0;
	return operate(module_event_moddone);
}

/** A message of other modules, and what comes of it. */
struct done_case {
	/** qname */
	const char* name;
	/** qtype */
	uint16_t type;
	/** flags of the query */
	uint16_t flags;
	/** whether the fence has said it */
	bool is_fences;
	/** RCODE */
	int rcode;
	/** the message */
	struct part parts[PARTS_MAX];
	/** what comes of it */
	const char* told;
};

/** what the fence says, as far as it counts here */
#define FENCE_SOA { ANSWER_AUTHORITY, "example.", TYPE_SOA, \
	". . 0 0 0 0 0" }
#define TO(target) { ANSWER_ANSWER, "x.net.", TYPE_CNAME, target }
#define X_NET(target) "an x.net. CNAME 100 " target

static const struct done_case done_cases[] = {
	/* nothing of ours in it */
	{ "x.net.", TYPE_A, BIT_RD, false, LDNS_RCODE_NOERROR, {
		{ ANSWER_ANSWER, "x.net.", TYPE_A, "192.0.2.9" }, END },
		"DONE NOERROR | an x.net. A 100 192.0.2.9" },
	{ "x.net.", TYPE_A, BIT_RD, false, LDNS_RCODE_NXDOMAIN, { END },
		"DONE NXDOMAIN" },
	{ "x.net.", TYPE_A, BIT_RD, false, LDNS_RCODE_NOERROR, {
		TO("y.net."), { ANSWER_ANSWER, "y.net.", TYPE_A,
		"192.0.2.9" }, END }, "DONE NOERROR | "
		X_NET("y.net.") " | an y.net. A 100 192.0.2.9" },
	/* records that are no aliases lead nowhere */
	{ "x.net.", TYPE_MX, BIT_RD, false, LDNS_RCODE_NOERROR, {
		{ ANSWER_ANSWER, "x.net.", TYPE_MX, "1 a.example." }, END },
		"DONE NOERROR | an x.net. MX 100 1 a.example." },
	/* nor do aliases in other sections */
	{ "x.net.", TYPE_A, BIT_RD, false, LDNS_RCODE_NOERROR, {
		{ ANSWER_AUTHORITY, "x.net.", TYPE_CNAME, "a.example." },
		END }, "DONE NOERROR | au x.net. CNAME 100 "
		"a.example." },
	/* to a name of ours: the message is cut there, and completed. It is
	 * not authoritative: the alias is another's */
	{ "x.net.", TYPE_A, BIT_RD, true, LDNS_RCODE_NXDOMAIN, {
		TO("a.example."), FENCE_SOA, END }, "[remove]DONE NOERROR | "
		X_NET("a.example.") " | " A_RRSET },
	{ "x.net.", TYPE_A, BIT_RD, true, LDNS_RCODE_NOERROR, {
		TO("A.Example."), FENCE_SOA, END }, "[remove]DONE NOERROR | "
		X_NET("A.Example.") " | an A.Example. A 300 192.0.2.1" },
	{ "x.net.", TYPE_A, 0, true, LDNS_RCODE_NOERROR, {
		TO("a.example."), FENCE_SOA, END }, "[remove]DONE NOERROR | "
		X_NET("a.example.") " | " A_RRSET },
	{ "x.net.", TYPE_MX, BIT_RD, true, LDNS_RCODE_NXDOMAIN, {
		TO("a.example."), FENCE_SOA, END }, "[remove]DONE NOERROR | "
		X_NET("a.example.") " | " SOA },
	{ "x.net.", TYPE_A, BIT_RD, true, LDNS_RCODE_NOERROR, {
		TO("gone.example."), FENCE_SOA, END }, "[remove]DONE NXDOMAIN "
		"| " X_NET("gone.example.") " | " SOA },
	{ "x.net.", TYPE_A, BIT_RD, true, LDNS_RCODE_NOERROR, {
		TO("alias.example."), FENCE_SOA, END }, "[remove]DONE NOERROR "
		"| " X_NET("alias.example.") " | an alias.example. CNAME 300 "
		"a.example. | " A_RRSET },
	/* what others say of a name of ours does not count */
	{ "x.net.", TYPE_A, BIT_RD, false, LDNS_RCODE_NOERROR, {
		TO("a.example."), { ANSWER_ANSWER, "a.example.", TYPE_A,
		"192.0.2.66" }, END }, "[remove]DONE NOERROR | "
		X_NET("a.example.") " | " A_RRSET },
	/* the first alias into our zones counts */
	{ "x.net.", TYPE_A, BIT_RD, false, LDNS_RCODE_NOERROR, {
		TO("y.net."), { ANSWER_ANSWER, "y.net.", TYPE_CNAME,
		"a.example." }, { ANSWER_ANSWER, "a.example.", TYPE_CNAME,
		"gone.example." }, END }, "[remove]DONE NOERROR | "
		X_NET("y.net.") " | an y.net. CNAME 100 a.example. | "
		A_RRSET },
	/* a circle through our zones and others */
	{ "x.net.", TYPE_A, BIT_RD, true, LDNS_RCODE_NOERROR, {
		TO("back.example."), FENCE_SOA, END }, "[remove]DONE NOERROR | "
		X_NET("back.example.") " | an back.example. CNAME 300 "
		"back.example." },
	/* and out again, where recursion is desired */
	{ "x.net.", TYPE_A, BIT_RD, true, LDNS_RCODE_NOERROR, {
		TO("out.example."), FENCE_SOA, END },
		"[ask www.Outside.net. A RD][remove]WAIT" },
	{ "x.net.", TYPE_A, 0, true, LDNS_RCODE_NOERROR, {
		TO("out.example."), FENCE_SOA, END }, "[remove]DONE NOERROR | "
		X_NET("out.example.") " | " OUT },
	/* below a cut: Unbound is asked, since what has come is the fence's */
	{ "x.net.", TYPE_A, BIT_RD, true, LDNS_RCODE_NOERROR, {
		TO("www.cut.example."), FENCE_SOA, END },
		"[ask www.cut.example. A RD][remove]WAIT" },
	{ "x.net.", TYPE_A, BIT_RD, true, LDNS_RCODE_NOERROR, {
		TO("below.example."), FENCE_SOA, END },
		"[ask www.cut.example. A RD][remove]WAIT" },
	/* what a zone that falls through lacks is for the others to answer */
	{ "x.net.", TYPE_A, BIT_RD, false, LDNS_RCODE_NOERROR, {
		TO("absent.fall."), { ANSWER_ANSWER, "absent.fall.", TYPE_A,
		"192.0.2.9" }, END }, "[remove]DONE NOERROR | "
		X_NET("absent.fall.") " | an absent.fall. A 100 192.0.2.9" },
	{ "x.net.", TYPE_A, BIT_RD, false, LDNS_RCODE_NOERROR, {
		TO("absent.fall."), { ANSWER_ANSWER, "absent.fall.",
		TYPE_CNAME, "a.example." }, FENCE_SOA, END },
		"[remove]DONE NOERROR | " X_NET("absent.fall.") " | an "
		"absent.fall. CNAME 100 a.example. | " A_RRSET },
	{ "x.net.", TYPE_A, BIT_RD, false, LDNS_RCODE_NOERROR, {
		TO("a.fall."), { ANSWER_ANSWER, "a.fall.", TYPE_A,
		"192.0.2.66" }, END }, "[remove]DONE NOERROR | "
		X_NET("a.fall.") " | an a.fall. A 300 192.0.2.3" },
	{ "x.net.", TYPE_A, BIT_RD, false, LDNS_RCODE_NOERROR, {
		TO("lacks.example."), END },
		"[ask absent.fall. A RD][remove]WAIT" },
	/* the alias itself was asked for */
	{ "x.net.", TYPE_CNAME, BIT_RD, false, LDNS_RCODE_NOERROR, {
		TO("a.example."), END }, "DONE NOERROR | "
		X_NET("a.example.") },
	{ "x.net.", TYPE_ANY, BIT_RD, false, LDNS_RCODE_NOERROR, {
		TO("a.example."), END }, "[remove]DONE NOERROR | "
		X_NET("a.example.") " | an a.example. A 300 192.0.2.1" },
	/* an apex's DS is not ours to say */
	{ "x.net.", TYPE_DS, BIT_RD, false, LDNS_RCODE_NOERROR, {
		TO("example."), END }, "DONE NOERROR | "
		X_NET("example.") },
	/* the fence has said it, and nothing of ours goes on from there */
	{ "x.net.", TYPE_A, BIT_RD, true, LDNS_RCODE_NXDOMAIN, {
		FENCE_SOA, END }, "DONE RCODE 2" },
	{ "www.cut.example.", TYPE_A, BIT_RD, true, LDNS_RCODE_NXDOMAIN, {
		FENCE_SOA, END }, "[remove]DONE RCODE 2" },
	/* a name of ours that was recursed is kept */
	{ "www.cut.example.", TYPE_A, BIT_RD, false, LDNS_RCODE_NOERROR, {
		{ ANSWER_ANSWER, "www.cut.example.", TYPE_A, "192.0.2.9" },
		END }, "[remove][keep]DONE NOERROR | an www.cut.example. A 100 "
		"192.0.2.9" },
	{ "absent.fall.", TYPE_A, BIT_RD, false, LDNS_RCODE_NXDOMAIN, { END },
		"[remove][keep]DONE NXDOMAIN" },
	/* without recursion it is a referral of the cache's, as like as not */
	{ "absent.fall.", TYPE_A, 0, false, LDNS_RCODE_NOERROR, {
		{ ANSWER_AUTHORITY, "fall.", TYPE_NS, "ns.net." }, END },
		"[remove]DONE NOERROR | au fall. NS 100 ns.net." },
	{ "www.cut.example.", TYPE_CNAME, BIT_RD, false, LDNS_RCODE_NOERROR, {
		{ ANSWER_ANSWER, "www.cut.example.", TYPE_CNAME,
		"a.example." }, END }, "[remove][keep]DONE NOERROR | an "
		"www.cut.example. CNAME 100 a.example." },
	/* but not what is ours in the end */
	{ "absent.fall.", TYPE_A, BIT_RD, true, LDNS_RCODE_NOERROR, {
		{ ANSWER_ANSWER, "absent.fall.", TYPE_CNAME, "a.example." },
		FENCE_SOA, END }, "[remove][remove]DONE NOERROR | an absent.fall. CNAME "
		"100 a.example. | " A_RRSET },
};

static void
test_moddone(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(done_cases); i++) {
		const struct done_case* row = &done_cases[i];
		is_fences = row->is_fences;
		pass(row->name, row->type, row->flags, row->rcode,
			row->parts);
		check(strcmp(told, row->told) == 0, "row %zu: \"%s\", not "
			"\"%s\"", i, told, row->told);
		region_clear();
	}
}

static const struct part to_a[] = { TO("a.example."), FENCE_SOA, END };
static const struct part to_out[] = { TO("out.example."), FENCE_SOA, END };

/** In, out, and back with the rest. */
static void
test_moddone_and_join(void** state)
{
	(void)state;
	is_fences = true;
	assert_string_equal(pass("x.net.", TYPE_A, BIT_RD | BIT_CD,
		LDNS_RCODE_NXDOMAIN, to_out),
		"[ask www.Outside.net. A RD CD][remove]WAIT");
	assert_string_equal(join(LDNS_RCODE_NOERROR, message_make(
		LDNS_RCODE_NOERROR, join_cases[0].parts)), "DONE NOERROR | "
		X_NET("out.example.") " | " OUT " | an www.outside.net. A 100 "
		"192.0.2.9");
	pass("x.net.", TYPE_A, BIT_RD, LDNS_RCODE_NXDOMAIN, to_out);
	assert_string_equal(join(LDNS_RCODE_SERVFAIL, NULL), "DONE RCODE 2");
	/* a circle through others */
	can_attach = false;
	assert_string_equal(pass("x.net.", TYPE_A, BIT_RD,
		LDNS_RCODE_NXDOMAIN, to_out), "[ask www.Outside.net. A "
		"RD][remove]DONE NOERROR | " X_NET("out.example.") " | " OUT);
}

/** Others have failed, or say what nobody is to believe: it stays so, and is
 * not kept. */
static void
test_moddone_failed(void** state)
{
	struct dns_msg empty;
	(void)state;
	memset(&empty, 0, sizeof(empty));
	query_init("www.cut.example.", TYPE_A, BIT_RD);
	operate(module_event_new);
	told_len = 0;
	assert_string_equal(operate(module_event_moddone),
		"[remove]DONE without a message");
	query_init("www.cut.example.", TYPE_A, BIT_RD);
	operate(module_event_new);
	qstate.return_rcode = LDNS_RCODE_SERVFAIL;
	told_len = 0;
	assert_string_equal(operate(module_event_moddone),
		"[remove]DONE RCODE 2");
	query_init("absent.fall.", TYPE_A, BIT_RD);
	operate(module_event_new);
	qstate.return_msg = message_make(LDNS_RCODE_NOERROR, to_a);
	qstate.return_msg->rep->security = sec_status_bogus;
	told_len = 0;
	assert_string_equal(operate(module_event_moddone), "[remove]DONE "
		"NOERROR bogus | " X_NET("a.example.") " | au example. SOA "
		"100 . . 0 0 0 0 0");
}

/** Unbound's call for a response. */
static void
respond(struct dns_msg* response)
{
	static struct handover handover;
	static struct fence fence;
	const struct query_source source = { zones, failure_now, &handover,
		&fence };
	query_response(&source, &qstate, response, ID);
	assert_false(urcu_bp_read_ongoing());
}

/** What Unbound is told not to keep is not kept. */
static void
test_moddone_no_cache_store(void** state)
{
	static const struct part parts[] = { { ANSWER_ANSWER, "absent.fall.",
		TYPE_A, "192.0.2.9" }, END };
	(void)state;
	query_init("absent.fall.", TYPE_A, BIT_RD);
	operate(module_event_new);
	/* as the iterator does it for forward-no-cache */
	qstate.no_cache_store = qstate.no_cache_lookup = 1;
	qstate.return_msg = message_make(LDNS_RCODE_NOERROR, parts);
	told_len = 0;
	assert_string_equal(operate(module_event_moddone), "[remove]DONE "
		"NOERROR | an absent.fall. A 100 192.0.2.9");
}

/** What a server has said to the client's subnet is not for all clients. */
static void
test_moddone_scoped(void** state)
{
	static const struct part parts[] = { { ANSWER_ANSWER, "absent.fall.",
		TYPE_A, "192.0.2.9" }, END };
	struct edns_option subnet = { .opt_code = LDNS_EDNS_CLIENT_SUBNET };
	(void)state;
	query_init("absent.fall.", TYPE_A, BIT_RD);
	operate(module_event_new);
	qstate.edns_opts_back_in = &subnet;
	qstate.return_msg = message_make(LDNS_RCODE_NOERROR, parts);
	respond(qstate.return_msg);
	told_len = 0;
	assert_string_equal(operate(module_event_moddone), "[remove]DONE "
		"NOERROR | an absent.fall. A 100 192.0.2.9");
}

/** No other class leads into our zones. */
static void
test_moddone_other_class(void** state)
{
	(void)state;
	query_init("x.net.", TYPE_A, BIT_RD);
	qstate.qinfo.qclass = LDNS_RR_CLASS_CH;
	operate(module_event_new);
	qstate.return_msg = message_make(LDNS_RCODE_NOERROR, to_a);
	told_len = 0;
	assert_string_equal(operate(module_event_moddone), "DONE "
		"NOERROR | " X_NET("a.example.") " | au example. SOA 100 . . "
		"0 0 0 0 0");
}

/** An alias into our zones, which answer nothing now. */
static void
test_moddone_not_ready(void** state)
{
	(void)state;
	failure = REPLY_NOT_READY;
	is_fences = true;
	assert_string_equal(pass("x.net.", TYPE_A, BIT_RD,
		LDNS_RCODE_NXDOMAIN, to_a), "[remove]DONE RCODE 2");
	assert_non_null(qstate.minfo[ID]);
	failure = REPLY_STALE;
	assert_string_equal(pass("x.net.", TYPE_A, BIT_RD,
		LDNS_RCODE_NXDOMAIN, to_a), "[remove]DONE RCODE 2");
	assert_non_null(qstate.minfo[ID]);
}

/* --- etcd has something else by then ------------------------------------- */

/** What changes in etcd while a query waits, and what comes of it. */
struct overtaken_case {
	/** qname */
	const char* name;
	/** the key that changes */
	const char* path;
	/** its value; NULL: it is deleted */
	const char* value;
	/** what is done with the query when the others are done with it, or the
	 * sub-query is */
	const char* told;
};

static const struct overtaken_case recursed_cases[] = {
	{ "later.fall.", "fall/later/A", "192.0.2.60", "[remove]DONE NOERROR "
		"AA | an later.fall. A 300 192.0.2.60" },
	{ "later.fall.", "fall/later/CNAME", "a.fall.", "[remove]DONE NOERROR "
		"AA | an later.fall. CNAME 300 a.fall. | an a.fall. A 300 "
		"192.0.2.3" },
	{ "later.fall.", "fall/later/CNAME", "www.outside.net.",
		"[remove][ask www.outside.net. A RD]WAIT" },
	/* a zone cut has come: the others begin anew */
	{ "x.later.fall.", "fall/later/NS", "ns.outside.net.",
		"[remove][referral later.fall.][find][fence]AGAIN" },
	/* something else has changed */
	{ "later.fall.", "fall/other/A", "192.0.2.60",
		"[remove][keep]DONE NOERROR | an later.fall. A 100 "
		"192.0.2.66" },
};

/** Put a key, or delete it. */
static void
change(const char* path, const char* value)
{
	const char* slash = strrchr(path, '/');
	struct contribution key;
	assert_non_null(slash);
	if(value) {
		put(store, path, value);
		return;
	}
	assert_null(helix_key_read(&key, path, strlen(path)));
	assert_true(store_remove(store, &key));
	assert_true(store_commit(store));
}

static void
test_moddone_overtaken(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(recursed_cases); i++) {
		const struct overtaken_case* row = &recursed_cases[i];
		const struct part parts[] = { { ANSWER_ANSWER, row->name,
			TYPE_A, "192.0.2.66" }, END };
		query_init(row->name, TYPE_A, BIT_RD);
		check(strstr(operate(module_event_new), "PASS"), "%s", told);
		assert_int_equal(qstate.no_cache_store, 1);
		qstate.return_msg = message_make(LDNS_RCODE_NOERROR, parts);
		change(row->path, row->value);
		told_len = 0;
		operate(module_event_moddone);
		change(row->path, NULL);
		check(strcmp(told, row->told) == 0, "row %zu: \"%s\", not "
			"\"%s\"", i, told, row->told);
		region_clear();
	}
}

/** The others have failed by then: etcd's is the answer all the same. */
static void
test_failed_and_overtaken(void** state)
{
	(void)state;
	query_init("later.fall.", TYPE_A, BIT_RD);
	operate(module_event_new);
	qstate.return_rcode = LDNS_RCODE_SERVFAIL;
	put(store, "fall/later/A", "192.0.2.60");
	told_len = 0;
	operate(module_event_moddone);
	change("fall/later/A", NULL);
	assert_string_equal(told, "[remove]DONE NOERROR AA | an later.fall. A "
		"300 192.0.2.60");
}

static const struct overtaken_case waiting_cases[] = {
	{ "late.example.", "example/late/CNAME", "a.example.", "DONE NOERROR "
		"AA | an late.example. CNAME 300 a.example. | " A_RRSET },
	{ "late.example.", "example/late/CNAME", NULL, "DONE NXDOMAIN AA | "
		SOA },
	{ "late.example.", "example/late/CNAME", "new.outside.net.",
		"[ask new.outside.net. A RD]WAIT" },
	{ "late.example.", "example/late/CNAME", "{\"ttl\": 7, \"rdata\": "
		"\"www.Outside.net.\"}", "[ask www.Outside.net. A RD]WAIT" },
	{ "late.example.", "example/other/A", "192.0.2.60", "DONE NOERROR AA "
		"| an late.example. CNAME 300 www.Outside.net. | an "
		"www.outside.net. A 100 192.0.2.9" },
};

static void
test_join_overtaken(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(waiting_cases); i++) {
		const struct overtaken_case* row = &waiting_cases[i];
		put(store, "example/late/CNAME", "www.Outside.net.");
		query_init(row->name, TYPE_A, BIT_RD);
		check(strstr(operate(module_event_new), "WAIT"), "%s", told);
		change(row->path, row->value);
		join(LDNS_RCODE_NOERROR, message_make(LDNS_RCODE_NOERROR,
			join_cases[0].parts));
		check(strcmp(told, row->told) == 0, "row %zu: \"%s\", not "
			"\"%s\"", i, told, row->told);
		region_clear();
	}
	change("example/late/CNAME", NULL);
	change("example/other/A", NULL);
}

/** It changes each time: no answer is better than an old one. */
static void
test_overtaken_again_and_again(void** state)
{
	static const char* const targets[] = { "one.net.", "two.net.",
		"three.net.", "four.net." };
	size_t i;
	(void)state;
	put(store, "example/late/CNAME", "zero.net.");
	query_init("late.example.", TYPE_A, BIT_RD);
	operate(module_event_new);
	for(i = 0; i < COUNT(targets); i++) {
		put(store, "example/late/CNAME", targets[i]);
		join(LDNS_RCODE_NOERROR, message_make(LDNS_RCODE_NOERROR,
			join_cases[0].parts));
		check(strstr(told, i < 3 ? "WAIT" : "DONE RCODE 2"), "%zu: %s",
			i, told);
	}
	change("example/late/CNAME", NULL);
}

/* --- how long a chain is ------------------------------------------------- */

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
	query_init(name, TYPE_A, BIT_RD);
	check(strstr(operate(module_event_new), "WAIT"), "%s", told);
	waiting->mesh.s = qstate;
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
		put(store, path, i == 9 ? "c.net." : target);
	}
	memset(&mesh, 0, sizeof(mesh));
	waiting_init(&other, "c7.example.");
	waiting_init(&top, "c0.example.");
	query_init("www.outside.net.", TYPE_A, BIT_RD);
	operate(module_event_new);
	memset(&middle, 0, sizeof(middle));
	middle.mesh.s = qstate;
	wait_for(&middle.mesh, &top);
	wait_for(&mesh, &middle);
	/* of 8 aliases from c2 on, 6 are left */
	query_init("c2.example.", TYPE_A, BIT_RD);
	qstate.mesh_info = &mesh;
	operate(module_event_new);
	check(strstr(told, "c8.example. CNAME 300 c9.example.") &&
		!strstr(told, "c.net."), "%s", told);
	/* and none where the way is of 3 only */
	memset(&mesh, 0, sizeof(mesh));
	wait_for(&mesh, &other);
	query_init("c2.example.", TYPE_A, BIT_RD);
	qstate.mesh_info = &mesh;
	assert_string_equal(operate(module_event_new),
		"[ask c.net. A RD]WAIT");
	/* the longest way counts, whoever came first */
	wait_for(&mesh, &middle);
	query_init("c2.example.", TYPE_A, BIT_RD);
	qstate.mesh_info = &mesh;
	operate(module_event_new);
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
	static const struct part to_cut[] = { TO("www.cut.example."), END };
	struct waiting waiting[17];
	struct mesh_state none;
	size_t i;
	(void)state;
	memset(waiting, 0, sizeof(waiting));
	memset(&none, 0, sizeof(none));
	is_fences = true;
	for(i = 0; i < COUNT(waiting); i++) {
		query_init("x.net.", TYPE_A, BIT_RD);
		qstate.mesh_info = &waiting[i].mesh;
		operate(module_event_new);
		qstate.return_msg = message_make(LDNS_RCODE_NXDOMAIN, to_cut);
		told_len = 0;
		operate(module_event_moddone);
		check(!strstr(told, "WAIT") == (i == 16), "%zu: %s", i, told);
		waiting[i].mesh.s = qstate;
		if(i + 1 < COUNT(waiting))
			wait_for(&waiting[i + 1].mesh, &waiting[i]);
	}
}

/* --- aliases of others in Unbound's cache -------------------------------- */

static const char* const cached_aliases[][2] = {
	{ "x.net.", "a.example." },
	{ "y.net.", "x.net." },
	{ "out.net.", "out.example." },
	{ "fall.net.", "absent.fall." },
	{ "cut.net.", "www.cut.example." },
	{ "far.net.", "z.net." },
	{ "round.net.", "round.net." },
	{ NULL, NULL }
};

/** An alias of others is asked for alone, and what it leads to is etcd's. */
static void
test_cached_alias(void** state)
{
	static const struct part x_net[] = { TO("a.example."), END };
	(void)state;
	cached = cached_aliases;
	query_init("x.net.", TYPE_A, BIT_RD | BIT_CD);
	assert_string_equal(operate(module_event_new),
		"[ask x.net. CNAME RD CD]WAIT");
	assert_string_equal(join(LDNS_RCODE_NOERROR, message_make(
		LDNS_RCODE_NOERROR, x_net)), "DONE NOERROR | "
		X_NET("a.example.") " | " A_RRSET);
	/* not where there is no recursion, or the alias itself is asked for,
	 * or a DS RRset */
	query_init("x.net.", TYPE_A, 0);
	assert_string_equal(operate(module_event_new), "[fence]PASS");
	query_init("x.net.", TYPE_CNAME, BIT_RD);
	assert_string_equal(operate(module_event_new), "[fence]PASS");
	query_init("x.net.", TYPE_DS, BIT_RD);
	assert_string_equal(operate(module_event_new), "[fence]PASS");
	/* nor where it leads elsewhere, or to what is for others */
	query_init("far.net.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new), "[fence]PASS");
	query_init("fall.net.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new), "[fence]PASS");
	query_init("round.net.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new), "[fence]PASS");
}

/** One after the other, and out of the zones again. */
static void
test_cached_aliases(void** state)
{
	static const struct part y_net[] = { { ANSWER_ANSWER, "y.net.",
		TYPE_CNAME, "x.net." }, END };
	static const struct part x_net[] = { TO("a.example."), END };
	static const struct part out_net[] = { { ANSWER_ANSWER, "out.net.",
		TYPE_CNAME, "out.example." }, END };
	(void)state;
	cached = cached_aliases;
	query_init("y.net.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new),
		"[ask y.net. CNAME RD]WAIT");
	assert_string_equal(join(LDNS_RCODE_NOERROR, message_make(
		LDNS_RCODE_NOERROR, y_net)), "[ask x.net. CNAME RD]WAIT");
	assert_string_equal(join(LDNS_RCODE_NOERROR, message_make(
		LDNS_RCODE_NOERROR, x_net)), "DONE NOERROR | an y.net. CNAME "
		"100 x.net. | " X_NET("a.example.") " | " A_RRSET);
	query_init("out.net.", TYPE_A, BIT_RD);
	operate(module_event_new);
	assert_string_equal(join(LDNS_RCODE_NOERROR, message_make(
		LDNS_RCODE_NOERROR, out_net)),
		"[ask www.Outside.net. A RD]WAIT");
	assert_string_equal(join(LDNS_RCODE_NOERROR, message_make(
		LDNS_RCODE_NOERROR, join_cases[0].parts)), "DONE NOERROR | an "
		"out.net. CNAME 100 out.example. | " OUT " | an "
		"www.outside.net. A 100 192.0.2.9");
	query_init("cut.net.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new),
		"[ask cut.net. CNAME RD]WAIT");
}

/** It is an alias no more, or can't be had: the others are asked as ever. */
static void
test_cached_alias_is_gone(void** state)
{
	static const struct part other[] = { { ANSWER_AUTHORITY, "net.",
		TYPE_SOA, "n. h. 1 2 3 4 5" }, END };
	(void)state;
	cached = cached_aliases;
	query_init("x.net.", TYPE_A, BIT_RD);
	operate(module_event_new);
	assert_string_equal(join(LDNS_RCODE_NOERROR, message_make(
		LDNS_RCODE_NOERROR, other)), "[fence]PASS");
	query_init("x.net.", TYPE_A, BIT_RD);
	operate(module_event_new);
	assert_string_equal(join(LDNS_RCODE_SERVFAIL, NULL), "[fence]PASS");
}

/** A circle of aliases alone ends. */
static void
test_cached_alias_in_a_circle(void** state)
{
	(void)state;
	cached = cached_aliases;
	can_attach = false;
	query_init("x.net.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new),
		"[ask x.net. CNAME RD]DONE RCODE 2");
}

/** Unbound gives up where an alias leads into the zones. */
static void
test_give_up(void** state)
{
	static const struct part x_net[] = { TO("a.example."), END };
	static const struct part x_fall[] = { TO("absent.fall."), END };
	(void)state;
	query_init("x.net.", TYPE_A, BIT_RD);
	operate(module_event_new);
	cached = cached_aliases;
	qstate.return_rcode = LDNS_RCODE_SERVFAIL;
	told_len = 0;
	assert_string_equal(operate(module_event_moddone),
		"[remove][ask x.net. CNAME RD]WAIT");
	qstate.return_rcode = LDNS_RCODE_NOERROR;
	assert_string_equal(join(LDNS_RCODE_NOERROR, message_make(
		LDNS_RCODE_NOERROR, x_net)), "DONE NOERROR | "
		X_NET("a.example.") " | " A_RRSET);
	/* what others have failed to say is not asked again */
	query_init("x.net.", TYPE_A, 0);
	operate(module_event_new);
	qstate.query_flags = BIT_RD;
	qstate.return_rcode = LDNS_RCODE_SERVFAIL;
	operate(module_event_moddone);
	assert_string_equal(join(LDNS_RCODE_NOERROR, message_make(
		LDNS_RCODE_NOERROR, x_fall)), "DONE RCODE 2");
}

/** The iterator has gone on to the target of an alias that alone was asked
 * for, and ended at the fence. */
static void
test_alias_alone_at_the_fence(void** state)
{
	(void)state;
	is_fences = true;
	assert_string_equal(pass("x.net.", TYPE_CNAME, BIT_RD,
		LDNS_RCODE_NXDOMAIN, to_a), "DONE NOERROR | "
		X_NET("a.example."));
}

/* --- responses of servers ------------------------------------------------ */

/** A response, and what becomes of it. */
struct response_case {
	/** qname of the query */
	const char* name;
	/** name that the server was asked for; NULL: that */
	const char* asked;
	/** flags of the response */
	uint16_t flags;
	/** the response */
	struct part parts[PARTS_MAX];
	/** whether Unbound may store it */
	bool may_store;
	/** what is stored by us, and how many answers it has then */
	const char* stored;
	/** RRsets of its answer section then */
	size_t answers;
};

#define FROM(owner, type, value) { ANSWER_ANSWER, owner, type, value }
#define SERVER(owner) { ANSWER_AUTHORITY, owner, TYPE_NS, "ns.net." }

static const struct response_case response_cases[] = {
	/* nothing of ours */
	{ "x.net.", NULL, 0, { FROM("x.net.", TYPE_A, "192.0.2.9"), END },
		true, "", 1 },
	{ "x.net.", NULL, 0, { SERVER("net."), END }, true, "", 0 },
	{ "x.net.", NULL, 0, { TO("y.net."), END }, true, "", 1 },
	/* an alias to what etcd has: it ends there */
	{ "x.net.", NULL, 0, { TO("a.example."), END }, false, "[store 1]",
		2 },
	{ "x.net.", NULL, BIT_RA, { TO("a.example."), FROM("a.example.",
		TYPE_A, "192.0.2.66"), SERVER("example."), END }, false,
		"[store 1]", 2 },
	{ "x.net.", NULL, 0, { TO("y.net."), FROM("y.net.", TYPE_CNAME,
		"gone.example."), FROM("gone.example.", TYPE_A, "192.0.2.66"),
		END }, false, "[store 2]", 3 },
	/* to what it lacks: it stays, but not in the cache */
	{ "x.net.", NULL, 0, { TO("absent.fall."), FROM("absent.fall.",
		TYPE_A, "192.0.2.9"), END }, false, "[store 1]", 2 },
	/* about our names, whoever was asked for what */
	{ "absent.fall.", NULL, 0, { FROM("absent.fall.", TYPE_A,
		"192.0.2.9"), END }, false, "", 1 },
	{ "x.absent.fall.", "absent.fall.", 0, { FROM("absent.fall.", TYPE_A,
		"192.0.2.9"), END }, false, "", 1 },
	{ "x.net.", "absent.fall.", 0, { FROM("absent.fall.", TYPE_A,
		"192.0.2.9"), END }, false, "", 1 },
	{ "absent.fall.", "y.net.", 0, { FROM("y.net.", TYPE_A, "192.0.2.9"),
		END }, false, "", 1 },
	{ "absent.fall.", NULL, 0, { END }, false, "", 0 },
	/* referrals, but for those below a zone cut of ours, and what may be
	 * the answer of a forwarder */
	{ "absent.fall.", NULL, 0, { SERVER("fall."), END }, true, "", 0 },
	{ "absent.fall.", NULL, 0, { SERVER("net."), END }, true, "", 0 },
	{ "absent.fall.", NULL, BIT_RA, { SERVER("fall."), END }, false, "",
		0 },
	{ "absent.fall.", NULL, 0, { SERVER("fall."), { ANSWER_AUTHORITY,
		"fall.", TYPE_SOA, "n. h. 1 2 3 4 5" }, END }, false, "", 0 },
	{ "x.y.cut.example.", NULL, 0, { SERVER("y.cut.example."), END },
		false, "", 0 },
};

static void
test_response(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(response_cases); i++) {
		const struct response_case* row = &response_cases[i];
		struct dns_msg* response;
		struct name asked;
		bool ours;
		size_t at;
		query_init(row->name, TYPE_A, BIT_RD);
		check(strstr(operate(module_event_new), "PASS"), "%s", told);
		response = message_make(LDNS_RCODE_NOERROR, row->parts);
		response->rep->flags &= ~BIT_RA;
		response->rep->flags |= row->flags;
		question_name(&asked, row->asked ? row->asked : row->name);
		response->qinfo.qname = asked.wire;
		response->qinfo.qname_len = asked.len;
		told_len = 0;
		*told = 0;
		respond(response);
		check(!qstate.no_cache_store == row->may_store, "row %zu", i);
		check(strcmp(told, row->stored) == 0, "row %zu: \"%s\"", i,
			told);
		check(response->rep->an_numrrsets == row->answers,
			"row %zu: %zu", i, response->rep->an_numrrsets);
		for(at = 0; at < response->rep->rrset_count; at++)
			assert_non_null(response->rep->rrsets[at]);
		/* when all is done, it is as it was, but for names of ours,
		 * which a validator would store after that */
		ours = strcmp(row->name, "x.net.") != 0;
		qstate.return_rcode = LDNS_RCODE_SERVFAIL;
		operate(module_event_moddone);
		check(qstate.no_cache_store == ours, "row %zu", i);
		region_clear();
	}
}

/** The zones are asked for what was cut off, and nobody sees what stood for it:
 * also if etcd lacks it by then. */
static void
test_response_and_moddone(void** state)
{
	static const struct part parts[] = { TO("later.fall."), END };
	struct dns_msg* response;
	(void)state;
	put(store, "fall/later/A", "192.0.2.60");
	query_init("x.net.", TYPE_A, BIT_RD);
	operate(module_event_new);
	response = message_make(LDNS_RCODE_NOERROR, parts);
	respond(response);
	assert_int_equal(response->rep->an_numrrsets, 2);
	qstate.return_msg = response;
	told_len = 0;
	assert_string_equal(operate(module_event_moddone), "[remove]DONE "
		"NOERROR | " X_NET("later.fall.") " | an later.fall. A 300 "
		"192.0.2.60");
	query_init("x.net.", TYPE_A, BIT_RD);
	operate(module_event_new);
	response = message_make(LDNS_RCODE_NOERROR, parts);
	respond(response);
	qstate.return_msg = response;
	change("fall/later/A", NULL);
	told_len = 0;
	assert_string_equal(operate(module_event_moddone),
		"[ask later.fall. A RD][remove]WAIT");
}

/** Nobody has answered; and a query that this module does not know of. */
static void
test_response_of_nobody(void** state)
{
	struct dns_msg* response;
	(void)state;
	query_init("x.net.", TYPE_A, BIT_RD);
	operate(module_event_new);
	respond(NULL);
	assert_int_equal(qstate.no_cache_store, 0);
	/* of a query that the iterator has begun for itself */
	query_init("x.net.", TYPE_A, BIT_RD);
	response = message_make(LDNS_RCODE_NOERROR, to_a);
	respond(response);
	assert_int_equal(response->rep->an_numrrsets, 2);
	assert_int_equal(qstate.no_cache_store, 1);
}

/** What Unbound is told not to store, we don't store either. */
static void
test_response_not_to_be_stored(void** state)
{
	(void)state;
	query_init("x.net.", TYPE_A, BIT_RD);
	operate(module_event_new);
	qstate.no_cache_store = 1;
	told_len = 0;
	*told = 0;
	respond(message_make(LDNS_RCODE_NOERROR, to_a));
	assert_string_equal(told, "");
	assert_int_equal(qstate.no_cache_store, 1);
	qstate.return_rcode = LDNS_RCODE_SERVFAIL;
	operate(module_event_moddone);
	assert_int_equal(qstate.no_cache_store, 1);
}

/** A client that checks for itself gets what is bogus, and never what stands
 * in the place of our records. */
static void
test_response_bogus(void** state)
{
	static const uint16_t types[] = { TYPE_A, TYPE_DS };
	size_t i;
	(void)state;
	for(i = 0; i < 2 * COUNT(types); i++) {
		bool asks = i < COUNT(types);
		query_init("x.net.", types[i % COUNT(types)],
			asks ? BIT_RD | BIT_CD : BIT_CD);
		operate(module_event_new);
		qstate.return_msg = message_make(LDNS_RCODE_NOERROR, to_a);
		respond(qstate.return_msg);
		qstate.return_msg->rep->security = sec_status_bogus;
		told_len = 0;
		assert_string_equal(operate(module_event_moddone), asks ?
			"[remove][ask x.net. CNAME RD CD]WAIT" :
			"DONE RCODE 2");
	}
}

/* --- what is not to be --------------------------------------------------- */

/** Events that are not for this module. */
static void
test_wrong_events(void** state)
{
	static const enum module_ev events[] = { module_event_reply,
		module_event_noreply, module_event_capsfail,
		module_event_error };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(events); i++) {
		query_init("a.example.", TYPE_A, BIT_RD);
		assert_string_equal(operate(events[i]), "[log]ERROR");
	}
}

/** The iterator is done with a query that it has begun for itself. */
static void
test_moddone_first(void** state)
{
	static const struct part parts[] = { { ANSWER_ANSWER, "absent.fall.",
		TYPE_A, "192.0.2.9" }, END };
	(void)state;
	query_init("a.example.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_moddone),
		"[remove]DONE NOERROR AA | " A_RRSET);
	/* what is not for us to answer stays as it is */
	query_init("absent.fall.", TYPE_A, BIT_RD);
	qstate.return_msg = message_make(LDNS_RCODE_NOERROR, parts);
	assert_string_equal(operate(module_event_moddone),
		"[remove]DONE NOERROR | an absent.fall. A 100 192.0.2.9");
	query_init("www.cut.example.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_moddone),
		"[remove]DONE without a message");
	/* it begins no other */
	query_init("out.example.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_moddone), "[remove]DONE "
		"NOERROR AA | an out.example. CNAME 300 www.Outside.net.");
	query_init("x.net.", TYPE_A, BIT_RD);
	qstate.return_msg = message_make(LDNS_RCODE_NOERROR, to_out);
	assert_string_equal(operate(module_event_moddone), "[remove]DONE "
		"NOERROR | " X_NET("out.example.") " | an out.example. CNAME "
		"300 www.Outside.net.");
	query_init("x.net.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_moddone),
		"DONE without a message");
	query_init("x.net.", TYPE_A, BIT_RD);
	qstate.return_msg = message_make(LDNS_RCODE_NOERROR, to_a);
	assert_string_equal(operate(module_event_moddone), "[remove]DONE "
		"NOERROR | " X_NET("a.example.") " | " A_RRSET);
	assert_int_equal(qstate.no_cache_store, 1);
}

/* --- dns64 --------------------------------------------------------------- */

#define ALIAS_RRSET "an alias.example. CNAME 300 a.example."
#define MADE "64:ff9b::c000:201"

/** dns64 is done: it has made this, or NULL: nothing. */
static const char*
come_back(const struct part* made)
{
	if(made)
		qstate.return_msg = message_make(LDNS_RCODE_NOERROR, made);
	qstate.curmod = ID;
	told_len = 0;
	return operate(module_event_moddone);
}

/** An answer about AAAA goes to dns64, and nowhere else, if there are A
 * records. */
static void
test_dns64(void** state)
{
	static const struct part made[] = { { ANSWER_ANSWER, "a.example.",
		TYPE_AAAA, MADE }, END };
	(void)state;
	modules[ID + 1] = &next;
	can_hand_over = is_worth = true;
	query_init("a.example.", TYPE_AAAA, BIT_RD);
	assert_string_equal(operate(module_event_new),
		"[ask a.example. A RD][dns64]SKIP PASS");
	assert_string_equal(come_back(made), "DONE NOERROR AA | "
		"an a.example. AAAA 100 " MADE);
	assert_int_equal(qstate.no_cache_store, 0);
	/* it leaves it alone */
	query_init("alias.example.", TYPE_AAAA, 0);
	assert_string_equal(operate(module_event_new),
		"[ask alias.example. A][dns64]SKIP PASS");
	assert_string_equal(come_back(NULL), "DONE NOERROR AA | " ALIAS_RRSET
		" | " SOA);
	/* it waits for the A records at once (dns64-ignore-aaaa) */
	dns64_begins = module_wait_subquery;
	query_init("a.plain.", TYPE_AAAA, BIT_RD);
	assert_string_equal(operate(module_event_new),
		"[ask a.plain. A RD][dns64]PASS");
	assert_int_equal(qstate.curmod, ID + 1);
	assert_string_equal(come_back(NULL), "DONE NOERROR AA | "
		"an a.plain. AAAA 300 2001:db8::4");
}

/** What is not for dns64. */
static void
test_dns64_not(void** state)
{
	(void)state;
	can_hand_over = is_worth = true;
	/* it is not there */
	query_init("a.plain.", TYPE_AAAA, BIT_RD);
	assert_string_equal(operate(module_event_new), "[hand over]DONE "
		"NOERROR AA | an a.plain. AAAA 300 2001:db8::4");
	modules[ID + 1] = &next;
	/* the client validates; there is no A record, or another type is
	 * asked for */
	query_init("a.example.", TYPE_AAAA, BIT_RD | BIT_CD);
	assert_string_equal(operate(module_event_new), "DONE NOERROR AA | "
		SOA);
	query_init("m0.plain.", TYPE_AAAA, BIT_RD);
	check(strncmp(operate(module_event_new), "DONE NOERROR AA | au", 20)
		== 0, "%s", told);
	query_init("gone.example.", TYPE_AAAA, BIT_RD);
	assert_string_equal(operate(module_event_new), "DONE NXDOMAIN AA | "
		SOA);
	query_init("a.example.", TYPE_MX, BIT_RD);
	assert_string_equal(operate(module_event_new), "DONE NOERROR AA | "
		SOA);
	query_init("out.example.", TYPE_AAAA, BIT_RD);
	assert_string_equal(operate(module_event_new),
		"[ask www.Outside.net. AAAA RD]WAIT");
	/* what may be for it as soon as there is one is not handed over */
	put(store, "plain/six/AAAA", "2001:db8::6");
	query_init("six.plain.", TYPE_AAAA, BIT_RD);
	assert_string_equal(operate(module_event_new), "DONE NOERROR AA | an "
		"six.plain. AAAA 300 2001:db8::6");
	change("plain/six/AAAA", NULL);
	/* it is the last module */
	the_mesh.mods.num = ID + 2;
	query_init("a.example.", TYPE_AAAA, BIT_RD);
	assert_string_equal(operate(module_event_new), "DONE NOERROR AA | "
		SOA);
	the_mesh.mods.num = COUNT(modules);
}

/** What is recursed for a name of ours goes through it, for it to store
 * nothing; of any type. */
static void
test_dns64_recursed(void** state)
{
	static const struct part parts[] = { { ANSWER_ANSWER, "absent.fall.",
		TYPE_A, "192.0.2.9" }, END };
	(void)state;
	modules[ID + 1] = &next;
	query_init("absent.fall.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new),
		"[find][fence][dns64]PASS");
	assert_int_equal(qstate.curmod, ID + 1);
	assert_string_equal(come_back(parts), "[remove][keep]DONE NOERROR | "
		"an absent.fall. A 100 192.0.2.9");
	query_init("x.net.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_new), "[fence]PASS");
	assert_int_equal(qstate.curmod, ID);
}

/** Meanwhile etcd has something else; or the modules behind dns64 have been
 * asked; or we can answer no more. */
static void
test_dns64_overtaken(void** state)
{
	static const struct part made[] = { { ANSWER_ANSWER, "a.example.",
		TYPE_AAAA, MADE }, END };
	(void)state;
	modules[ID + 1] = &next;
	query_init("a.example.", TYPE_AAAA, BIT_RD);
	operate(module_event_new);
	put(store, "example/a/AAAA", "2001:db8::a");
	assert_string_equal(come_back(made),
		"[ask a.example. A RD][dns64]SKIP PASS");
	assert_string_equal(come_back(NULL), "DONE NOERROR AA | "
		"an a.example. AAAA 300 2001:db8::a");
	change("example/a/AAAA", NULL);
	query_init("a.example.", TYPE_AAAA, BIT_RD);
	operate(module_event_new);
	qstate.minfo[COUNT(modules) - 1] = qname;
	assert_string_equal(come_back(made), "DONE NOERROR AA | " SOA);
	query_init("a.example.", TYPE_AAAA, BIT_RD);
	operate(module_event_new);
	failure = REPLY_STALE;
	assert_string_equal(come_back(made), "DONE RCODE 2");
}

/** An alias of others that leads to such a name: a query of its own goes to
 * dns64. */
static void
test_dns64_behind_alias(void** state)
{
	(void)state;
	modules[ID + 1] = &next;
	query_init("x.net.", TYPE_AAAA, BIT_RD);
	operate(module_event_new);
	qstate.return_msg = message_make(LDNS_RCODE_NOERROR, to_a);
	told_len = 0;
	assert_string_equal(operate(module_event_moddone),
		"[ask a.example. AAAA RD][remove]WAIT");
}

/** What a query goes through until its memory is refused. */
enum way {
	/** it comes */
	WAY_NEW,
	/** it comes, and the query that it waits for is done */
	WAY_JOIN,
	/** it comes, and the other modules are done */
	WAY_MODDONE
};

/** A query that needs memory in its last step. */
struct memory_case {
	/** qname */
	const char* name;
	/** what it goes through */
	enum way way;
	/** for WAY_MODDONE, what the others say */
	const struct part* parts;
};

static const struct memory_case memory_cases[] = {
	{ "a.example.", WAY_NEW, NULL },
	{ "gone.example.", WAY_NEW, NULL },
	{ "out.example.", WAY_NEW, NULL },
	{ "absent.fall.", WAY_NEW, NULL },
	{ "www.cut.example.", WAY_NEW, NULL },
	{ "out.example.", WAY_JOIN, NULL },
	{ "x.net.", WAY_MODDONE, to_a },
	{ "x.net.", WAY_MODDONE, to_out },
};

/** Go such a way. @param refuse: which allocation of the last step is refused;
 * 0: none. @return number of its allocations. */
static unsigned
go(const struct memory_case* row, unsigned refuse)
{
	unsigned before;
	struct module_qstate done;
	region_clear();
	query_init(row->name, TYPE_A, BIT_RD);
	if(row->way != WAY_NEW)
		operate(module_event_new);
	done_init(&done);
	if(row->way == WAY_MODDONE)
		qstate.return_msg = message_make(LDNS_RCODE_NXDOMAIN,
			row->parts);
	if(row->way == WAY_JOIN)
		done.return_msg = message_make(LDNS_RCODE_NOERROR,
			join_cases[0].parts);
	told_len = 0;
	before = allocation_count;
	refuse_at = refuse ? before + refuse : 0;
	if(row->way == WAY_JOIN)
		query_inform(&done, &qstate, ID);
	operate(row->way == WAY_MODDONE ? module_event_moddone :
		row->way == WAY_JOIN ? module_event_pass : module_event_new);
	return allocation_count - before;
}

/** Whichever allocation is refused, the client gets SERVFAIL, and nothing half
 * done. */
static void
test_no_memory(void** state)
{
	size_t i;
	(void)state;
	is_fences = true;
	for(i = 0; i < COUNT(memory_cases); i++) {
		const struct memory_case* row = &memory_cases[i];
		unsigned needed = go(row, 0), n;
		assert_true(needed > 0);
		check(qstate.return_rcode == LDNS_RCODE_NOERROR, "row %zu: %s",
			i, told);
		for(n = 1; n <= needed; n++) {
			go(row, n);
			check(qstate.return_rcode == LDNS_RCODE_SERVFAIL,
				"row %zu, %u: %s", i, n, told);
			assert_null(qstate.return_msg);
		}
	}
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_begin),
		TEST(test_begin_by_pass),
		TEST(test_other_classes),
		TEST(test_flags),
		TEST(test_found),
		TEST(test_found_alias),
		TEST(test_referral_overtaken),
		TEST(test_referral_does_not_fit),
		TEST(test_circle),
		TEST(test_failures),
		TEST(test_hand_over),
		TEST(test_hand_over_not),
		TEST(test_hand_over_no_answer),
		TEST(test_hand_over_no_memory),
		TEST(test_hand_over_begins_before),
		TEST(test_hand_over_hash),
		TEST(test_join),
		TEST(test_join_bogus),
		TEST(test_join_fails),
		TEST(test_inform_without_wait),
		TEST(test_moddone),
		TEST(test_moddone_and_join),
		TEST(test_moddone_failed),
		TEST(test_moddone_no_cache_store),
		TEST(test_moddone_scoped),
		TEST(test_moddone_other_class),
		TEST(test_moddone_not_ready),
		TEST(test_moddone_overtaken),
		TEST(test_failed_and_overtaken),
		TEST(test_join_overtaken),
		TEST(test_overtaken_again_and_again),
		TEST(test_way),
		TEST(test_way_of_cuts),
		TEST(test_cached_alias),
		TEST(test_cached_aliases),
		TEST(test_cached_alias_is_gone),
		TEST(test_cached_alias_in_a_circle),
		TEST(test_give_up),
		TEST(test_alias_alone_at_the_fence),
		TEST(test_response),
		TEST(test_response_and_moddone),
		TEST(test_response_of_nobody),
		TEST(test_response_not_to_be_stored),
		TEST(test_response_bogus),
		TEST(test_wrong_events),
		TEST(test_moddone_first),
		TEST(test_dns64),
		TEST(test_dns64_not),
		TEST(test_dns64_recursed),
		TEST(test_dns64_overtaken),
		TEST(test_dns64_behind_alias),
		TEST(test_no_memory),
	};
	return cmocka_run_group_tests_name("query", tests, zones_set_up,
		zones_tear_down);
}
