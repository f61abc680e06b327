/*
 * dns/svcparams.h - the parameters of SVCB and HTTPS records (RFC 9460).
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Parameters such as `alpn=h2,h3`, in presentation and in wire format.
 *
 * Nothing here keeps state; every function may be called from any thread.
 */
#ifndef HELIX_DNS_SVCPARAMS_H
#define HELIX_DNS_SVCPARAMS_H

#include "dns/rdata.h"

/**
 * Whether parameters in wire format are well-formed: in order, each once,
 * each with a value that its key can have (RFC 9460 2.2, 7, 8).
 * @return NULL, or why not (a constant sentence, as fields_check's).
 */
const char* svcparams_check(const uint8_t* wire, size_t len);

/**
 * Read a parameter, and put it among others, in order.
 * @param rdata: parameters are appended to it.
 * @param from: where the first parameter is in rdata.
 * @param text: such as `alpn=h2,h3`, or `alpn="h2,h3"`.
 * @param len: octets in text; at least 1.
 * @return NULL, or why not (a constant sentence, that goes on from the
 *	parameter's text).
 */
const char* svcparams_add(struct rdata* rdata, size_t from, const char* text,
	size_t len);

#endif /* HELIX_DNS_SVCPARAMS_H */
