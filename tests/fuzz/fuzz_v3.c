/*
 * tests/fuzz/fuzz_v3.c - any answers to the protocol v3.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "fuzz_protocol.h"
#include "etcd/v3.h"

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
	fuzz_protocol(&etcd_v3, data, size);
	return 0;
}
