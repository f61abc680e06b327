/*
 * tools/helixctl/check_shadow.c - who answers before the module is asked.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Unbound asks its local zones, those of unbound.conf and those that it has by
 * default, and then its auth-zones with for-downstream, before any module. This
 * finds in unbound.conf what module/unbound/shadow.c finds in a running Unbound,
 * and leaves out the same: what is for some clients only (views, tags).
 */
#include "check.h"
#include "unbound_options.h"
#include "base/buffer.h"
#include "unbound/local_type.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** most zones that get a line each */
#define LINES_MAX 20

/** A zone of Unbound's at, above or below one of ours. */
struct other {
	struct name name;
	/** what answers, as a word of Unbound's; NULL: it does not answer */
	const char* type;
	/** NULL: Unbound has it by default */
	char* file;
	size_t line;
};

/** A set of them. */
struct others {
	struct other* list;
	size_t count, room;
};

/** An auth-zone that is being read. */
struct auth {
	size_t section;
	struct name name;
	bool named, downstream;
	char* file;
	size_t line;
};

/** What is read. */
struct shadow {
	const struct helix_config* config;
	/** local zones, and names in tags and nodefault, each in Unbound's
	 * order */
	struct others local, tagged, nodefault, auths;
	struct auth auth;
	bool unblock_lan;
	/** true if memory ran out */
	bool failed;
};

/** A zone of ours, and what answers for it. */
struct cover {
	const struct other* other;
	/** how many lie below our zone, if none is at or above it */
	size_t below;
};

/* --- names --------------------------------------------------------------- */

/** Whether a name is, or lies below, another one. */
static bool
is_in(const struct name* name, const struct name* apex)
{
	size_t at = 0;
	while(name->len - at > apex->len)
		at += 1 + (size_t)name->wire[at];
	return name->len - at == apex->len && memcmp(name->wire + at,
		apex->wire, apex->len) == 0;
}

