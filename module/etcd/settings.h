/*
 * etcd/settings.h - how to reach etcd, and what to follow there.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Read by config/config.h; the same for a replica's whole life. Any thread.
 */
#ifndef HELIX_ETCD_SETTINGS_H
#define HELIX_ETCD_SETTINGS_H

#include <stddef.h>

/** etcd's APIs. They do not see each other's keys. */
enum etcd_api {
	/** v3, by its JSON gateway: etcd 3.4 and later */
	ETCD_V3,
	/** v2: up to etcd 3.5, where --enable-v2=true is given */
	ETCD_V2
};

/** TLS for https endpoints. The files are read again for each connection, so
 * they can be replaced at any time. */
struct etcd_tls {
	/** file of the certificates that are trusted, PEM; owned; NULL: the
	 * system's */
	char* ca;
	/** file of the client's certificate, PEM; owned; NULL: none */
	char* cert;
	/** file of its key, PEM; owned; NULL if cert is */
	char* key;
	/** the name that the servers' certificates are to have; owned; NULL:
	 * the endpoint's host */
	char* server_name;
};

/** How to reach etcd, and what to follow there. */
struct etcd_settings {
	/** which API */
	enum etcd_api api;
	/** URLs without a path, such as "http://127.0.0.1:2379"; owned */
	char** endpoints;
	/** number of them, at least 1 */
	size_t endpoint_count;
	/** the keys to follow begin with this and a '/'; no final '/'; owned */
	char* prefix;
	/** v2 only: directories whose own name begins with '_', as paths
	 * below the prefix, such as "com/example/_tcp"; etcd leaves them out
	 * of lists and watches, so that each is listed and watched by itself;
	 * owned */
	char** hidden;
	/** number of them */
	size_t hidden_count;
	/** the user; owned; NULL: no authentication */
	char* username;
	/** file with the password, and perhaps a newline, read whenever it is
	 * needed; owned; NULL if username is */
	char* password_file;
	/** the password itself, where a program has asked for it; owned; NULL:
	 * it is in password_file */
	char* password;
	/** for https endpoints */
	struct etcd_tls tls;
	/** how long a connection may take to open, in milliseconds */
	unsigned connect_timeout;
	/** how long a request may take to be answered, in milliseconds */
	unsigned request_timeout;
	/** how long to answer from the copy without etcd, in milliseconds;
	 * 0: for ever */
	unsigned max_stale;
	/** how often etcd is asked whether it is still there, in milliseconds;
	 * also how long any answer may take to begin */
	unsigned heartbeat;
};

#endif /* HELIX_ETCD_SETTINGS_H */
