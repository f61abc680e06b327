/*
 * tests/unit/region.h - a double of Unbound's regions.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Defines Unbound's regional_alloc, regional_alloc_zero, regional_alloc_init
 * and query_dname_compare for a test of what uses them: one region, that
 * counts what is taken of it, and can refuse. Include cmocka.h, and what it
 * needs, before this.
 */
#ifndef HELIX_TESTS_REGION_H
#define HELIX_TESTS_REGION_H

#include "unbound/compat.h"

/** the region; only its address counts */
extern char region_place;
#define THE_REGION ((struct regional*)(void*)&region_place)

/** number of allocations, those that were refused included */
extern unsigned allocation_count;
/** the allocation to refuse, counted from 1; 0: none */
extern unsigned refuse_at;

/** Free what was taken, and refuse nothing. */
void region_clear(void);

#endif /* HELIX_TESTS_REGION_H */
