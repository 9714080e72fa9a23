/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a group: moving in, listing, freezing, killing, and removing the group when they are gone. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "sys/cgroup_int.h"

#define FREEZE_TIMEOUT_MS 10000
#define DEPTH_MOST	  64
#define KILL_ROUNDS	  10

int cgroup_clone_fd(const struct cgroup *cg)
{
	struct cgroup_member *v2 = cgroup_v2_member(cg);
	struct err ignored;

	return v2 ? cgroup_member_fd(v2, &ignored) : -1;
}

int cgroup_clone_fd_beside(const struct cgroup *cg, pid_t pid, struct err *e)
{
	struct cgroup_member *v2 = cgroup_v2_member(cg);
	struct slice rest, line = { 0 };
	char path[64];
	own_buf text = { 0 }, dir = { 0 };

	buf_init(&text, CGROUP_FILE_MOST + 1);
	buf_init(&dir, PATH_MAX);
	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	if (!v2)
		return err_set(e, ERR_NOT_FOUND, "no cgroup v2 tree");
	if (fs_read(AT_FDCWD, path, CGROUP_FILE_MOST, &text, e))
		return -1;
	rest = (struct slice){ text.data, text.len };
	for (bool more = true; more && !slice_starts(line, "0::");)
		more = slice_cut(rest, '\n', &line, &rest);
	const char *below_mount = v2->dir + strlen(v2->mount_point);
	size_t n = strlen(below_mount);
	if (line.n < 3 + n || memcmp(line.p + 3, below_mount, n) != 0 ||
		(line.n > 3 + n && line.p[3 + n] != '/'))
		return err_set(
			e, ERR_NOT_FOUND, "process %d is not in cgroup %s", (int)pid, v2->dir);
	buf_fmt(&dir, "%s%.*s", v2->dir, (int)(line.n - 3 - n), line.p + 3 + n);
	int fd = open(dir.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open cgroup %s", dir.data) : fd;
}

/* One path instead of a directory and a name: ten groups are joined at every start and exec. */
static int join(struct cgroup_member *m, struct err *e)
{
	const char *file = m->v2 ? "cgroup.procs" : "tasks";
	char path[PATH_MAX];

	if (m->fd >= 0)
		return cgroup_write(m, file, "0", e);
	snprintf(path, sizeof(path), "%s/%s", m->dir, file);
	return fs_write_kernel(AT_FDCWD, path, "0", e);
}

int cgroup_join(struct cgroup *cg, bool in_v2_tree, struct err *e)
{
	if (fault_point("cgroup.join", e))
		return -1;
	for (size_t i = 0; i < cg->n; i++) {
		struct cgroup_member *m = &cg->members[i];
		if (m->v2 && in_v2_tree)
			continue;
		if (join(m, e))
			return -1;
	}
	return 0;
}

int cgroup_add(struct cgroup *cg, pid_t pid, struct err *e)
{
	for (size_t i = 0; i < cg->n; i++)
		if (cgroup_write_i64(&cg->members[i], "cgroup.procs", pid, e))
			return -1;
	return 0;
}

/* Milliseconds left until deadline, at least 0. */
static int left_ms(int64_t deadline_ns)
{
	int64_t left = (deadline_ns - clock_monotonic_ns() + 999999) / 1000000;

	return left > 0 ? (int)left : 0;
}

static void pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* The v1 freezer tells nobody when it is done: FREEZING turns into FROZEN when somebody looks. */
static int wait_v1_frozen(struct cgroup_member *m, struct err *e)
{
	int64_t deadline = clock_monotonic_ns() + FREEZE_TIMEOUT_MS * INT64_C(1000000);

	for (long step = 0; left_ms(deadline); step = step < 10 ? step + 1 : 10) {
		own_buf state = { 0 };
		buf_init(&state, 64);
		if (cgroup_read(m, "freezer.state", &state, e))
			return -1;
		if (str_starts(state.data, "FROZEN"))
			return 0;
		pause_ms(step);
		/* A task that was forked while freezing is only caught by asking again. */
		if (cgroup_write(m, "freezer.state", "FROZEN", e))
			return -1;
	}
	return err_set(e, ERR_INTERNAL, "unable to freeze cgroup %s", m->dir);
}

/* cgroup.events raises POLLPRI at each change. want: "frozen 1", "populated 0", … ; 0 when it never came. */
static bool wait_event(struct cgroup_member *m, const char *key, uint64_t want, int timeout_ms)
{
	int64_t deadline = clock_monotonic_ns() + timeout_ms * INT64_C(1000000);
	struct err ignored;
	int dir = cgroup_member_fd(m, &ignored);
	own_fd fd = dir >= 0 ? openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC) : -1;

	while (fd >= 0) {
		char text[256];
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		ssize_t n = pread(fd, text, sizeof(text), 0);
		if (n < 0)
			return false;
		if (cgroup_text_get((struct slice){ text, (size_t)n }, key, !want) == want)
			return true;
		if (!left_ms(deadline) || (poll(&p, 1, left_ms(deadline)) < 0 && errno != EINTR))
			return false;
	}
	return false;
}

