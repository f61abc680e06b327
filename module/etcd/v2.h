/*
 * etcd/v2.h - etcd's v2 API.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The protocol `v2` (see etcd/protocol.h): GET /v2/keys, as in etcd's "v2 API"
 * document; up to etcd 3.5, started with --enable-v2=true. Its keys are other
 * ones than v3's. What is called a revision elsewhere is etcd's index here.
 *
 * A list is one recursive, quorate GET, read as it comes. A watch is a long
 * poll: each answer is one event, and the next poll asks for what comes after
 * it. The head of an answer comes at once, with the index up to which etcd
 * has looked through its history for an event; if there is one, it follows,
 * and else the next that happens. One that happens may have others before it
 * that the poll was not told of, where the member that is polled was behind
 * and got a snapshot; so it counts only if its index is the very next one.
 * Otherwise the poll is repeated, and finds it, or what was before it, in the
 * history.
 *
 * Behind a proxy that buffers answers, the head comes with the event. A poll
 * without a head is sent anew at times, as long as etcd answers otherwise.
 *
 * All events of etcd, ours or not, share a history of 1,000; a poll from
 * before it is told so, and the keys are listed again. Hence the index from
 * which to go on moves also where nothing of ours happens: after a heartbeat,
 * a poll whose head is behind etcd's index is half-closed. etcd ends it then,
 * behind all that it has written; so there was no event up to its head's
 * index, however slow the connection is.
 *
 * A directory's deletion or expiry is one event, without its children, which
 * etcd tells to the polls of directories in it too.
 *
 * etcd hides what lies behind a segment that begins with '_' from recursive
 * lists and watches from above it, and does not show that there is anything;
 * only a directory that is asked for by its own path is shown, without what
 * is hidden within it. So each such directory is to be known by its path
 * (settings: hidden), and has a list and a poll of its own. Every key belongs
 * to exactly one poll: to the last directory above it that begins with '_',
 * or else to the prefix.
 *
 * That etcd's history still is what it was is checked by the event that was
 * seen last: its key is still as it was, or etcd still has the event.
 */
#ifndef HELIX_ETCD_V2_H
#define HELIX_ETCD_V2_H

#include "etcd/protocol.h"

extern const struct etcd_protocol etcd_v2;

#endif /* HELIX_ETCD_V2_H */
