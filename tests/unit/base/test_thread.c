/*
 * tests/unit/base/test_thread.c - the module's own threads.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * pthread_create is wrapped (see tests/local.mk), to have it fail.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "etcd/client.h"
#include "base/log.h"
#include "base/thread.h"
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** milliseconds for what is to end by itself */
#define LONG 60000

/** what pthread_create returns; 0: what it does */
static int create_error;
/** what was logged last */
static char logged[256];

int __real_pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
	void* (*run)(void*), void* arg);
int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
	void* (*run)(void*), void* arg);

int
__wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
	void* (*run)(void*), void* arg)
{
	return create_error ? create_error : __real_pthread_create(thread,
		attributes, run, arg);
}

static void
on_log(enum helix_log_level level, const char* line)
{
	snprintf(logged, sizeof(logged), "%d %s", (int)level, line);
}

/** What a thread sees, and has to do. */
struct work {
	/** protects signalled */
	pthread_mutex_t lock;
	/** signalled when it becomes true */
	pthread_cond_t condition;
	/** whether it was */
	bool signalled;
	/** signals that are blocked in the thread */
	sigset_t blocked;
};

static void*
work_main(void* arg)
{
	struct work* work = arg;
	pthread_sigmask(SIG_SETMASK, NULL, &work->blocked);
	pthread_mutex_lock(&work->lock);
	work->signalled = true;
	pthread_cond_signal(&work->condition);
	pthread_mutex_unlock(&work->lock);
	return work;
}

/** Whether two sets have the same of the signals that matter. */
static bool
same_signals(const sigset_t* a, const sigset_t* b)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM,
		SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD, SIGPIPE };
	size_t i;
	for(i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if(sigismember(a, signals[i]) != sigismember(b, signals[i]))
			return false;
	return true;
}

/** A thread gets no signals; who starts it gets those of before. */
static void
test_signals(void** state)
{
	struct work work = { .lock = PTHREAD_MUTEX_INITIALIZER };
	sigset_t all, some, now, before;
	pthread_t thread;
	void* result;
	(void)state;
	thread_condition_init(&work.condition);
	sigfillset(&all);
	sigemptyset(&some);
	sigaddset(&some, SIGUSR2);
	pthread_sigmask(SIG_SETMASK, &some, &before);
	assert_true(thread_start(&thread, work_main, &work));
	pthread_sigmask(SIG_SETMASK, NULL, &now);
	assert_true(same_signals(&now, &some));
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, &work);
	assert_true(same_signals(&work.blocked, &all));
	/* nor is anything blocked for good where no thread can be started */
	create_error = EAGAIN;
	helix_log_set_writer(on_log);
	assert_false(thread_start(&thread, work_main, &work));
	helix_log_set_writer(NULL);
	create_error = 0;
	pthread_sigmask(SIG_SETMASK, &before, &now);
	assert_true(same_signals(&now, &some));
	assert_string_equal(logged, "0 helix: cannot start a thread: Resource "
		"temporarily unavailable");
	pthread_cond_destroy(&work.condition);
}

static void
test_clock(void** state)
{
	int64_t before = clock_now(), after = clock_now();
	(void)state;
	assert_true(before > 0);
	assert_true(after >= before);
}

/** Time is up where it was up before; not where the condition is signalled
 * first. */
static void
test_wait(void** state)
{
	struct work work = { .lock = PTHREAD_MUTEX_INITIALIZER };
	int64_t end = clock_now() + 20;
	pthread_t thread;
	(void)state;
	thread_condition_init(&work.condition);
	pthread_mutex_lock(&work.lock);
	assert_false(thread_wait(&work.condition, &work.lock, 0));
	assert_false(thread_wait(&work.condition, &work.lock, clock_now()));
	while(thread_wait(&work.condition, &work.lock, end))
		;
	assert_true(clock_now() >= end);
	/* the lock is held: the thread cannot signal before it is waited */
	assert_true(thread_start(&thread, work_main, &work));
	end = clock_now() + LONG;
	while(!work.signalled)
		assert_true(thread_wait(&work.condition, &work.lock, end));
	pthread_mutex_unlock(&work.lock);
	assert_int_equal(pthread_join(thread, NULL), 0);
	pthread_cond_destroy(&work.condition);
}

/** where stop writes to */
static int told;
/** what uses OpenSSL */
static struct client* client;

static void
stop(void)
{
	client_delete(client);
	client = NULL;
	if(write(told, "s", 1) != 1)
		abort();
}

/** Ends the process, and says on the way when OpenSSL is down. */
static void
end_with_cleanup(void)
{
	void* cleanup = dlsym(RTLD_DEFAULT, "OPENSSL_cleanup");
	if(!cleanup)
		_exit(2);
	((void (*)(void))cleanup)();
	if(write(told, "c", 1) != 1)
		abort();
	exit(0);
}

static void
end_plainly(void)
{
	exit(0);
}

/** Have a process of its own, in which libcurl is used, end in some way.
 * @param text: set to what it has written. */
static void
run_to_its_end(void (*end)(void), char* text, size_t size)
{
	struct etcd_settings settings = { 0 };
	int pipes[2], status;
	ssize_t len;
	pid_t pid;
	assert_int_equal(pipe(pipes), 0);
	fflush(NULL);
	pid = fork();
	if(pid == 0) {
		told = pipes[1];
		client = client_create(&settings);
		if(!client || !thread_stop_at_exit(stop))
			_exit(1);
		end();
	}
	close(pipes[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	len = read(pipes[0], text, size - 1);
	close(pipes[0]);
	assert_true(len >= 0);
	text[len] = 0;
}

/** Threads are ended before OpenSSL is, whoever ends it. */
static void
test_stop_at_exit(void** state)
{
	char text[16];
	(void)state;
	run_to_its_end(end_plainly, text, sizeof(text));
	assert_int_equal(text[0], 's');
	if(!dlsym(RTLD_DEFAULT, "OPENSSL_cleanup"))
		check_nothing("no OpenSSL in this process");
	run_to_its_end(end_with_cleanup, text, sizeof(text));
	assert_int_equal(text[0], 's');
	assert_int_equal(text[1], 'c');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_stop_at_exit),
	};
	/* a wait that never ends ends the test by a signal */
	alarm(120);
	return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
