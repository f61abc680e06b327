/*
 * status/listener.h - sockets that listen.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Opens a unix or a TCP socket, and closes it. All sockets are non-blocking and
 * are closed by execve(2). For one thread at a time.
 */
#ifndef HELIX_STATUS_LISTENER_H
#define HELIX_STATUS_LISTENER_H

#include "base/reason.h"
#include <sys/types.h>

/** A socket that listens. */
struct listener {
	/** the socket */
	int fd;
	/** the file of a unix socket; owned; NULL: it is a TCP socket */
	char* path;
	/** which file that is, as another process may replace it */
	dev_t device;
	/** as device */
	ino_t inode;
};

/**
 * Listen on a unix socket. The file gets the permissions 0660. If there is one
 * that a process which no longer runs has left behind, it is replaced; a file
 * that is no socket, or that another process listens on, is left as it is.
 * @param path: the file, as address_read_unix accepts it.
 * @param listener: the result.
 * @param reason: what is wrong if false is returned.
 */
bool listener_open_unix(struct listener* listener, const char* path,
	struct reason* reason);

/**
 * Listen on a TCP socket.
 * @param text: address and port, as address_read_tcp accepts them.
 * @param listener, reason: as for listener_open_unix.
 */
bool listener_open_tcp(struct listener* listener, const char* text,
	struct reason* reason);

/** Whether clients still find the socket: the file of a unix socket can be
 * removed, or replaced by another process, with its folder or without. */
bool listener_is_there(const struct listener* listener);

/** Close the socket, and remove its file, if it is still that socket's. */
void listener_close(struct listener* listener);

#endif /* HELIX_STATUS_LISTENER_H */
