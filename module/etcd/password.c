/*
 * etcd/password.c - the password, in a file of its own.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/password.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Read up to the end of a file, or of the room. @return octets; -1 if that
 * failed. */
static ssize_t
read_all(int fd, char* data, size_t size)
{
	size_t len = 0;
	while(len < size) {
		ssize_t n = read(fd, data + len, size - len);
		if(n < 0 && errno == EINTR)
			continue;
		if(n < 0)
			return -1;
		if(n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

bool
password_read(const char* path, char* password, struct reason* reason)
{
	/* O_NONBLOCK: a FIFO without a writer must not block the thread */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len = fd >= 0 ? read_all(fd, password, PASSWORD_MAX + 1) : -1;
	const char* problem = NULL;
	if(len < 0)
		problem = strerror(errno);
	else if(len > PASSWORD_MAX)
		problem = "it is too long";
	if(fd >= 0)
		(void)close(fd);
	if(!problem) {
		password[len] = 0;
		password[strcspn(password, "\r\n")] = 0;
		if(!*password)
			problem = "its first line is empty";
	}
	if(!problem)
		return true;
	explicit_bzero(password, PASSWORD_MAX + 1);
	return reason_say(reason, "no password from %.200s: %s", path,
		problem);
}

bool
password_get(const struct etcd_settings* settings, char* password,
	struct reason* reason)
{
	size_t len;
	if(!settings->password)
		return password_read(settings->password_file, password,
			reason);
	len = strlen(settings->password);
	if(len == 0 || len > PASSWORD_MAX)
		return reason_say(reason, "no password: %s", len == 0 ?
			"it is empty" : "it is too long");
	memcpy(password, settings->password, len + 1);
	return true;
}

bool
password_check_exposed(const char* path)
{
	struct stat status;
	return stat(path, &status) == 0 && (status.st_mode & S_IROTH) != 0;
}
