/*
 * base/denied.h - why a file cannot be used.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * "Permission denied" is said of a file's path, and the cause is often one of
 * the folders above it, and always that somebody else is asking than who looks
 * for the cause: Unbound has dropped its privileges. So this says both. No
 * state; any thread.
 */
#ifndef HELIX_BASE_DENIED_H
#define HELIX_BASE_DENIED_H

/** room for denied_explain */
#define DENIED_TEXT_MAX 320

/**
 * Say why a file cannot be used.
 * @param path: the file.
 * @param problem: errno of the attempt.
 * @param text: room for DENIED_TEXT_MAX octets.
 * @return text: what strerror(3) says; for EACCES, followed by the user of this
 *	process, and the first folder of the path that he may not enter, or
 *	else the file, with its owner, group and mode.
 */
const char* denied_explain(const char* path, int problem, char* text);

#endif /* HELIX_BASE_DENIED_H */
