/*
 * tools/helixctl/bad.c - helixctl bad: keys that the running Unbound does not
 * serve.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "daemon.h"
#include "output.h"
#include <stdio.h>
#include <string.h>

/** The lists of keys, in the order in which they are shown. */
static const struct {
	/** the word for its keys */
	const char* word;
	/** its page */
	const char* path;
	enum output_style style;
} lists[] = {
	{ "bad", "/keys/bad", OUTPUT_BAD },
	{ "ignored", "/keys/ignored", OUTPUT_WARN }
};
#define LISTS (sizeof(lists) / sizeof(*lists))

/** How many keys a list is of, also those that are not on it. */
static double
list_total(const struct daemon_page* page)
{
	double total = daemon_number(page->json, "total");
	double listed = cJSON_GetArraySize(daemon_array(page->json, "keys"));
	return total > listed ? total : listed;
}

/** Write a line for a key. */
static void
key_show(const struct ctl* ctl, const cJSON* key, unsigned which)
{
	const char* text = daemon_text(key, "key");
	const char* reason = daemon_text(key, "reason");
	output_key(text, strlen(text));
	printf(": %s%s%s: ", output_style(ctl, lists[which].style),
		lists[which].word, output_style(ctl, OUTPUT_PLAIN));
	output_key(reason, strlen(reason));
	putchar('\n');
}

/** Write the lists for people. */
static void
lists_show(const struct ctl* ctl, const struct daemon_page* page)
{
	unsigned i;
	for(i = 0; i < LISTS; i++) {
		const cJSON *key, *keys = daemon_array(page[i].json, "keys");
		const double total = list_total(&page[i]);
		const int listed = cJSON_GetArraySize(keys);
		cJSON_ArrayForEach(key, keys)
			key_show(ctl, key, i);
		if(total > listed)
			printf("... and %.0f more keys that are %s\n", total -
				listed, lists[i].word);
	}
}

/** Write the lists as JSON: {"bad": PAGE, "ignored": PAGE}. */
static void
lists_show_json(const struct daemon_page* page)
{
	unsigned i;
	bool first = true;
	putchar('{');
	for(i = 0; i < LISTS; i++) {
		const struct buffer* body = &page[i].body;
		size_t len = body->len;
		while(len > 0 && body->data[len - 1] == '\n')
			len--;
		output_json_name(lists[i].word, &first);
		fwrite(body->data, 1, len, stdout);
	}
	fputs("}\n", stdout);
}

/** Get the lists, and write them. */
static enum ctl_status
bad(struct ctl* ctl, const char* socket)
{
	struct daemon_page page[LISTS];
	enum ctl_status status = CTL_OK;
	unsigned i, got = 0;
	for(; got < LISTS && status != CTL_FAILED; got++) {
		if(!daemon_get(ctl, socket, lists[got].path, &page[got]))
			status = CTL_FAILED;
		else if(list_total(&page[got]) > 0)
			status = CTL_FOUND;
	}
	if(status != CTL_FAILED && ctl->json)
		lists_show_json(page);
	else if(status == CTL_FOUND)
		lists_show(ctl, page);
	else if(status == CTL_OK)
		puts("no key is bad, and none is ignored");
	for(i = 0; i < got; i++)
		daemon_page_clear(&page[i]);
	return status;
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	enum ctl_status ended;
	const char* socket;
	return daemon_options(ctl, argc, argv, &socket, &ended) ?
		bad(ctl, socket) : ended;
}

const struct ctl_command command_bad = {
	.name = "bad", .arguments = "",
	.summary = "lists keys that Unbound does not serve",
	.help = "Those that are bad, and those that are ignored because of a "
		"conflict, with\nthe reason. `helixctl lint` asks etcd "
		"instead, and finds more.\n\n"
		"Options:\n"
		"  --socket PATH         ask there, instead of where "
		"helix.yaml's status: says\n\n"
		"Exit status: 0 if there is none, 1 if there is one, 2 if "
		"Unbound does not\nanswer.\n",
	.run = run
};