static int freeze_v2(struct cgroup_member *m, bool freeze, struct err *e)
{
	if (cgroup_write(m, "cgroup.freeze", freeze ? "1" : "0", e))
		return -1;
	if (!wait_event(m, "frozen", freeze, FREEZE_TIMEOUT_MS))
		return err_set(e, ERR_INTERNAL, "unable to %s cgroup %s",
			freeze ? "freeze" : "thaw", m->dir);
	return 0;
}

int cgroup_freeze(struct cgroup *cg, bool freeze, struct err *e)
{
	struct cgroup_member *v1 = cgroup_member_of(cg, "freezer"), *v2 = cgroup_v2_member(cg);
	struct err ignored;

	if (fault_point("cgroup.freeze", e))
		return -1;
	if (!v1 && !v2)
		return err_set(e, ERR_INVALID, "cannot freeze: no freezer controller");
	if (!v1 || v1->v2) {
		if (freeze_v2(v2, freeze, e) == 0)
			return 0;
		if (freeze)
			cgroup_write(v2, "cgroup.freeze", "0", &ignored);
		return -1;
	}
	if (cgroup_write(v1, "freezer.state", freeze ? "FROZEN" : "THAWED", e))
		return -1;
	if (!freeze || wait_v1_frozen(v1, e) == 0)
		return 0;
	cgroup_write(v1, "freezer.state", "THAWED", &ignored);
	return -1;
}

bool cgroup_is_frozen(struct cgroup *cg)
{
	struct cgroup_member *v1 = cgroup_member_of(cg, "freezer"), *v2 = cgroup_v2_member(cg);
	bool on_v1 = v1 && !v1->v2;
	struct err ignored;
	own_buf state = { 0 };

	buf_init(&state, 64);
	if (!on_v1 && !v2)
		return false;
	if (cgroup_read(
		    on_v1 ? v1 : v2, on_v1 ? "freezer.state" : "cgroup.freeze", &state, &ignored))
		return false;
	return on_v1 ? str_starts(state.data, "FR") : state.data[0] == '1';
}

static void add_pids(struct arena *a, struct slice text, struct pid_list *out)
{
	struct slice line;
	uint32_t pid;

	for (bool more = true; more;) {
		more = slice_cut(text, '\n', &line, &text);
		/* 0 is a process our pid namespace does not see. */
		if (!parse_u32(line, &pid) || pid == 0)
			continue;
		out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
		out->v[out->n - 1] = (pid_t)pid;
	}
}

/* dir is consumed. Groups that go away meanwhile, and threaded ones, are passed over. */
static int pids_below(struct arena *a, int dir, int depth, struct pid_list *out, struct err *e)
{
	own_dir d = fdopendir(dir);
	own_buf text = { 0 };

	buf_init(&text, CGROUP_FILE_MOST + 1);
	if (!d) {
		close(dir);
		return err_sys(e, "read cgroup");
	}
	if (fs_read(dir, "cgroup.procs", CGROUP_FILE_MOST, &text, e)) {
		if (e->sys == ENOENT || e->sys == ENODEV || e->sys == EOPNOTSUPP)
			return 0;
		return -1;
	}
	add_pids(a, (struct slice){ text.data, text.len }, out);
	for (struct dirent *entry; depth < DEPTH_MOST && (entry = readdir(d));) {
		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
			!strcmp(entry->d_name, ".."))
			continue;
		int child = openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (child >= 0 && pids_below(a, child, depth + 1, out, e))
			return -1;
	}
	return 0;
}

static int by_number(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return x < y ? -1 : x > y;
}

static int member_pids(
	struct cgroup_member *m, struct arena *a, struct pid_list *out, struct err *e)
{
	int dir = open(m->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return errno == ENOENT ? 0 : err_sys(e, "open cgroup %s", m->dir);
	return pids_below(a, dir, 0, out, e) ? err_in(e, "cgroup %s", m->dir) : 0;
}

int cgroup_pids(struct cgroup *cg, struct arena *a, struct pid_list *out, struct err *e)
{
	*out = (struct pid_list){ 0 };
	if (member_pids(cgroup_main_member(cg), a, out, e))
		return -1;
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_number);
	return 0;
}

int cgroup_check_unused(struct cgroup *cg, struct err *e)
{
	own_arena a = arena_new();
	struct pid_list pids;

	if (cgroup_main_member(cg)->n_made)
		return 0;
	if (cgroup_pids(cg, a, &pids, e))
		return -1;
	if (pids.n)
		return err_set(e, ERR_CONFLICT,
			"container's cgroup is not empty: %zu process(es) found", pids.n);
	if (cgroup_is_frozen(cg))
		return err_set(e, ERR_CONFLICT, "container's cgroup unexpectedly frozen");
	return 0;
}

