/*
 * tools/helixctl/list.c - helixctl list: the records of a zone.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "scope.h"
#include "show.h"
#include <stdio.h>

/** What is being listed. */
struct listing {
	const struct scope* scope;
	struct show show;
};

static bool
see(void* arg, const struct kv_key* key)
{
	struct listing* listing = arg;
	struct record record;
	bool ok;
	record_read(&record, listing->scope->config, key->path, key->path_len,
		key->value, key->value_len);
	ok = record.state != RECORD_NO_MEMORY;
	if(!ok)
		ctl_error("out of memory");
	else if(scope_has(listing->scope, &record))
		show_in_list(&listing->show, key, &record);
	record_clear(&record);
	return ok && !output_failed();
}

static enum ctl_status
list(struct ctl* ctl, const char* name, bool more)
{
	struct kv* kv = kv_open(ctl);
	struct scope scope;
	struct listing listing = { &scope, { .ctl = ctl, .more = more } };
	bool ok = false;
	if(!kv)
		return CTL_FAILED;
	listing.show.seconds = !kv_is_atomic(kv);
	if(scope_init(&scope, ctl->config, name)) {
		ok = scope_list(&scope, kv, see, &listing);
		scope_clear(&scope);
	}
	/* what is not complete is not to look as if it were */
	if(ok)
		show_list_end(&listing.show);
	kv_close(kv);
	return ok ? CTL_OK : CTL_FAILED;
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	bool more;
	switch(show_options(ctl, argc, argv, &more)) {
	case CTL_OPTIONS_WRONG:
		return CTL_FAILED;
	case CTL_OPTIONS_HELP:
		return CTL_OK;
	}
	if(!ctl_check_arguments(ctl, argc, 0, 1))
		return CTL_FAILED;
	return list(ctl, argv[optind], more);
}

const struct ctl_command command_list = {
	"list", "[ZONE]", "lists the records of all zones, or of one",
	"Options:\n"
	"  -l, --long            with the key, revision and lease of each\n"
	"\n"
	"Writes what a zone file has, a record a line, in the order of etcd's "
	"keys.\nA key that is bad is a comment. ZONE may be any name: what is "
	"below it is\nlisted. Names in a zone below ZONE, if helix.yaml has "
	"one, are left out.\n",
	run
};
