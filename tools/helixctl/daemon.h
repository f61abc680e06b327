/*
 * tools/helixctl/daemon.h - asks the running Unbound.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The module answers HTTP where `status:` in helix.yaml says (status/http.h).
 * A command names a page and gets its JSON. Where that fails, the user was told
 * why, so that the command returns CTL_FAILED.
 *
 * For one thread.
 */
#ifndef HELIXCTL_DAEMON_H
#define HELIXCTL_DAEMON_H

#include "ctl.h"
#include "base/buffer.h"
#include <cjson/cJSON.h>

/**
 * Read the command line of a command that asks the module: it has no arguments,
 * and one option, --socket.
 * @param socket: set to its path; NULL: it was not given.
 * @param ended: where false is returned, set to what the command returns.
 * @return whether the command is to go on.
 */
bool daemon_options(struct ctl* ctl, int argc, char** argv,
	const char** socket, enum ctl_status* ended);

/** A page. */
struct daemon_page {
	/** its octets, with a NUL behind them that does not count */
	struct buffer body;
	/** what they mean: an object */
	cJSON* json;
};

/**
 * Get a page.
 * @param socket: path of the module's socket; NULL: what helix.yaml says.
 * @param path: such as "/status"; the answer has to be a JSON object.
 * @param page: the result, to be cleared by daemon_page_clear, whatever is
 *	returned.
 * @return false if that failed; the user was told.
 */
bool daemon_get(struct ctl* ctl, const char* socket, const char* path,
	struct daemon_page* page);

/** Free what a page holds. */
void daemon_page_clear(struct daemon_page* page);

/* What a page says, where it may say anything. All of these take NULL for an
 * object that is not there. */

/** A member that is an object; NULL if there is none. */
const cJSON* daemon_object(const cJSON* object, const char* name);

/** A member that is an array; NULL if there is none. */
const cJSON* daemon_array(const cJSON* object, const char* name);

/** A text; "" if there is none. It may hold anything. */
const char* daemon_text(const cJSON* object, const char* name);

/** A number; -1 if there is none. */
double daemon_number(const cJSON* object, const char* name);

/** A truth value; false if there is none. */
bool daemon_bool(const cJSON* object, const char* name);

#endif /* HELIXCTL_DAEMON_H */
