/*
 * tests/unit/region.h - a double of Unbound's regions.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Defines Unbound's regional_alloc, regional_alloc_zero and regional_alloc_init
 * for a test of what uses them: one region, which counts allocations, and can
 * refuse one. Also defines query_dname_compare, dname_query_hash and
 * dname_count_labels. Include cmocka.h, and what it needs, before this.
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
