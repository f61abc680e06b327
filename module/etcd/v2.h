/*
 * etcd/v2.h - etcd's v2 API.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The protocol `v2` (see etcd/protocol.h): GET /v2/keys, as in etcd's "v2 API"
 * document; etcd up to 3.5, where it is started with --enable-v2=true. v2 and
 * v3 have separate keys. What etcd calls an index here is a revision elsewhere.
 *
 * A list is one recursive GET for each directory, with a quorum, read as it
 * arrives.
 *
 * A watch is a long poll: each answer is one event, and the next poll asks for
 * the event after it. etcd sends the head of an answer at once, with the index
 * up to which it has searched its history for an event. The event follows: the
 * one that was found, or else the next one that happens. Before one that
 * happens there may be others that the poll was not told of, if the member that
 * is polled was behind and caught up by a snapshot. So such an event counts
 * only if its index is the very next one. Otherwise the poll is sent again, and
 * finds the event, or one before it, in the history.
 *
 * Proxies that buffer answers send the head with the event. So a poll without a
 * head is sent again now and then, as long as etcd answers other requests.
 *
 * etcd keeps a history of the last 1,000 events, of all keys. It refuses a poll
 * from before them, and the keys are listed again. So the index must advance
 * even if nothing happens below the prefix: after a heartbeat, a poll whose
 * head is behind etcd's index is half-closed. etcd then ends its answer, behind
 * all that it has written. If that has no event, there was none up to the
 * head's index, however slow the connection is.
 *
 * The deletion or expiry of a directory is one event, without its children.
 * etcd also sends it to polls of directories below that directory.
 *
 * etcd leaves what is behind a segment that begins with '_' out of recursive
 * lists and polls from above, and does not tell that there is anything. Only a
 * request for the path of such a directory shows it, again without what is
 * hidden within it. So each such directory must be known by its path (settings:
 * hidden), and has a list and a poll of its own. Every key belongs to exactly
 * one poll: to that of the last directory above it whose name begins with '_',
 * or else to that of the prefix.
 *
 * A poll is resumed only if the event that was seen last shows that etcd's
 * history is the same: its key is as the event left it, or etcd still has the
 * event. Otherwise etcd was wiped or restored from a backup.
 */
#ifndef HELIX_ETCD_V2_H
#define HELIX_ETCD_V2_H

#include "etcd/protocol.h"

extern const struct etcd_protocol etcd_v2;

#endif /* HELIX_ETCD_V2_H */
