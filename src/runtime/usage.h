/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container uses, in the words of runc's `events`: member names, their order and what is left out when it is
 * zero are its callers' (containerd, exporters of figures).
 */
#ifndef TARE_RUNTIME_USAGE_H
#define TARE_RUNTIME_USAGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sys/cgroup.h"
#include "sys/cgroup_stats.h"

/* One line: {"type":"stats","id":…,"data":{…}}. memory.raw is sorted on the way. */
void usage_write_event(struct cgroup_stats *s, const char *id, struct buf *out);

#endif
