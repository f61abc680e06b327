/*
 * status/listener.c - sockets that listen.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "status/listener.h"
#include "status/address.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** connections that the kernel holds until they are accepted */
#define BACKLOG 128

/** Make a socket for an address. @return -1 with errno. */
static int
make_socket(const struct address* address)
{
	return socket(address->storage.ss_family,
		SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static const struct sockaddr*
generic(const struct address* address)
{
	return (const struct sockaddr*)&address->storage;
}

/** Close a socket that is not to be used. @return false, with errno as it
 * was. */
static bool
give_up(int fd)
{
	int error = errno;
	close(fd);
	errno = error;
	return false;
}

/* --- unix ---------------------------------------------------------------- */

/**
 * Find out whether a socket's file is one that nobody listens on any more.
 * @param reason: why it may not be removed, if false is returned.
 */
static bool
is_left_behind(const struct address* address, const char* path,
	struct reason* reason)
{
	int fd = make_socket(address);
	int error = 0;
	if(fd == -1)
		return reason_say(reason, "%s", strerror(errno));
	if(connect(fd, generic(address), address->len) == -1)
		error = errno;
	close(fd);
	/* the kernel's queue of a process that is busy may be full */
	if(error == 0 || error == EAGAIN)
		return reason_say(reason, "another process listens on %s; "
			"give each Unbound a path of its own", path);
	if(error != ECONNREFUSED && error != ENOENT)
		return reason_say(reason, "%s is there, and cannot be "
			"connected to: %s", path, strerror(error));
	return true;
}

/** Remove what stands at a path, if it may be. */
static bool
make_way(const struct address* address, const char* path,
	struct reason* reason)
{
	struct stat status;
	if(lstat(path, &status) == -1) {
		if(errno == ENOENT)
			return true;
		return reason_say(reason, "%s", strerror(errno));
	}
	if(!S_ISSOCK(status.st_mode))
		return reason_say(reason, "%s is no socket; remove it, or "
			"configure another path", path);
	if(!is_left_behind(address, path, reason))
		return false;
	if(unlink(path) == -1 && errno != ENOENT)
		return reason_say(reason, "cannot replace the socket that was "
			"left behind: %s", strerror(errno));
	return true;
}

/** Bind and listen. @return false with errno. */
static bool
bind_unix(struct listener* listener, const struct address* address)
{
	struct stat status;
	/* The file is made with what the socket has of these, so that at no
	 * moment somebody else may connect; and umask(2) takes from them what
	 * belongs to the group. Until it listens, it is as one that was left
	 * behind. */
	if(fchmod(listener->fd, 0660) == -1 ||
		bind(listener->fd, generic(address), address->len) == -1)
		return false;
	if(listen(listener->fd, BACKLOG) == -1 ||
		chmod(listener->path, 0660) == -1 ||
		lstat(listener->path, &status) == -1) {
		int error = errno;
		unlink(listener->path);
		errno = error;
		return false;
	}
	listener->device = status.st_dev;
	listener->inode = status.st_ino;
	return true;
}

bool
listener_open_unix(struct listener* listener, const char* path,
	struct reason* reason)
{
	struct address address;
	const char* problem = address_read_unix(path, &address);
	memset(listener, 0, sizeof(*listener));
	if(problem)
		return reason_say(reason, "%s", problem);
	if(!make_way(&address, path, reason))
		return false;
	listener->path = strdup(path);
	if(!listener->path)
		return reason_say(reason, "out of memory");
	listener->fd = make_socket(&address);
	if(listener->fd == -1 || (!bind_unix(listener, &address) &&
		!give_up(listener->fd))) {
		/* of another Unbound that starts right now, too */
		reason_say(reason, "%s", errno == EADDRINUSE ?
			"another process has just made that file" :
			strerror(errno));
		free(listener->path);
		return false;
	}
	return true;
}

/* --- TCP ----------------------------------------------------------------- */

/** Bind and listen. @return false with errno. */
static bool
bind_tcp(int fd, const struct address* address)
{
	/* connections of an Unbound that has ended do not hold the port */
	static const int on = 1;
	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
		sizeof(on)) == 0 &&
		bind(fd, generic(address), address->len) == 0 &&
		listen(fd, BACKLOG) == 0;
}

bool
listener_open_tcp(struct listener* listener, const char* text,
	struct reason* reason)
{
	struct address address;
	const char* problem = address_read_tcp(text, &address);
	memset(listener, 0, sizeof(*listener));
	if(problem)
		return reason_say(reason, "%s", problem);
	listener->fd = make_socket(&address);
	if(listener->fd == -1 || (!bind_tcp(listener->fd, &address) &&
		!give_up(listener->fd)))
		return reason_say(reason, "%s", strerror(errno));
	return true;
}

/* --- both ---------------------------------------------------------------- */

bool
listener_is_there(const struct listener* listener)
{
	struct stat status;
	return !listener->path || (lstat(listener->path, &status) == 0 &&
		status.st_dev == listener->device &&
		status.st_ino == listener->inode);
}

void
listener_close(struct listener* listener)
{
	close(listener->fd);
	if(listener->path && listener_is_there(listener))
		unlink(listener->path);
	free(listener->path);
	listener->path = NULL;
}
