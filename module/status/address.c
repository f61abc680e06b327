/*
 * status/address.c - where the module says how it is.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "status/address.h"
#include "base/text.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static bool
same_text(const char* a, const char* b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
status_settings_same(const struct status_settings* a,
	const struct status_settings* b)
{
	return same_text(a->socket, b->socket) &&
		same_text(a->listen, b->listen);
}

/** Copy a text, which may be NULL. @return false if memory ran out. */
static bool
copy_text(const char* text, char** copy)
{
	*copy = text ? strdup(text) : NULL;
	return !text || *copy;
}

bool
status_settings_copy(const struct status_settings* settings,
	struct status_settings* copy)
{
	bool socket = copy_text(settings->socket, &copy->socket);
	return copy_text(settings->listen, &copy->listen) && socket;
}

void
status_settings_clear(struct status_settings* settings)
{
	free(settings->socket);
	free(settings->listen);
}

/** Set the host, without brackets. @return false if it is no address. */
static bool
set_host(struct address* address, const char* host, bool brackets)
{
	struct sockaddr_in* v4 = (struct sockaddr_in*)&address->storage;
	struct sockaddr_in6* v6 = (struct sockaddr_in6*)&address->storage;
	if(brackets) {
		v6->sin6_family = AF_INET6;
		address->len = sizeof(*v6);
		return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1;
	}
	v4->sin_family = AF_INET;
	address->len = sizeof(*v4);
	return inet_pton(AF_INET, host, &v4->sin_addr) == 1;
}

static void
set_port(struct address* address, uint16_t port)
{
	struct sockaddr_in* v4 = (struct sockaddr_in*)&address->storage;
	struct sockaddr_in6* v6 = (struct sockaddr_in6*)&address->storage;
	if(address->storage.ss_family == AF_INET6)
		v6->sin6_port = htons(port);
	else	v4->sin_port = htons(port);
}

const char*
address_read_tcp(const char* text, struct address* address)
{
	char host[INET6_ADDRSTRLEN];
	const char* colon = strrchr(text, ':');
	bool brackets = *text == '[';
	size_t len, digits;
	uint64_t port;
	memset(address, 0, sizeof(*address));
	if(!colon || (brackets && colon[-1] != ']'))
		return "expected an address and a port, such as "
			"127.0.0.1:9167 or [::1]:9167";
	len = (size_t)(colon - text) - (brackets ? 2 : 0);
	if(len < sizeof(host)) {
		memcpy(host, text + brackets, len);
		host[len] = 0;
	}
	if(len >= sizeof(host) || !set_host(address, host, brackets))
		return "expected an IPv4 address, or an IPv6 address in "
			"brackets, before the port";
	digits = text_read_decimal(colon + 1, strlen(colon + 1), 65535, &port);
	if(digits == 0 || colon[1 + digits] || port == 0)
		return "expected a port from 1 to 65535";
	set_port(address, (uint16_t)port);
	return NULL;
}

const char*
address_read_unix(const char* path, struct address* address)
{
	struct sockaddr_un* un = (struct sockaddr_un*)&address->storage;
	memset(address, 0, sizeof(*address));
	if(*path != '/')
		return "expected a path from the root, such as "
			"/run/unbound/helix.sock";
	if(strlen(path) >= sizeof(un->sun_path))
		return "expected at most 107 octets, which is what the kernel "
			"has room for";
	if(path[strlen(path) - 1] == '/')
		return "expected the path of a file";
	un->sun_family = AF_UNIX;
	strcpy(un->sun_path, path);
	address->len = sizeof(*un);
	return NULL;
}
