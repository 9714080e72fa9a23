/* SPDX-License-Identifier: Apache-2.0 */
/* state.json and what follows from it. Rendering for people is in cmd_state.c and cmd_list.c. */
#include "container.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bind.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/io.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/slice.h"
#include "fifo.h"

#define STATE_MAX (16 * 1024 * 1024)

#define R struct container_record
static const struct bind_field record_fields[] = {
	BIND(STR, R, oci_version, "ociVersion", 0),
	BIND(STR, R, id, "id", 0),
	BIND(I32, R, pid, "pid", 0),
	BIND(U64, R, start_time, "startTime", 0),
	BIND(STR, R, bundle, "bundle", 0),
	BIND(STR, R, rootfs, "rootfs", 0),
	BIND(STR, R, created, "created", 0),
	BIND(U32, R, namespaces, "namespaces", 0),
	BIND(BOOL, R, own_pid_ns, "ownPidNamespace", 0),
	BIND(STR, R, cgroup, "cgroup", BIND_OMITEMPTY),
	BIND(STR, R, personality, "personality", BIND_OMITEMPTY),
	BIND_NEST(OBJP, R, memory_policy, "memoryPolicy", BIND_OMITEMPTY, oci_memory_policy_fields,
		struct oci_memory_policy),
	BIND(STR, R, clos, "clos", BIND_OMITEMPTY),
	BIND(STR, R, clos_monitoring, "closMonitoring", BIND_OMITEMPTY),
	BIND(BOOL, R, made_clos, "closMade", BIND_OMITEMPTY),
	BIND(BOOL, R, has_keyring, "keyring", BIND_OMITEMPTY),
	BIND(STRMAP, R, annotations, "annotations", BIND_OMITEMPTY),
	BIND_NEST(
		OBJS, R, poststart, "poststart", BIND_OMITEMPTY, oci_hook_fields, struct oci_hook),
	BIND_NEST(OBJS, R, poststop, "poststop", BIND_OMITEMPTY, oci_hook_fields, struct oci_hook),
	BIND_END,
};
#undef R

static const char *const status_names[] = {
	[CONTAINER_CREATING] = "creating",
	[CONTAINER_CREATED] = "created",
	[CONTAINER_RUNNING] = "running",
	[CONTAINER_PAUSED] = "paused",
	[CONTAINER_STOPPED] = "stopped",
};

const char *container_status_name(enum container_status s)
{
	return status_names[s];
}

int container_check_id(const char *id, struct err *e)
{
	if (!*id)
		return err_set(e, ERR_INVALID, "container id cannot be empty");
	bool ok = strcmp(id, ".") != 0 && strcmp(id, "..") != 0 && strlen(id) <= NAME_MAX;
	for (const char *p = id; *p; p++)
		ok = ok && (isalnum((unsigned char)*p) || strchr("_+-.", *p));
	return ok ? 0 : err_set(e, ERR_INVALID, "invalid container ID format");
}

static int lock_dir(int dir, struct err *e)
{
	int rc;

	do
		rc = flock(dir, LOCK_EX);
	while (rc && errno == EINTR);
	return rc ? err_sys(e, "lock container") : 0;
}

