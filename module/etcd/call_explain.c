/*
 * etcd/call_explain.c - says what to do about a failure.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/client_internal.h"
#include <string.h>

/** What to do about a failure, by a part of its text. */
struct hint {
	/** what libcurl, or OpenSSL, says */
	const char* text;
	/** where to look */
	const char* hint;
};

/** for what a server without TLS does when TLS is spoken to it */
#define NO_TLS "; if that port speaks no TLS, begin the endpoint with http://"

/** failures of TLS */
static const struct hint tls_hints[] = {
	{ "subject name", "; `server-name` can say which name it has" },
	{ "issuer certificate", "; `ca` must hold its authority" },
	{ "self-signed", "; `ca` must hold its authority" },
	{ "self signed", "; `ca` must hold its authority" },
	{ "/etc/ssl/certs/ca-certificates.crt", "; name etcd's authority by "
		"`ca`, or install the package ca-certificates" },
	{ "CAfile", "; see `ca`" },
	{ "setting certificate file", "; see `ca`" },
	{ "trust anchors", "; see `ca`" },
	{ "private key", "; see `cert` and `key`" },
	{ "client certificate", "; see `cert` and `key`" },
	{ "SSL_connect: SSL_ERROR_SYSCALL", NO_TLS },
	{ "unexpected eof", NO_TLS },
	{ "wrong version number", NO_TLS },
	{ "packet length too long", NO_TLS },
	{ "http request", NO_TLS },
	{ " alert ", "; etcd rejects us: see `cert` and `key`" },
	{ "certificate", "" },
	{ "SSL", "" },
};

/** for a host name that cannot be resolved */
#define ASKS_SYSTEM "; the system's resolver was asked: if that is this " \
	"Unbound, use addresses in `endpoints`"

/** other failures */
static const struct hint other_hints[] = {
	{ "Empty reply from server", "; if that port speaks TLS, begin the "
		"endpoint with https://" },
	{ "HTTP/0.9", "; this is no etcd; or, if that port speaks TLS, begin "
		"the endpoint with https://" },
	{ "resolve host", ASKS_SYSTEM },
	{ "Resolving timed out", ASKS_SYSTEM },
};

/** Append a hint to a failure, if one fits.
 * @param prefix: put before the failure then. */
static bool
explain(struct reason* failure, const char* prefix, const struct hint* hints,
	size_t count)
{
	size_t i;
	for(i = 0; i < count; i++) {
		if(!strstr(failure->text, hints[i].text))
			continue;
		(void)reason_say(failure, "%s%.165s%s", prefix, failure->text,
			hints[i].hint);
		return true;
	}
	return false;
}

void
call_explain(struct reason* failure, bool tls)
{
	if(!explain(failure, "", other_hints,
		sizeof(other_hints) / sizeof(*other_hints)) && tls)
		(void)explain(failure, "TLS: ", tls_hints,
			sizeof(tls_hints) / sizeof(*tls_hints));
}
