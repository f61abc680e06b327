/*
 * tools/helixctl/password_prompt.c - asks for a password.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "password_prompt.h"
#include "etcd/password.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/** signals that end a process, or stop it, and that a terminal sends */
static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP };
#define SIGNALS (sizeof(signals) / sizeof(*signals))

/** the signal that arrived while the terminal was being read; 0: none */
static volatile sig_atomic_t arrived;

static void
on_signal(int number)
{
	arrived = number;
}

/** Have signals interrupt a read instead of ending the process. */
static void
signals_catch(struct sigaction before[SIGNALS])
{
	struct sigaction action = { .sa_handler = on_signal };
	size_t i;
	arrived = 0;
	sigemptyset(&action.sa_mask);
	for(i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &action, &before[i]);
}

/** Undo that, and let the signal do what it would have done. */
static void
signals_release(const struct sigaction before[SIGNALS])
{
	size_t i;
	for(i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
	if(arrived != 0)
		raise(arrived);
}

/** Read a line, without its newline.
 * @param line: room for PASSWORD_MAX + 1 octets; NUL-terminated.
 * @return false if it is empty or too long, or a signal arrived. */
static bool
line_read(int fd, char* line)
{
	size_t len = 0;
	for(;;) {
		char c;
		ssize_t n = read(fd, &c, 1);
		if(n < 0 && errno == EINTR && arrived == 0)
			continue;
		if(n <= 0 || c == '\n')
			break;
		if(len == PASSWORD_MAX)
			return false;
		line[len++] = c;
	}
	line[len] = 0;
	return len > 0 && arrived == 0;
}

/** Ask, with the terminal's echo off. @return false if nothing was typed. */
static bool
terminal_ask(int fd, const char* prompt, char* line)
{
	struct sigaction before[SIGNALS];
	struct termios shown, hidden;
	bool ok;
	if(tcgetattr(fd, &shown) != 0)
		return false;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	signals_catch(before);
	ok = tcsetattr(fd, TCSAFLUSH, &hidden) == 0 &&
		write(fd, prompt, strlen(prompt)) >= 0 && line_read(fd, line);
	(void)tcsetattr(fd, TCSAFLUSH, &shown);
	/* the newline that was typed was not shown */
	ok = write(fd, "\n", 1) == 1 && ok;
	signals_release(before);
	return ok;
}

char*
password_prompt(const char* prompt, struct reason* reason)
{
	char line[PASSWORD_MAX + 1];
	char* password = NULL;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if(fd < 0) {
		(void)reason_say(reason, "there is no terminal to ask for the "
			"password; use --password-file");
		return NULL;
	}
	if(terminal_ask(fd, prompt, line)) {
		password = strdup(line);
		(void)reason_say(reason, "out of memory");
	} else	(void)reason_say(reason, "no password was given");
	explicit_bzero(line, sizeof(line));
	(void)close(fd);
	return password;
}
