/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The systemd cgroup driver: a container's group is a transient scope of systemd, so that both agree on who manages what
 * (feature row D18). Talking D-Bus is tare-scope's business; here is which unit a container gets and with which
 * properties. The group itself is then an ordinary struct cgroup, limited by its files as ever: systemd knows fewer limits
 * than there are files. cgroup_update, cgroup_remove, cgroup_save and cgroup_restore keep systemd informed.
 *
 * Daemon-safe.
 */
#ifndef TARE_SYS_SCOPE_H
#define TARE_SYS_SCOPE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "oci/resources.h"
#include "sys/cgroup.h"

struct scope {
	const char *unit;		   /* "runc-ID.scope", or a slice named as such */
	const char *slice;		   /* "system.slice" */
	const char *name;		   /* for the unit's description */
	bool user;			   /* the caller's own systemd */
	const char *program;		   /* tare-scope's path; NULL: beside this program */
	const struct str_map *annotations; /* the spec's: some are properties; NULL: none */
};

/*
 * linux.cgroupsPath "slice:prefix:name", or NULL for runc-ID.scope in system.slice (user.slice for user). ERR_INVALID in runc's
 * words. Points into a.
 */
int scope_parse(struct arena *a, const char *cgroups_path, const char *id, bool user,
	struct scope *out, struct err *e);
/*
 * The group of a container that has this linux.cgroupsPath, whichever driver made it: cgroup_open's for a path, for
 * "slice:prefix:name" that of the machine's systemd, which cgroup_remove then also tells. ERR_NOT_FOUND when it is gone.
 */
struct cgroup *scope_find(const struct cgroup_host *h, const char *cgroups_path, struct err *e);
/* Appends the unit's group below the top of a hierarchy: "/a.slice/a-b.slice/docker-ID.scope". ERR_INVALID for an odd slice. */
int scope_group_path(const struct scope *s, struct buf *out, struct err *e);
/* Whether linux.cgroupsPath is one for systemd. */
bool scope_is_path(const char *cgroups_path);
/* Whether systemd runs this machine (sd_booted(3)). */
bool scope_is_available(void);

/*
 * Has systemd make the unit with process pid in it, limited by r (may be NULL) and devices, and makes the group in the
 * hierarchies systemd does not manage. Blocks until the process is in all of them. On failure nothing is left. Fault points
 * scope.start and cgroup_create's.
 */
struct cgroup *scope_start(const struct cgroup_host *h, const struct scope *s, pid_t pid,
	const struct oci_resources *r, struct err *e);

/*
 * Has systemd move process pid into the unit of cg: it may where an ordinary user may not. program as in struct scope.
 * ERR_NOT_FOUND when cg is not systemd's.
 */
int scope_attach(const struct cgroup *cg, const char *program, pid_t pid, struct err *e);

/* The properties for start and for set in tare-scope's form (scope/property.c). For tests. */
int scope_start_properties(const struct scope *s, enum cgroup_version version, pid_t pid,
	const struct oci_resources *r, struct buf *out, struct err *e);
/*
 * The property an annotation "org.systemd.property.NAME" adds; nothing for others. ERR_INVALID for a name or value that cannot
 * be one.
 */
int scope_add_annotation(const char *key, const char *value, struct buf *out, struct err *e);
/* Of limits alone. devices: whether r's rules are to be told, too. */
int scope_limit_properties(enum cgroup_version version, const struct oci_resources *r, bool devices,
	struct buf *out, struct err *e);

#endif
