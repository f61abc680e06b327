/*
 * etcd/password.h - the password, in a file of its own.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The file is read whenever the password is needed. So the operator can change
 * it at any time, and the password is in memory only while it is used. It never
 * appears in a message. No state; any thread.
 */
#ifndef HELIX_ETCD_PASSWORD_H
#define HELIX_ETCD_PASSWORD_H

#include "etcd/settings.h"
#include "base/reason.h"
#include <stdbool.h>

/** most octets of a password */
#define PASSWORD_MAX 1024

/**
 * Read the password of the settings' user, which is in a file unless the
 * settings themselves have it.
 * @param settings: with a username.
 * @param password, reason: as for password_read.
 */
bool password_get(const struct etcd_settings* settings, char* password,
	struct reason* reason);

/**
 * Read a password: the file's first line, without the newline.
 * @param path: the file.
 * @param password: PASSWORD_MAX + 1 octets; NUL-terminated; to be cleared by
 *	explicit_bzero.
 * @return false if the file can't be read, or holds no password; the reason
 *	is written.
 */
bool password_read(const char* path, char* password, struct reason* reason);

/** Check the mode of a password's file. @return true if others than its owner
 * and its group may read it; false if not, or if there is no such file. */
bool password_check_exposed(const char* path);

#endif /* HELIX_ETCD_PASSWORD_H */
