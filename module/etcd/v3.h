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
 * A list is read in pages that all show the revision of the first. A watch
 * begins at the revision L up to which everything is known; what it tells of
 * L itself is skipped. That history still is what it was is checked before
 * by the anchor: of the keys that we know, the one that was put last must
 * be, at revision L, as we know it; and if a deletion came after it, that key
 * must be absent. This detects that etcd was wiped or restored, which its
 * cluster_id does not show.
 *
 * L moves on with the last event of each message and with etcd's periodic
 * progress messages. The revision in the header of a message with events is
 * not used: it is the store's newest, and events up to it may still follow.
 *
 * Proxies that buffer answers pass lists and keep watches back. Where etcd
 * answers, but a watch does not begin, or stalls inside a message twice, the
 * revision is asked for every heartbeat, and the keys are listed when it has
 * changed, for a tenth of the time at the most; now and then, a watch is
 * tried. One that has begun and tells nothing while etcd changes is trusted
 * for twelve heartbeats, and longer each time a list shows that there was
 * nothing to tell.
 */
#ifndef HELIX_ETCD_V3_H
#define HELIX_ETCD_V3_H

#include "etcd/protocol.h"

extern const struct etcd_protocol etcd_v3;

#endif /* HELIX_ETCD_V3_H */
