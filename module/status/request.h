/*
 * status/request.h - the head of an HTTP request.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads the request line and the fields of an HTTP/1.0 or HTTP/1.1 request (RFC
 * 9112), as far as a server needs that has pages to be read and nothing else,
 * and closes the connection behind each answer: of the fields, only Accept is
 * kept, and a body is nobody's. No state; any thread.
 */
#ifndef HELIX_STATUS_REQUEST_H
#define HELIX_STATUS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/** octets of a request's head that are read at most; Prometheus, curl and
 * browsers send less than 2,000 */
#define REQUEST_HEAD_MAX 8192
/** octets of a path that is kept, NUL included; no page's is longer */
#define REQUEST_PATH_MAX 64
/** octets of the Accept fields that are kept, NUL included */
#define REQUEST_ACCEPT_MAX 1024

/** The status codes of RFC 9110 that are used. */
enum http_status {
	HTTP_OK = 200,
	HTTP_BAD_REQUEST = 400,
	HTTP_NOT_FOUND = 404,
	HTTP_METHOD_NOT_ALLOWED = 405,
	HTTP_URI_TOO_LONG = 414,
	HTTP_FIELDS_TOO_LARGE = 431,
	HTTP_UNAVAILABLE = 503,
	HTTP_VERSION_NOT_SUPPORTED = 505
};

/** What the client wants. */
enum request_method {
	/** a page */
	REQUEST_GET,
	/** a page's head */
	REQUEST_HEAD,
	/** anything else */
	REQUEST_OTHER
};

/** A request. */
struct request {
	enum request_method method;
	/** the path, without what is behind a '?'; one that is too long for
	 * any page is "" */
	char path[REQUEST_PATH_MAX];
	/** the values of the Accept fields, with ", " between them; "" if there
	 * is none, or there is more than is kept */
	char accept[REQUEST_ACCEPT_MAX];
};

/**
 * Look for the end of a head.
 * @param octets, len: what has arrived so far.
 * @return octets up to and with the empty line; 0 if that is not there yet.
 */
size_t request_head_len(const char* octets, size_t len);

/**
 * Read a head.
 * @param octets, len: up to and with the empty line.
 * @param request: the result; method is set in any case, as an answer to HEAD
 *	has no body, not even an error's.
 * @return HTTP_OK, or the status that says what is wrong.
 */
enum http_status request_read(const char* octets, size_t len,
	struct request* request);

/** The status for a head that has no end within REQUEST_HEAD_MAX octets. */
enum http_status request_too_large(const char* octets, size_t len);

#endif /* HELIX_STATUS_REQUEST_H */
