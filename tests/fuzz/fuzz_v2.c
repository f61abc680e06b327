/*
 * tests/fuzz/fuzz_v2.c - any answers to the protocol v2.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "fuzz_protocol.h"
#include "etcd/v2.h"

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
	fuzz_protocol(&etcd_v2, data, size);
	return 0;
}
