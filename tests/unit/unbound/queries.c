/*
 * tests/unit/unbound/queries.c - queries on their way through the module.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/queries.h"
#include "format/helix.h"
#include "unbound/attach.h"
#include "unbound/cache.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <urcu/urcu-bp.h>

/** number of changes before the store was read */
#define CHANGES 77
/** most RRsets of a message of others */
#define PARTS_MAX 5

/* --- doubles ------------------------------------------------------------- */

struct doubles doubles;

/** the zones example. and fall., which falls through; and plain., which has
 * neither zone cuts nor DNAMEs */
static struct zones* zones;
/** what they are answered from */
static struct store* store;
/** counts their answers */
static struct stats* stats;
/** what they were at the last call of counted */
static struct stats_sum sums[3];

/** the tag that cache_find was called with */
static uint32_t cut_tag;
/** what attach_sub was asked for last */
static struct name last_asked;
static uint16_t last_asked_type;

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
	for(i = 0; doubles.cached[i][0]; i++) {
		struct name owner;
		question_name(&owner, doubles.cached[i][0]);
		if(owner.len != len || memcmp(owner.wire, name, len) != 0)
			continue;
		question_name(target, doubles.cached[i][1]);
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
cache_keep(const struct module_qstate* asking, uint32_t tag)
{
	assert_non_null(asking->return_msg);
	assert_int_equal(tag, cut_tag);
	tell("[keep]");
}

struct dns_msg*
cache_find(struct module_qstate* asking, uint32_t tag)
{
	assert_non_null(asking);
	cut_tag = tag;
	tell("[find]");
	return doubles.found;
}

bool
cache_store_referral(struct module_qstate* asking,
	const struct answer* referral)
{
	assert_non_null(asking);
	assert_int_equal(referral->answers, 0);
	assert_int_equal(referral->rrset[0].type, TYPE_NS);
	tell("[referral ");
	tell_name(referral->rrset[0].owner);
	tell("]");
	if(doubles.put_while_storing)
		put(store, doubles.put_while_storing, "192.0.2.78");
	return doubles.referral_fits;
}

bool
handover_begin(struct handover* handover, const struct module_qstate* asking,
	unsigned long* changes)
{
	assert_non_null(handover);
	assert_non_null(asking);
	assert_false(urcu_bp_read_ongoing());
	doubles.begun++;
	if(doubles.put_meanwhile)
		put(store, doubles.put_meanwhile, "192.0.2.77");
	*changes = CHANGES;
	return doubles.can_hand_over;
}

bool
handover_note_asked(struct handover* handover, uint64_t hash)
{
	assert_non_null(handover);
	assert_true(doubles.can_hand_over);
	doubles.asked_hash = hash;
	return doubles.is_worth;
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
	return doubles.has_changed;
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
fence_keep(struct fence* fence, struct module_env* in,
	const struct zones* within)
{
	assert_non_null(fence);
	assert_non_null(in);
	assert_non_null(within);
	tell("[fence]");
}

bool
fence_is_placeholder(const struct fence* fence, const struct reply_info* info)
{
	assert_non_null(fence);
	assert_non_null(info);
	return doubles.is_fences;
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
attach(struct module_qstate* asking, struct query_info* ask_for,
	uint16_t flags, struct module_qstate** made)
{
	char type[TYPE_TEXT_MAX];
	struct name_walk walk;
	assert_ptr_equal(asking, &qstate);
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
	return doubles.can_attach;
}

static enum reply_failure
failure_now(void)
{
	return doubles.failure;
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

int
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
	stats = stats_create(3);
	assert_true(zones && stats);
	zone_note_cut(find_zone(store, zones, "example.", TYPE_SOA));
	zone_note_cut(find_zone(store, zones, "fall.", TYPE_SOA));
	for(i = 0; i < COUNT(data); i++)
		put(store, data[i][0], data[i][1]);
	return 0;
}

int
zones_tear_down(void** state)
{
	(void)state;
	stats_delete(stats);
	zones_delete(zones);
	store_delete(store);
	return 0;
}

void
change(const char* path, const char* value)
{
	struct contribution key;
	if(value) {
		put(store, path, value);
		return;
	}
	assert_null(helix_key_read(&key, path, strlen(path)));
	assert_true(store_remove(store, &key));
	assert_true(store_commit(store));
}

/* --- the modules --------------------------------------------------------- */

/** What dns64 does with a query that it gets. */
static void
on_operate(struct module_qstate* asked, enum module_ev event, int id,
	struct outbound_entry* outbound)
{
	assert_ptr_equal(asked, &qstate);
	assert_int_equal(event, module_event_new);
	assert_int_equal(id, ID + 1);
	assert_null(outbound);
	/* by this it knows that it may store nothing */
	assert_int_equal(qstate.no_cache_store, 1);
	qstate.ext_state[id] = doubles.dns64_begins;
	tell("[dns64]");
}

static void
on_clear(struct module_qstate* asked, int id)
{
	assert_ptr_equal(asked, &qstate);
	assert_true(id > ID);
}

static struct module_func_block dns64 = { .name = "dns64",
	.operate = on_operate, .clear = on_clear };
static struct module_func_block others = { .name = "validator",
	.clear = on_clear };
static struct module_func_block* modules[MODULES] = { &others, &others,
	&others, &others, &others };
struct mesh_area the_mesh = { .mods = { MODULES, modules } };

int
set_up(void** state)
{
	static const char* const nothing_cached[][2] = { { NULL, NULL } };
	(void)state;
	memset(&env, 0, sizeof(env));
	env.mesh = &the_mesh;
	the_mesh.mods.num = MODULES;
	attach_set(&env);
	doubles = (struct doubles){ .cached = nothing_cached,
		.referral_fits = true, .can_attach = true,
		.failure = REPLY_NO_FAILURE,
		.dns64_begins = module_wait_module };
	*told = 0;
	return 0;
}

int
tear_down(void** state)
{
	region_clear();
	return stop_reading(state);
}

/* --- what is told of a query --------------------------------------------- */

/** Tell of an RRset of a message. */
static void
tell_rrset(const struct ub_packed_rrset_key* key, enum answer_section section)
{
	const struct packed_rrset_data* packed = key->entry.data;
	struct answer_rrset rrset = { section, key->rk.dname,
		key->rk.dname_len, ntohs(key->rk.type),
		(uint32_t)packed->ttl, { packed->rr_data[0], 0,
		(uint32_t)packed->count } };
	char shown[SHOWN_MAX];
	size_t i;
	assert_int_equal(ntohs(key->rk.rrset_class), LDNS_RR_CLASS_IN);
	for(i = 0; i < packed->count; i++)
		rrset.rdata.len += (uint32_t)packed->rr_len[i];
	(void)show_rrset(&rrset, shown);
	tell(" | %s", shown);
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

/** What queries are answered from. */
static const struct query_source*
source_now(void)
{
	static struct handover handover;
	static struct fence fence;
	static struct query_source source;
	source = (struct query_source){ zones, failure_now, &handover,
		&fence, stats };
	return &source;
}

/** what counted gives; room for more than a test can have */
static char counted_text[4 * NAME_TEXT_MAX];

/** Append what was counted of a zone since then. */
static void
counted_add(size_t zone)
{
	const size_t room = sizeof(counted_text);
	char apex[NAME_TEXT_MAX];
	struct stats_sum now;
	size_t i;
	stats_read(stats, zone, &now);
	(void)name_to_text(zone_apex(zones_get(zones, zone))->wire, apex);
	for(i = 0; i < STATS_KINDS; i++) {
		uint64_t more = now.answers[i] - sums[zone].answers[i];
		size_t len = strlen(counted_text);
		char number[24] = "";
		if(more == 0)
			continue;
		if(more > 1)
			snprintf(number, sizeof(number), "%lu ",
				(unsigned long)more);
		check(snprintf(counted_text + len, room - len, "%s%s%s %s",
			len ? ", " : "", number, apex,
			stats_kind_name((enum stats_kind)i)) < (int)(room -
			len), "no room for %s", apex);
	}
	sums[zone] = now;
}

const char*
counted(void)
{
	size_t i;
	*counted_text = 0;
	for(i = 0; i < COUNT(sums); i++)
		counted_add(i);
	return counted_text;
}

/** Tell of what Unbound is to do with the query. */
static void
tell_state(void)
{
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
}

const char*
operate(enum module_ev event)
{
	*told = 0;
	modules[ID + 1] = doubles.has_dns64 ? &dns64 : &others;
	query_operate(source_now(), &qstate, event, ID);
	assert_false(urcu_bp_read_ongoing());
	assert_int_equal(qstate.ext_state[0], module_state_initial);
	if(qstate.curmod == ID + 2) {
		assert_int_equal(qstate.ext_state[ID + 2], module_finished);
		tell("SKIP ");
	}
	assert_null(qstate.minfo[0]);
	tell_state();
	if(qstate.ext_state[ID] == module_error ||
		qstate.return_rcode == LDNS_RCODE_SERVFAIL)
		assert_null(qstate.return_msg);
	return told;
}

void
check_told(size_t row, const char* expected)
{
	check(strcmp(told, expected) == 0, "row %zu: \"%s\", not \"%s\"",
		row, told, expected);
}

/* --- messages ------------------------------------------------------------ */

/** Cut a text before its next part. @return that; NULL: there is none. */
static char*
part_cut(char* text)
{
	char* bar = strstr(text, " | ");
	if(!bar)
		return NULL;
	*bar = 0;
	return bar + 3;
}

/** Read a part of a message.
 * @param owner: room for NAME_WIRE_MAX octets.
 * @param set: takes the rdata, to be cleared. */
static void
part_read(const char* text, struct answer_rrset* rrset, uint8_t* owner,
	struct record_set* set)
{
	char section[3], name[NAME_TEXT_MAX], type[TYPE_TEXT_MAX];
	struct reason reason;
	int at = 0;
	check(sscanf(text, "%2s %63s %9s %n", section, name, type, &at) == 3,
		"%s", text);
	assert_non_null(strstr("an au ad", section));
	rrset->section = strcmp(section, "an") == 0 ? ANSWER_ANSWER :
		strcmp(section, "au") == 0 ? ANSWER_AUTHORITY :
		ANSWER_ADDITIONAL;
	if(strcmp(name, "@") == 0)
		(void)name_to_text(qname, name);
	assert_null(name_wire_from_text(owner, &rrset->owner_len, name,
		strlen(name)));
	rrset->type = type_from_text(type, strlen(type));
	check(helix_value_read(set, rrset->type, text + at, strlen(text + at),
		&reason), "%s: %s", text, reason.text);
	rrset->owner = owner;
	rrset->ttl = 100;
	rrset->rdata = record_set_rdata(set);
}

struct dns_msg*
message_make(const char* text)
{
	unsigned refuse = refuse_at;
	struct dns_msg* message;
	struct answer* answer = calloc(1, sizeof(*answer));
	char* copy = strdup(text);
	char* next;
	uint8_t owners[PARTS_MAX][NAME_WIRE_MAX];
	struct record_set sets[PARTS_MAX];
	size_t i = 0;
	assert_true(answer && copy);
	refuse_at = 0;
	message = regional_alloc_zero(THE_REGION, sizeof(*message));
	for(next = part_cut(copy); next; i++) {
		char* part = next;
		assert_true(i < PARTS_MAX);
		next = part_cut(part);
		part_read(part, &answer->rrset[i], owners[i], &sets[i]);
	}
	answer->count = i;
	answer->rcode = strcmp(copy, "NXDOMAIN") == 0 ? LDNS_RCODE_NXDOMAIN :
		LDNS_RCODE_NOERROR;
	check(answer->rcode || strcmp(copy, "NOERROR") == 0, "%s", copy);
	message->qinfo = qstate.qinfo;
	message->rep = reply_create(&qstate, i);
	assert_true(reply_add_answer(&qstate, message->rep, answer, i, qname,
		0));
	while(i > 0)
		record_set_clear(&sets[--i]);
	free(copy);
	free(answer);
	refuse_at = refuse ? allocation_count + refuse : 0;
	return message;
}

/* --- a query ------------------------------------------------------------- */

const char*
begin(const char* name, uint16_t type, uint16_t flags)
{
	query_init(name, type, flags);
	return operate(module_event_new);
}

void
check_begins(const struct begin_case* row, size_t count)
{
	size_t i;
	for(i = 0; i < count; i++) {
		begin(row[i].name, row[i].type, row[i].flags);
		check_told(i, row[i].told);
		region_clear();
	}
}

const char*
finish(const char* message)
{
	if(message)
		qstate.return_msg = message_make(message);
	qstate.curmod = ID;
	return operate(module_event_moddone);
}

const char*
pass(const char* name, uint16_t type, uint16_t flags, const char* message)
{
	check(strstr(begin(name, type, flags), "PASS"), "%s", told);
	return finish(message);
}

void
done_init(struct module_qstate* done)
{
	memset(done, 0, sizeof(*done));
	done->qinfo.qname = last_asked.wire;
	done->qinfo.qname_len = last_asked.len;
	done->qinfo.qtype = last_asked_type;
	done->qinfo.qclass = LDNS_RR_CLASS_IN;
}

const char*
join(int return_rcode, struct dns_msg* message)
{
	struct module_qstate done;
	done_init(&done);
	done.return_rcode = return_rcode;
	done.return_msg = message;
	query_inform(&done, &qstate, ID);
	/* it goes away after that */
	memset(&done, 0xff, sizeof(done));
	return operate(module_event_pass);
}

const char*
join_with(const char* message)
{
	return join(LDNS_RCODE_NOERROR, message_make(message));
}

const char*
respond(struct dns_msg* response)
{
	*told = 0;
	query_response(source_now(), &qstate, response, ID);
	assert_false(urcu_bp_read_ongoing());
	return told;
}
