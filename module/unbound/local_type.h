/*
 * unbound/local_type.h - which of Unbound's local zones hide names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Unbound asks its local zones before any module. Some of their types answer
 * for every name in them, or for all of a common RR type, and to every client.
 * Compares words, as some types are not in every version of Unbound. Needs none
 * of Unbound's headers. No state; any thread.
 */
#ifndef HELIX_UNBOUND_LOCAL_TYPE_H
#define HELIX_UNBOUND_LOCAL_TYPE_H

/**
 * Look at a type of local zone.
 * @param word: Unbound's word for it, as in unbound.conf.
 * @return the same word, for ever valid, if it answers for all names; else
 *	NULL.
 */
const char* local_type_answers(const char* word);

#endif /* HELIX_UNBOUND_LOCAL_TYPE_H */
