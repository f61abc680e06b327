/*
 * etcd/v2.c - etcd's v2 API.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v2_internal.h"
#include "etcd/v2.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- refusals ------------------------------------------------------------ */

bool
v2_is_absent(const struct call* call)
{
	char text[100];
	int code = v2_refusal_code(call, text, sizeof(text));
	return code == V2_KEY_NOT_FOUND || code == V2_NOT_A_DIRECTORY;
}

enum etcd_result
v2_call_refused(void* arg, const struct call* call)
{
	struct etcd_link* link = ((struct v2*)arg)->link;
	char text[100];
	int code = v2_refusal_code(call, text, sizeof(text));
	if(code == V2_HISTORY_CLEARED)
		return link_relist(link, ETCD_LIST_COMPACTED, "etcd has dropped "
			"the events that were asked for from its history of "
			"%d", V2_HISTORY_EVENTS);
	if(code == V2_UNAUTHORIZED || (call->status == 401 &&
		*call->refusal == '{'))
		return link_ended(link, ETCD_DENIED, "etcd refuses: %s",
			text);
	if(code == 0 && call->status == 404 && !link_is_page(call))
		return link_ended(link, ETCD_LOST, "HTTP status 404: "
			"this etcd serves no v2 API; it needs "
			"--enable-v2=true (etcd up to 3.5), or else "
			"`api: v3` here; and the port for peers (2380) never "
			"serves it: use the one for clients (2379)");
	if(code != 0)
		return link_ended(link, ETCD_LOST, "etcd says: %s (%d)",
			text, code);
	if(*call->refusal != '{')
		return link_refused(link, call);
	return link_ended(link, ETCD_LOST, "HTTP status %ld: %s",
		call->status, text);
}

bool
v2_head_is_known(const struct v2* v2, const struct call* call)
{
	return v2_head_cluster(call) == v2->link->cluster;
}

/* --- directories --------------------------------------------------------- */

bool
v2_key_is_within(const char* key, const char* dir, size_t dir_len)
{
	return strncmp(key, dir, dir_len) == 0 &&
		(key[dir_len] == 0 || key[dir_len] == '/');
}

bool
v2_dir_owns(const struct v2_dir* dir, const char* key)
{
	return v2_key_is_within(key, dir->root, dir->root_len) &&
		!strstr(key + dir->root_len, "/_");
}

void
v2_dir_advance(struct v2_dir* dir, int64_t index)
{
	struct etcd_link* link = dir->v2->link;
	dir->index = index;
	if(index > link->revision)
		link->revision = index;
}

/**
 * Make a directory.
 * @param hidden: path below the prefix; NULL: the prefix itself.
 * @return false if memory ran out; the directory is to be cleared all the
 *	same.
 */
static bool
dir_init(struct v2_dir* dir, struct v2* v2, const char* hidden)
{
	const char* prefix = v2->link->settings->prefix;
	char* path;
	dir->v2 = v2;
	exchange_init(&dir->poll.exchange, v2->link, dir);
	if(asprintf(&dir->root, "%s%s%s", prefix, hidden ? "/" : "",
		hidden ? hidden : "") < 0) {
		dir->root = NULL;
		return false;
	}
	dir->root_len = strlen(dir->root);
	/* with the '/', that a user who may read PREFIX/ and no more may ask */
	path = v2_key_path(dir->root);
	if(!path || asprintf(&dir->path, "%s/", path) < 0)
		dir->path = NULL;
	free(path);
	return dir->path != NULL;
}

static void
dir_clear(struct v2_dir* dir)
{
	free(dir->root);
	free(dir->path);
}

/* --- life ---------------------------------------------------------------- */

static enum etcd_result
list(void* state)
{
	return v2_list(state);
}

static enum etcd_result
resume(void* state)
{
	return v2_resume(state);
}

static enum etcd_result
watch(void* state)
{
	return v2_watch(state);
}

static enum etcd_result
ask(void* state)
{
	return v2_ask(state);
}

static void
v2_close(void* state)
{
	struct v2* v2 = state;
	size_t i;
	if(!v2)
		return;
	history_clear(&v2->link->history);
	for(i = 0; v2->dirs && i < v2->dir_count; i++)
		dir_clear(&v2->dirs[i]);
	free(v2->dirs);
	free(v2->probe_path);
	free(v2);
}

static void*
v2_open(struct etcd_link* link)
{
	const struct etcd_settings* settings = link->settings;
	struct v2* v2 = calloc(1, sizeof(*v2));
	bool ok;
	size_t i;
	if(!v2)
		return NULL;
	v2->link = link;
	exchange_init(&v2->exchange, link, v2);
	v2->dir_count = 1 + settings->hidden_count;
	v2->dirs = calloc(v2->dir_count, sizeof(*v2->dirs));
	ok = v2->dirs && dir_init(&v2->dirs[0], v2, NULL);
	for(i = 0; ok && i < settings->hidden_count; i++)
		ok = dir_init(&v2->dirs[1 + i], v2, settings->hidden[i]);
	/* of a key that does not exist, the answer is small */
	if(ok && asprintf(&v2->probe_path, "%s_unbound-helix?quorum=true",
		v2->dirs[0].path) < 0) {
		v2->probe_path = NULL;
		ok = false;
	}
	if(ok)
		return v2;
	v2_close(v2);
	return NULL;
}

const struct etcd_protocol etcd_v2 = {
	"v2", v2_open, v2_close, list, resume, watch, ask
};
