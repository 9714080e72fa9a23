/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of cgroup_*.c share. For this room only. */
#ifndef TARE_SYS_CGROUP_INT_H
#define TARE_SYS_CGROUP_INT_H

#include "sys/cgroup.h"

#include "base/slice.h"

#define CGROUP_MEMBERS_MOST 24
/*
 * Kernel files of the cgroup filesystems are small; memory.numa_stat on big machines is the
 * longest.
 */
#define CGROUP_FILE_MOST (1u << 20)

/* The group's directory in one hierarchy. */
struct cgroup_member {
	bool v2;
	const char *
		controllers; /* "cpu,cpuacct"; of the v2 tree those enabled in the group's parent */
	const char *dir;
	const char *mount_point;
	int fd;	       /* of the directory, -1 until opened */
	size_t n_made; /* how many directories at the end of dir were made by cgroup_create */
	struct cgroup_journal *journal; /* what cgroup_write notes old values in; NULL: nowhere */
};

struct scope;

struct cgroup {
	struct arena *arena;
	const struct scope *scope; /* systemd's unit (scope.h); NULL: none */
	enum cgroup_version version;
	struct cgroup_member members[CGROUP_MEMBERS_MOST];
	size_t n;
};

struct cgroup_host {
	struct arena *arena;
	enum cgroup_version version;
	struct cgroup_mount mounts[CGROUP_MEMBERS_MOST];
	const char *own
		[CGROUP_MEMBERS_MOST]; /* this process's group below the mount point, "/" for the top */
	size_t n;
};

/* Whether name is one of the comma- or blank-separated list. */
bool cgroup_list_has(const char *list, const char *name);

/* The hierarchies in mountinfo text and cgroup text (/proc/self/…): apart from files, for tests. */
int cgroup_host_read(
	struct cgroup_host *h, struct slice mountinfo, struct slice cgroups, struct err *e);

/*
 * The member that has the controller: its v1 hierarchy, else the v2 tree; NULL when nobody has it.
 */
struct cgroup_member *cgroup_member_of(struct cgroup *cg, const char *controller);
/* The member in the v2 tree, or NULL. */
struct cgroup_member *cgroup_v2_member(const struct cgroup *cg);
/*
 * The member whose process list is asked for: the v2 tree alone, else the freezer's hierarchy or
 * any.
 */
struct cgroup_member *cgroup_main_member(struct cgroup *cg);

/* Finds out which controllers the v2 member has (again, after one was enabled). */
void cgroup_read_v2_controllers(struct cgroup *cg);

/*
 * The member's directory fd, opened at first use; it stays the group's. ERR_NOT_FOUND when it is
 * gone.
 */
int cgroup_member_fd(struct cgroup_member *m, struct err *e);

/*
 * What was written to a group, to be taken back: the text that puts the old value of each file in force again.
 */
struct cgroup_journal {
	struct arena *arena;
	struct cgroup_change {
		struct cgroup_member *member;
		const char *file, *old;
	} * v;
	size_t n;
};
/* Reads what the file says now about what value is going to say. A file that cannot be read is not noted. */
void cgroup_journal_note(
	struct cgroup_journal *j, struct cgroup_member *m, const char *file, const char *value);
/* Writes the old values, the last first. What cannot be put back is logged. */
void cgroup_journal_undo(struct cgroup_journal *j);

/* Tells systemd new limits; ends the unit, which may be gone already. Fault points scope.set, scope.stop. */
int scope_set(const struct scope *s, enum cgroup_version version, const struct oci_resources *r,
	struct err *e);
int scope_stop(const struct scope *s, struct err *e);

/* Writes a value to a file of the group; the error is `failed to write "VALUE": write DIR/FILE: …`. */
int cgroup_write(struct cgroup_member *m, const char *file, const char *value, struct err *e);
int cgroup_write_i64(struct cgroup_member *m, const char *file, int64_t value, struct err *e);
int cgroup_write_u64(struct cgroup_member *m, const char *file, uint64_t value, struct err *e);
bool cgroup_has_file(struct cgroup_member *m, const char *file);
/* Reads a file of the group (appended to b). */
int cgroup_read(struct cgroup_member *m, const char *file, struct buf *b, struct err *e);
/* The number in a file; "max" is UINT64_MAX. */
int cgroup_read_u64(struct cgroup_member *m, const char *file, uint64_t *out, struct err *e);
/* The number behind key in a file of "key number" lines; dflt when it is not there. */
uint64_t cgroup_text_get(struct slice text, const char *key, uint64_t dflt);

/* The file's text in b; empty when there is none or m is NULL. It is valid until b changes. */
struct slice cgroup_text(struct cgroup_member *m, const char *file, struct buf *b);
/* The number in a file; dflt when there is none or m is NULL. */
uint64_t cgroup_number(struct cgroup_member *m, const char *file, uint64_t dflt);

struct cgroup_stats;
struct cgroup_blkio_list;
/* "8:0" and a number behind a list of such. */
void cgroup_stats_add_blkio(struct arena *a, struct cgroup_blkio_list *l, struct slice device,
	const char *op, uint64_t value);
void cgroup_stats_read_v1(
	struct cgroup *cg, struct arena *a, struct buf *b, struct cgroup_stats *s);

/* One controller's limits: a row of the tables in cgroup_v1.c and cgroup_v2.c. */
struct cgroup_apply_row {
	const char *controller;
	bool (*wants)(const struct oci_resources *r);
	int (*apply)(struct cgroup_member *m, const struct oci_resources *r, struct err *e);
};
extern const struct cgroup_apply_row cgroup_v1_rows[];
extern const struct cgroup_apply_row cgroup_v2_rows[];
int cgroup_v1_apply_blkio(struct cgroup_member *m, const struct oci_resources *r, struct err *e);
/* linux.resources.unified, on cgroup v2. */
int cgroup_v2_apply_unified(struct cgroup_member *m, const struct str_map *unified, struct err *e);
/*
 * Enables the controller (NULL: all there are) in every parent of the group, from the mount point
 * down.
 */
int cgroup_v2_enable(struct cgroup_member *m, const char *controller, struct err *e);

#endif