int container_reserve(const struct runtime *rt, const char *id, struct err *e)
{
	own_fd root = open(rt->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0) {
		if (fs_mkdir_p(AT_FDCWD, rt->root, 0700, e))
			return -1;
		root = open(rt->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (root < 0)
		return err_sys(e, "open %s", rt->root);
	if (mkdirat(root, id, 0700)) {
		if (errno == EEXIST)
			return err_set(e, ERR_CONFLICT, "container with given ID already exists");
		return err_sys(e, "mkdir %s/%s", rt->root, id);
	}
	own_fd dir = openat(root, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		err_sys(e, "open %s/%s", rt->root, id);
		unlinkat(root, id, AT_REMOVEDIR);
		return -1;
	}
	if (lock_dir(dir, e)) {
		unlinkat(root, id, AT_REMOVEDIR);
		return -1;
	}
	return take_fd(&dir);
}

int container_forget(const struct runtime *rt, const char *id, struct err *e)
{
	own_fd root = open(rt->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return errno == ENOENT ? 0 : err_sys(e, "open %s", rt->root);
	return fs_remove_tree(root, id, e);
}

int container_parse(
	struct arena *a, const char *text, size_t n, struct container_record *out, struct err *e)
{
	*out = (struct container_record){ 0 };
	own_json doc = json_parse(text, n, e);
	if (!doc || bind_decode(a, doc, record_fields, out, e))
		return err_in(e, "read %s", CONTAINER_STATE);
	if (str_empty(out->id) || str_empty(out->bundle))
		return err_set(e, ERR_INVALID, "read %s: it names no container", CONTAINER_STATE);
	return 0;
}

static int read_record(struct container *c, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, STATE_MAX);
	if (fs_read(c->dir, CONTAINER_STATE, STATE_MAX, &text, e))
		return e->kind == ERR_NOT_FOUND
			       ? err_set(e, ERR_NOT_FOUND, "container does not exist")
			       : -1;
	return container_parse(c->arena, text.data, text.len, &c->record, e);
}

int container_open(const struct runtime *rt, const char *id, enum container_lock lock,
	struct container *out, struct err *e)
{
	*out = (struct container){ .arena = rt->arena, .dir = -1 };
	if (container_check_id(id, e))
		return -1;
	own_fd root = open(rt->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0)
		out->dir = openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out->dir < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return err_set(e, ERR_NOT_FOUND, "container does not exist");
		return err_sys(e, "open %s/%s", rt->root, id);
	}
	/* The record is read under the lock: what it waited for may have been a delete. */
	if ((lock == CONTAINER_LOCK && lock_dir(out->dir, e)) || read_record(out, e)) {
		container_close(out);
		return -1;
	}
	return 0;
}

void container_close(struct container *c)
{
	if (c->dir >= 0)
		close(c->dir);
	c->dir = -1;
}

int container_save(int dir, const struct container_record *r, struct err *e)
{
	struct jsonw w;
	own_buf text = { 0 };

	buf_init(&text, STATE_MAX);
	jsonw_init(&w, &text, NULL);
	bind_encode(&w, record_fields, r);
	if (!buf_ok(&text))
		return err_set(e, ERR_INVALID, "state of container is too large");
	return fs_replace(dir, CONTAINER_STATE, text.data, text.len, 0600, FS_NO_SYNC, e);
}

/* The command name in field 2 may hold blanks and parentheses: count from the last one. */
int container_start_time(pid_t pid, uint64_t *out, struct err *e)
{
	char path[32], text[1024];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	own_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return err_set(e, ERR_NOT_FOUND, "process %d is gone", pid);
	text[n] = 0;
	char *p = strrchr(text, ')');
	if (!p || strchr("ZX", p[2]))
		return err_set(e, ERR_NOT_FOUND, "process %d has ended", pid);
	struct slice rest = slice_str(p + 2), field;
	for (int i = 3; i <= 22; i++)
		slice_cut(rest, ' ', &field, &rest);
	if (!parse_u64(field, out))
		return err_set(e, ERR_INTERNAL, "%s is not understood", path);
	return 0;
}

int container_pidfd(const struct container *c, struct err *e)
{
	uint64_t start;

	if (c->record.pid <= 0)
		return err_set(e, ERR_NOT_FOUND, "container has no process");
	/* First the fd, then the look at who it is: afterwards the pid cannot be reused unnoticed. */
	own_fd fd = pidfd_open(c->record.pid, 0);
	if (fd < 0 || container_start_time(c->record.pid, &start, e) ||
		start != c->record.start_time)
		return err_set(e, ERR_NOT_FOUND, "container's process has ended");
	return take_fd(&fd);
}

struct cgroup *container_cgroup(const struct container *c, struct err *e)
{
	if (str_empty(c->record.cgroup)) {
		err_set(e, ERR_NOT_FOUND, "container has no cgroup");
		return NULL;
	}
	return cgroup_restore(c->record.cgroup, e);
}

enum container_status container_status(const struct container *c)
{
	struct err e;
	uint64_t start;

	if (c->record.pid <= 0 || container_start_time(c->record.pid, &start, &e) ||
		start != c->record.start_time)
		return CONTAINER_STOPPED;
	own_cgroup cg = container_cgroup(c, &e);
	if (cg && cgroup_is_frozen(cg))
		return CONTAINER_PAUSED;
	return fs_exists(c->dir, FIFO_NAME) ? CONTAINER_CREATED : CONTAINER_RUNNING;
}

void container_hook_state(
	const struct container_record *r, enum container_status s, pid_t pid, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	jsonw_obj(&w);
	jsonw_kstr(&w, "ociVersion", r->oci_version);
	jsonw_kstr(&w, "id", r->id);
	jsonw_kstr(&w, "status", container_status_name(s));
	if (pid > 0)
		jsonw_ki64(&w, "pid", pid);
	jsonw_kstr(&w, "bundle", r->bundle);
	if (r->annotations.n) {
		jsonw_key(&w, "annotations");
		jsonw_obj(&w);
		for (size_t i = 0; i < r->annotations.n; i++)
			jsonw_kstr(&w, r->annotations.keys[i], r->annotations.v[i]);
		jsonw_obj_end(&w);
	}
	jsonw_obj_end(&w);
}
