/*
 * tests/unit/snapshot/scratch.h - a folder for a snapshot, and the log.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What tests of snapshot/ share: cmocka's functions for a group that makes and
 * removes a folder, and collects what is logged meanwhile.
 */
#ifndef HELIX_TESTS_SNAPSHOT_SCRATCH_H
#define HELIX_TESTS_SNAPSHOT_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

/** the cluster that lists are of */
#define CLUSTER 0xc1
/** a list of two keys, as told.h writes it */
#define LIST_AB "begin\nput /h/a 1 4\nput /h/b 2 5\nend 9\n"

/** the folder */
extern char folder[];

/** the file in the folder, and the one that is written first */
extern char path[64], new_path[72];

/** the lines, each with its level's first letter; while no thread logs */
extern char logged[4096];

/** Make the folder and collect the log. */
int scratch_make(void** state);

/** Remove the folder, which is to be empty. */
int scratch_remove(void** state);

/** Whether a text was logged; in any thread. */
bool log_has(const char* text);

/** CLOCK_REALTIME in milliseconds. */
int64_t wall_now(void);

#endif /* HELIX_TESTS_SNAPSHOT_SCRATCH_H */
