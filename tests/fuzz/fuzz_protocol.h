/*
 * tests/fuzz/fuzz_protocol.h - any answers to a protocol.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Stands in the place of etcd/client.c: answers come from the input, in
 * pieces of any size, and go through the protocol, the feed and the store.
 *
 * The input is an octet from which the sizes of pieces follow, and then the
 * answers, each behind a NUL: a letter, 'a' for an answer that ends, 'b' for
 * one that is cut off, 'c' for one that goes on in silence; a digit for the
 * status (see status in fuzz_protocol.c); digits and a space, the header
 * X-Etcd-Index; and the body.
 */
#ifndef HELIX_TESTS_FUZZ_PROTOCOL_H
#define HELIX_TESTS_FUZZ_PROTOCOL_H

#include "etcd/protocol.h"

/** List, resume and watch for as long as there are answers. */
void fuzz_protocol(const struct etcd_protocol* protocol, const uint8_t* data,
	size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

#endif /* HELIX_TESTS_FUZZ_PROTOCOL_H */
