/*
 * status/address.h - where the module says how it is.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The settings of `status:`, and addresses as text. No state; any thread.
 */
#ifndef HELIX_STATUS_ADDRESS_H
#define HELIX_STATUS_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/** Where the module can be asked. */
struct status_settings {
	/** path of a unix socket; owned; NULL: none; `socket:` */
	char* socket;
	/** address and port of a TCP socket, as address_read_tcp reads it;
	 * owned; NULL: none; `listen:` */
	char* listen;
};

/** Whether two settings are the same. */
bool status_settings_same(const struct status_settings* a,
	const struct status_settings* b);

/** Copy settings. @return false if memory ran out; copy is to be cleared
 * nevertheless. */
bool status_settings_copy(const struct status_settings* settings,
	struct status_settings* copy);

/** Free what settings own. */
void status_settings_clear(struct status_settings* settings);

/** The address of a socket. */
struct address {
	/** the address; its sa_family tells of which kind */
	struct sockaddr_storage storage;
	/** octets of it */
	socklen_t len;
};

/**
 * Read an address and a port: 127.0.0.1:9167, or [::1]:9167.
 * @param address: the result.
 * @return what is wrong with the text; NULL if nothing is.
 */
const char* address_read_tcp(const char* text, struct address* address);

/**
 * Make the address of a unix socket.
 * @param path: from the root.
 * @param address: the result.
 * @return what is wrong with the path; NULL if nothing is.
 */
const char* address_read_unix(const char* path, struct address* address);

#endif /* HELIX_STATUS_ADDRESS_H */