static bool
is_same(const struct name* a, const struct name* b)
{
	return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

/** Whether a name is at, above or below a zone of ours. */
static bool
is_near(const struct helix_config* config, const struct name* name)
{
	size_t i;
	for(i = 0; i < config->zone_count; i++) {
		const struct name* apex = &config->zones[i].apex;
		if(is_in(apex, name) || is_in(name, apex))
			return true;
	}
	return false;
}

/* --- sets ---------------------------------------------------------------- */

/** Add a zone to a set, if it is near one of ours.
 * @param file: copied; NULL: none. */
static void
others_add(struct shadow* shadow, struct others* others,
	const struct name* name, const char* type, const char* file,
	size_t line)
{
	struct other* other;
	if(!is_near(shadow->config, name))
		return;
	if(others->count == others->room) {
		size_t room = others->room ? 2 * others->room : 16;
		struct other* grown = reallocarray(others->list, room,
			sizeof(*grown));
		if(!grown) {
			shadow->failed = true;
			return;
		}
		others->list = grown;
		others->room = room;
	}
	other = &others->list[others->count];
	other->name = *name;
	other->type = type;
	other->line = line;
	other->file = file ? strdup(file) : NULL;
	if(file && !other->file)
		shadow->failed = true;
	else	others->count++;
}

static void
others_clear(struct others* others)
{
	while(others->count > 0)
		free(others->list[--others->count].file);
	free(others->list);
}

static bool
others_have(const struct others* others, const struct name* name)
{
	size_t i;
	for(i = 0; i < others->count; i++) {
		if(is_same(&others->list[i].name, name))
			return true;
	}
	return false;
}

/* --- unbound.conf -------------------------------------------------------- */

/** The auth-zone that was being read is complete. */
static void
auth_end(struct shadow* shadow)
{
	struct auth* auth = &shadow->auth;
	if(auth->named)
		others_add(shadow, &shadow->auths, &auth->name,
			auth->downstream ? "auth-zone" : NULL, auth->file,
			auth->line);
	free(auth->file);
	memset(auth, 0, sizeof(*auth));
}

/** Read an option of an auth-zone. */
static void
auth_option(struct shadow* shadow, const struct unbound_option* option)
{
	struct auth* auth = &shadow->auth;
	if(auth->section != option->section_number) {
		auth_end(shadow);
		auth->section = option->section_number;
		auth->downstream = true;
	}
	if(strcmp(option->name, "name") == 0 && !auth->file) {
		auth->named = !name_from_text(&auth->name, option->value[0],
			strlen(option->value[0]));
		auth->file = strdup(option->file);
		auth->line = option->line;
		if(!auth->file)
			shadow->failed = true;
	} else if(strcmp(option->name, "for-downstream") == 0) {
		auth->downstream = strcmp(option->value[0], "no") != 0;
	}
}

/** Read an option of the server. */
static void
server_option(struct shadow* shadow, const struct unbound_option* option)
{
	const char *text = option->value[0], *type = option->value[1];
	struct others* others;
	struct name name;
	if(strcmp(option->name, "unblock-lan-zones") == 0)
		shadow->unblock_lan = strcmp(text, "yes") == 0;
	if(strcmp(option->name, "local-zone") == 0)
		others = strcmp(type, "nodefault") == 0 ? &shadow->nodefault :
			&shadow->local;
	else if(strcmp(option->name, "local-zone-tag") == 0)
		others = &shadow->tagged;
	else	return;
	if(!name_from_text(&name, text, strlen(text)))
		others_add(shadow, others, &name, local_type_answers(type),
			option->file, option->line);
}

static void
on_option(void* arg, const struct unbound_option* option)
{
	struct shadow* shadow = arg;
	if(shadow->auth.section && strcmp(option->section, "auth-zone") != 0)
		auth_end(shadow);
	if(strcmp(option->section, "auth-zone") == 0)
		auth_option(shadow, option);
	else if(strcmp(option->section, "server") == 0)
		server_option(shadow, option);
}

/* --- Unbound's defaults -------------------------------------------------- */

/** Add a local zone that Unbound has by default. */
static void
default_add(struct shadow* shadow, const char* text)
{
	struct name name;
	(void)name_from_text(&name, text, strlen(text));
	if(!others_have(&shadow->local, &name) &&
		!others_have(&shadow->nodefault, &name))
		others_add(shadow, &shadow->local, &name, "static", NULL, 0);
}

/** Add those of a part of a network. */
static void
defaults_add_range(struct shadow* shadow, unsigned first, unsigned last,
	const char* end)
{
	char text[32];
	for(; first <= last; first++) {
		snprintf(text, sizeof(text), "%u.%s", first, end);
		default_add(shadow, text);
	}
}

#define ZEROS "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."

/** Add those that only Unbound 1.23 and later has, if this is one. */
static void
defaults_add_younger(struct shadow* shadow)
{
	unsigned major, minor;
	if(sscanf(HELIX_UNBOUND_VERSION, "unbound %u.%u", &major, &minor) != 2 ||
		major < 1 || (major == 1 && minor < 23))
		return;
	/* RFC 9462 */
	default_add(shadow, "resolver.arpa");
	/* RFC 9665 */
	default_add(shadow, "service.arpa");
}

/** Add all of them. */
static void
defaults_add(struct shadow* shadow)
{
	static const char* const always[] = { "localhost",
		"127.in-addr.arpa", "1." ZEROS "ip6.arpa", "home.arpa",
		"onion", "test", "invalid" };
	static const char* const lan[] = { "10.in-addr.arpa",
		"168.192.in-addr.arpa", "0.in-addr.arpa",
		"254.169.in-addr.arpa", "2.0.192.in-addr.arpa",
		"100.51.198.in-addr.arpa", "113.0.203.in-addr.arpa",
		"255.255.255.255.in-addr.arpa", "0." ZEROS "ip6.arpa",
		"d.f.ip6.arpa", "8.e.f.ip6.arpa", "9.e.f.ip6.arpa",
		"a.e.f.ip6.arpa", "b.e.f.ip6.arpa",
		"8.b.d.0.1.0.0.2.ip6.arpa" };
	size_t i;
	for(i = 0; i < sizeof(always) / sizeof(*always); i++)
		default_add(shadow, always[i]);
	defaults_add_younger(shadow);
	if(shadow->unblock_lan)
		return;
	for(i = 0; i < sizeof(lan) / sizeof(*lan); i++)
		default_add(shadow, lan[i]);
	defaults_add_range(shadow, 16, 31, "172.in-addr.arpa");
	defaults_add_range(shadow, 64, 127, "100.in-addr.arpa");
}

/* --- what covers ours ---------------------------------------------------- */

/** Find what answers for a zone of ours: the closest one at or above it, or
 * else those below it. */
static struct cover
cover_find(const struct others* others, const struct others* tagged,
	const struct name* apex)
{
	const struct other *above = NULL, *below = NULL;
	struct cover cover = { NULL, 0 };
	size_t i;
	for(i = 0; i < others->count; i++) {
		const struct other* other = &others->list[i];
		if(tagged && others_have(tagged, &other->name))
			continue;
		/* of those with the same name, Unbound takes the last */
		if(is_in(apex, &other->name)) {
			if(!above || other->name.len >= above->name.len)
				above = other;
		} else if(is_in(&other->name, apex) && other->type) {
			below = below ? below : other;
			cover.below++;
		}
	}
	cover.other = above && above->type ? above : below;
	if(cover.other == above)
		cover.below = 0;
	return cover;
}

/** Tell of a zone of ours that is not answered. */
static void
cover_tell(const char* path, const struct cover* cover,
	const struct name* apex, struct findings* findings)
{
	const struct other* other = cover->other;
	const struct place place = { other->file ? other->file : path,
		other->line, 0 };
	const bool auth = strcmp(other->type, "auth-zone") == 0;
	char zone[NAME_TEXT_MAX], name[NAME_TEXT_MAX], more[64] = "";
	name_to_text(apex->wire, zone);
	name_to_text(other->name.wire, name);
	if(cover->below > 1)
		snprintf(more, sizeof(more), " (zones like it in the zone: "
			"%zu)", cover->below);
	if(auth)
		findings_warn(findings, place, "zone %s is not answered from "
			"etcd%s%s: Unbound answers from the auth-zone %s "
			"before the module is asked; it needs: "
			"for-downstream: no%s", zone, cover->below ?
			" at and below " : "", cover->below ? name : "", name,
			more);
	else	findings_warn(findings, place, "zone %s is not answered from "
			"etcd%s%s: Unbound's local zone %s (%s%s) answers "
			"before the module is asked; unbound.conf needs, below "
			"server:, local-zone: \"%s\" transparent%s", zone,
			cover->below ? " at and below " : "",
			cover->below ? name : "", name, other->type,
			other->file ? "" : ", which it has by default",
			cover->below ? name : zone, more);
}

/** Tell of all zones of ours that others answer. */
static void
covers_tell(const char* path, const struct shadow* shadow,
	struct findings* findings)
{
	size_t i, count = 0;
	for(i = 0; i < shadow->config->zone_count; i++) {
		const struct name* apex = &shadow->config->zones[i].apex;
		struct cover cover = cover_find(&shadow->local,
			&shadow->tagged, apex);
		if(!cover.other)
			cover = cover_find(&shadow->auths, NULL, apex);
		if(cover.other && count++ < LINES_MAX)
			cover_tell(path, &cover, apex, findings);
	}
	if(count > LINES_MAX)
		findings_warn(findings, (struct place){ path, 0, 0 }, "%zu "
			"more zones are not answered from etcd, but by "
			"Unbound itself", count - LINES_MAX);
}

bool
shadow_check(const char* path, const struct helix_config* config,
	struct findings* findings)
{
	struct shadow shadow = { .config = config };
	/* that it can be read was checked before */
	(void)unbound_options_read(path, on_option, &shadow, NULL);
	auth_end(&shadow);
	defaults_add(&shadow);
	if(!shadow.failed)
		covers_tell(path, &shadow, findings);
	others_clear(&shadow.local);
	others_clear(&shadow.tagged);
	others_clear(&shadow.nodefault);
	others_clear(&shadow.auths);
	return !shadow.failed;
}