static int signal_all(struct cgroup *cg, int sig, size_t *count, struct err *e)
{
	own_arena a = arena_new();
	struct pid_list pids;

	if (cgroup_pids(cg, a, &pids, e))
		return -1;
	*count = pids.n;
	for (size_t i = 0; i < pids.n; i++)
		if (kill(pids.v[i], sig) && errno != ESRCH)
			return err_sys(e, "signal process %d", (int)pids.v[i]);
	return 0;
}

/* Frozen processes fork no more, so one pass reaches all; they die when thawed. */
static int kill_frozen(struct cgroup *cg, size_t *count, struct err *e)
{
	struct err ignored;
	bool frozen = cgroup_freeze(cg, true, &ignored) == 0;
	int rc = signal_all(cg, SIGKILL, count, e);

	if (frozen)
		cgroup_freeze(cg, false, &ignored);
	return rc;
}

int cgroup_kill(struct cgroup *cg, int sig, struct err *e)
{
	struct cgroup_member *v2 = cgroup_v2_member(cg);
	size_t count = 1;

	if (sig != SIGKILL)
		return signal_all(cg, sig, &count, e);
	/* The kernel's own way (5.14) cannot be outrun. On a hybrid machine what joined v1 only is left over. */
	if (v2 && cgroup_has_file(v2, "cgroup.kill") && cgroup_write(v2, "cgroup.kill", "1", e))
		return -1;
	if (v2 && cg->version == CGROUP_V2 && cgroup_has_file(v2, "cgroup.kill"))
		return 0;
	/* Also thaws a paused group, whose processes could not die otherwise. */
	if (signal_all(cg, SIGKILL, &count, e))
		return -1;
	if (count && cgroup_is_frozen(cg) && cgroup_freeze(cg, false, e))
		return -1;
	for (int round = 0; count && round < KILL_ROUNDS; round++) {
		if (signal_all(cg, 0, &count, e))
			return -1;
		if (count && kill_frozen(cg, &count, e))
			return -1;
	}
	return 0;
}

/* Removes path and the groups below it, innermost first. 0, or -1 with errno. */
static int remove_dirs(int parent, const char *path, int depth)
{
	if (unlinkat(parent, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY || depth == DEPTH_MOST)
		return -1;
	int fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir d = fd >= 0 ? fdopendir(fd) : NULL;
	bool had_children = false;
	for (struct dirent *entry; d && (entry = readdir(d));) {
		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
			!strcmp(entry->d_name, ".."))
			continue;
		had_children = true;
		if (remove_dirs(fd, entry->d_name, depth + 1))
			return -1;
	}
	if (!had_children) {
		errno = EBUSY;
		return -1;
	}
	return unlinkat(parent, path, AT_REMOVEDIR) && errno != ENOENT ? -1 : 0;
}

/* Until one of the group's processes has ended. False when there is none left to wait for. */
static bool wait_for_exit(struct cgroup_member *m, int timeout_ms)
{
	own_arena a = arena_new();
	struct pid_list pids = { 0 };
	struct err ignored;

	if (member_pids(m, a, &pids, &ignored) || !pids.n)
		return false;
	own_fd pidfd = (int)syscall(SYS_pidfd_open, pids.v[0], 0);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	return pidfd >= 0 && poll(&p, 1, timeout_ms) >= 0;
}

static int remove_member(struct cgroup_member *m, int64_t deadline, struct err *e)
{
	cleanup_fd(&m->fd);
	m->fd = -1;
	while (remove_dirs(AT_FDCWD, m->dir, 0)) {
		int left = left_ms(deadline);
		if (errno != EBUSY || !left)
			return err_sys(e, "remove cgroup %s", m->dir);
		if (m->v2 && wait_event(m, "populated", 0, left)) {
			cleanup_fd(&m->fd);
			m->fd = -1;
			if (remove_dirs(AT_FDCWD, m->dir, 0) == 0)
				break;
		}
		/* A dying process leaves the list before it lets go of the group (cgroup_task_dead is called when it
		 * is switched away from): nothing reports that moment on v1. */
		if (!wait_for_exit(m, left))
			pause_ms(1);
	}
	return 0;
}

int cgroup_remove(struct cgroup *cg, int timeout_ms, struct err *e)
{
	int64_t deadline = clock_monotonic_ns() + timeout_ms * INT64_C(1000000);
	int rc = 0;

	if (fault_point("cgroup.remove", e))
		return -1;
	if (cg->scope && scope_stop(cg->scope, e))
		rc = -1;
	/* One that will not go shall not keep the others. */
	for (size_t i = 0; i < cg->n; i++)
		if (remove_member(&cg->members[i], deadline, e))
			rc = -1;
	return rc;
}
