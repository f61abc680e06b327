/*
 * etcd/v3.h - etcd's v3 API, by its JSON gateway.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The protocol `v3` (see etcd/protocol.h): POST /v3/kv/range and /v3/watch, as
 * in etcd's "gRPC gateway" and "API reference" documents; etcd 3.4 and later.
 *
 * A list is read in pages, all as of the revision of the first. A watch begins
 * at the revision L up to which everything is known; its events of L itself are
 * skipped. Before it, the anchor shows whether etcd's history is the same: of
 * the keys that we know, the one that was put last must be, at revision L, as
 * we know it; and if a deletion came after it, the deleted key must be absent.
 * This detects that etcd was wiped or restored, which its cluster_id does not
 * show.
 *
 * L advances with the last event of each message and with etcd's periodic
 * progress messages. The revision in the header of a message with events is
 * not used: it is the store's newest, and events up to it may still follow.
 *
 * Proxies that buffer answers let lists through and keep watches back. Where
 * etcd answers, but a watch does not begin, or stalls inside a message twice,
 * lists take the place of the watch: etcd's revision is asked for every
 * heartbeat, and when it has changed, the keys are listed, for a tenth of the
 * time at the most. Now and then, a watch is tried. A watch that has begun and
 * delivers nothing while etcd changes is trusted for twelve heartbeats, and for
 * longer each time a list shows that it had nothing to deliver.
 */
#ifndef HELIX_ETCD_V3_H
#define HELIX_ETCD_V3_H

#include "etcd/protocol.h"

extern const struct etcd_protocol etcd_v3;

#endif /* HELIX_ETCD_V3_H */
