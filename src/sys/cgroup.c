/* SPDX-License-Identifier: Apache-2.0 */
/* A group as a list of directories: making, finding, saving, removing them. What is written into them is elsewhere. */
#include "sys/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "sys/cgroup_int.h"
#include "sys/scope.h"

struct cgroup_member *cgroup_v2_member(const struct cgroup *cg)
{
	for (size_t i = 0; i < cg->n; i++)
		if (cg->members[i].v2)
			return (struct cgroup_member *)&cg->members[i];
	return NULL;
}

struct cgroup_member *cgroup_member_of(struct cgroup *cg, const char *controller)
{
	struct cgroup_member *v2 = cgroup_v2_member(cg);

	for (size_t i = 0; i < cg->n; i++)
		if (!cg->members[i].v2 && cgroup_list_has(cg->members[i].controllers, controller))
			return &cg->members[i];
	return v2 && cgroup_list_has(v2->controllers, controller) ? v2 : NULL;
}

struct cgroup_member *cgroup_main_member(struct cgroup *cg)
{
	struct cgroup_member *v2 = cgroup_v2_member(cg);
	struct cgroup_member *freezer = cgroup_member_of(cg, "freezer");

	if (cg->version == CGROUP_V2)
		return v2;
	return freezer ? freezer : &cg->members[0];
}

int cgroup_member_fd(struct cgroup_member *m, struct err *e)
{
	if (m->fd >= 0)
		return m->fd;
	m->fd = open(m->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->fd < 0) {
		err_sys(e, "open cgroup %s", m->dir);
		if (e->sys == ENOENT)
			e->kind = ERR_NOT_FOUND;
	}
	return m->fd;
}

int cgroup_write(struct cgroup_member *m, const char *file, const char *value, struct err *e)
{
	int dir = cgroup_member_fd(m, e);

	if (dir < 0)
		return -1;
	if (m->journal)
		cgroup_journal_note(m->journal, m, file, value);
	if (fs_write_kernel(dir, file, value, e) == 0)
		return 0;
	/* runc's words, which engines show on. */
	int sys = e->sys;
	err_set(e, e->kind, "failed to write \"%s\": write %s/%s: %s", value, m->dir, file,
		err_text(sys));
	e->sys = sys;
	return -1;
}

int cgroup_write_i64(struct cgroup_member *m, const char *file, int64_t value, struct err *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	return cgroup_write(m, file, text, e);
}

int cgroup_write_u64(struct cgroup_member *m, const char *file, uint64_t value, struct err *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return cgroup_write(m, file, text, e);
}

bool cgroup_has_file(struct cgroup_member *m, const char *file)
{
	struct err e;
	int dir = cgroup_member_fd(m, &e);

	return dir >= 0 && fs_exists(dir, file);
}

int cgroup_read(struct cgroup_member *m, const char *file, struct buf *b, struct err *e)
{
	int dir = cgroup_member_fd(m, e);

	if (dir < 0)
		return -1;
	return fs_read(dir, file, CGROUP_FILE_MOST, b, e) ? err_in(e, "cgroup %s", m->dir) : 0;
}

int cgroup_read_u64(struct cgroup_member *m, const char *file, uint64_t *out, struct err *e)
{
	own_buf b = { 0 };

	buf_init(&b, CGROUP_FILE_MOST + 1);
	*out = 0;
	if (cgroup_read(m, file, &b, e))
		return -1;
	struct slice text = slice_trim((struct slice){ b.data, b.len });
	if (slice_eq(text, "max"))
		*out = UINT64_MAX;
	else if (!parse_u64(text, out))
		return err_set(e, ERR_INTERNAL, "cgroup %s: %s holds no number", m->dir, file);
	return 0;
}

struct slice cgroup_text(struct cgroup_member *m, const char *file, struct buf *b)
{
	struct err ignored;

	buf_clear(b);
	if (!m || cgroup_read(m, file, b, &ignored))
		return (struct slice){ "", 0 };
	return (struct slice){ b->data, b->len };
}

uint64_t cgroup_number(struct cgroup_member *m, const char *file, uint64_t dflt)
{
	struct err ignored;
	uint64_t n;

	return m && cgroup_read_u64(m, file, &n, &ignored) == 0 ? n : dflt;
}

uint64_t cgroup_text_get(struct slice text, const char *key, uint64_t dflt)
{
	struct slice line, name, value;
	uint64_t number;

	for (bool more = true; more;) {
		more = slice_cut(text, '\n', &line, &text);
		if (slice_cut(line, ' ', &name, &value) && slice_eq(name, key) &&
			parse_u64(slice_trim(value), &number))
			return number;
	}
	return dflt;
}

static struct cgroup *group_new(enum cgroup_version version)
{
	struct arena *a = arena_new();
	struct cgroup *cg = ARENA_NEW(a, struct cgroup);

	cg->arena = a;
	cg->version = version;
	return cg;
}

void cgroup_free(struct cgroup *cg)
{
	if (!cg)
		return;
	for (size_t i = 0; i < cg->n; i++)
		cleanup_fd(&cg->members[i].fd);
	arena_free(cg->arena);
}

/* path as "a/b", without a leading, doubled or trailing slash and "."; NULL when it is refused. */
static char *clean_path(struct arena *a, const char *path, struct err *e)
{
	struct slice rest = slice_str(path), part;
	own_buf out = { 0 };

	buf_init(&out, PATH_MAX / 2);
	for (bool more = true; more;) {
		more = slice_cut(rest, '/', &part, &rest);
		if (!part.n || slice_eq(part, "."))
			continue;
		if (slice_eq(part, "..") || part.n > NAME_MAX)
			out.failed = true;
		buf_fmt(&out, "%s%.*s", out.len ? "/" : "", (int)part.n, part.p);
	}
	/* Control characters would break the lines of cgroup_save. */
	for (size_t i = 0; i < out.len; i++)
		if ((unsigned char)out.data[i] < ' ')
			out.failed = true;
	if (!buf_ok(&out) || !out.len) {
		err_set(e, ERR_INVALID, "invalid cgroup path \"%s\"", path);
		return NULL;
	}
	return arena_strndup(a, out.data, out.len);
}

/*
 * Where relative paths count from: our own group; on cgroup v2 alone the one above it, since a group with processes in
 * it cannot hand controllers down.
 */
static const char *relative_base(struct cgroup *cg, const struct cgroup_host *h, size_t i)
{
	const char *own = strcmp(h->own[i], "/") == 0 ? "" : h->own[i], *last = strrchr(own, '/');

	if (h->version != CGROUP_V2 || !last)
		return own;
	return arena_strndup(cg->arena, own, (size_t)(last - own));
}

/* A hierarchy in which the group is at path: below the mounted root, or beside or below our own group. */
static void add_member(
	struct cgroup *cg, const struct cgroup_host *h, size_t i, bool absolute, const char *path)
{
	const struct cgroup_mount *m = &h->mounts[i];
	const char *base = absolute ? "" : relative_base(cg, h, i);

	cg->members[cg->n++] = (struct cgroup_member){
		.v2 = m->v2,
		.controllers = arena_strdup(cg->arena, m->controllers),
		.mount_point = arena_strdup(cg->arena, m->mount_point),
		.dir = arena_printf(cg->arena, "%s%s/%s", m->mount_point, base, path),
		.fd = -1,
	};
}

struct cgroup *cgroup_plan(const struct cgroup_host *h, const char *path, struct err *e)
{
	struct cgroup *cg = group_new(h->version);
	const char *clean = clean_path(cg->arena, path, e);

	for (size_t i = 0; clean && i < h->n; i++)
		add_member(cg, h, i, path[0] == '/', clean);
	if (clean)
		return cg;
	cgroup_free(cg);
	return NULL;
}

/* What cgroup.controllers of the v2 group lists: those its parent has enabled. */
void cgroup_read_v2_controllers(struct cgroup *cg)
{
	struct cgroup_member *v2 = cgroup_v2_member(cg);
	struct err e;
	own_buf list = { 0 };

	buf_init(&list, CGROUP_FILE_MOST + 1);
	if (v2 && cgroup_read(v2, "cgroup.controllers", &list, &e) == 0)
		v2->controllers = arena_strndup(cg->arena, list.data, list.len);
}

/* mkdir -p below the mount point, counting what was made. */
static int make_dirs(struct cgroup_member *m, struct err *e)
{
	char partial[PATH_MAX];
	size_t n = strlen(m->dir);

	if (fault_point("cgroup.mkdir", e))
		return -1;
	if (n >= sizeof(partial))
		return errno = ENAMETOOLONG, err_sys(e, "create cgroup %.64s…", m->dir);
	if (mkdir(m->dir, 0755) == 0)
		return m->n_made = 1, 0;
	if (errno == EEXIST)
		return 0;
	for (size_t i = strlen(m->mount_point) + 1; errno == ENOENT && i <= n; i++) {
		if (i < n && m->dir[i] != '/')
			continue;
		memcpy(partial, m->dir, i);
		partial[i] = 0;
		if (mkdir(partial, 0755) == 0)
			m->n_made++;
		else if (errno != EEXIST)
			break;
		if (i == n)
			return 0;
		errno = ENOENT;
	}
	return err_sys(e, "create cgroup %s", m->dir);
}

void cgroup_unmake(struct cgroup *cg)
{
	for (size_t i = 0; i < cg->n; i++) {
		struct cgroup_member *m = &cg->members[i];
		char path[PATH_MAX];
		snprintf(path, sizeof(path), "%s", m->dir);
		for (size_t k = 0; k < m->n_made; k++) {
			rmdir(path);
			*strrchr(path, '/') = 0;
		}
	}
}

/* Copies cpuset.cpus and .mems from parent to child where the child has none. */
static int inherit_cpuset(int parent, int child, struct err *e)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };

	for (size_t i = 0; i < 2; i++) {
		own_buf mine = { 0 }, theirs = { 0 };
		buf_init(&mine, 65536);
		buf_init(&theirs, 65536);
		if (fs_read(child, files[i], 65535, &mine, e) ||
			fs_read(parent, files[i], 65535, &theirs, e))
			return -1;
		if (slice_trim((struct slice){ mine.data, mine.len }).n)
			continue;
		theirs.data[strcspn(theirs.data, "\n")] = 0;
		if (*theirs.data && fs_write_kernel(child, files[i], theirs.data, e))
			return -1;
	}
	return 0;
}

/* A v1 cpuset is born empty and takes no process then: hand the values down the whole path. */
static int prepare_cpuset(struct cgroup_member *m, struct err *e)
{
	const char *rest = m->dir + strlen(m->mount_point);
	own_fd parent = open(m->mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (parent < 0)
		return err_sys(e, "open cgroup %s", m->mount_point);
	for (rest += strspn(rest, "/"); *rest; rest += strspn(rest, "/")) {
		char name[NAME_MAX + 1];
		size_t n = strcspn(rest, "/");
		snprintf(name, sizeof(name), "%.*s", (int)n, rest);
		own_fd child = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (child < 0)
			return err_sys(e, "open cgroup %s", m->dir);
		if (inherit_cpuset(parent, child, e))
			return err_in(e, "cgroup %s", m->dir);
		close(parent);
		parent = take_fd(&child);
		rest += n;
	}
	return 0;
}

static int create_member(struct cgroup *cg, struct cgroup_member *m, struct err *e)
{
	if (make_dirs(m, e))
		return -1;
	if (!m->v2 && cgroup_list_has(m->controllers, "cpuset"))
		return prepare_cpuset(m, e);
	/* On a hybrid machine the v2 tree is for killing and watching; controllers there wait until asked for. */
	if (m->v2 && cg->version == CGROUP_V2)
		return cgroup_v2_enable(m, NULL, e);
	return 0;
}

int cgroup_make(struct cgroup *cg, bool in_v2_tree, struct err *e)
{
	for (size_t i = 0; i < cg->n; i++)
		if (cg->members[i].v2 == in_v2_tree && create_member(cg, &cg->members[i], e))
			return -1;
	if (in_v2_tree)
		cgroup_read_v2_controllers(cg);
	return 0;
}

struct cgroup *cgroup_create(const struct cgroup_host *h, const char *path, struct err *e)
{
	struct cgroup *cg = cgroup_plan(h, path, e);

	if (!cg || (cgroup_make(cg, false, e) == 0 && cgroup_make(cg, true, e) == 0))
		return cg;
	cgroup_unmake(cg);
	cgroup_free(cg);
	return NULL;
}

struct cgroup *cgroup_open(const struct cgroup_host *h, const char *path, struct err *e)
{
	struct cgroup *cg = cgroup_plan(h, path, e);
	size_t kept = 0;

	if (!cg)
		return NULL;
	for (size_t i = 0; i < cg->n; i++)
		if (cgroup_member_fd(&cg->members[i], e) >= 0)
			cg->members[kept++] = cg->members[i];
	cg->n = kept;
	if (!kept) {
		cgroup_free(cg);
		err_set(e, ERR_NOT_FOUND, "cgroup %s does not exist", path);
		return NULL;
	}
	cgroup_read_v2_controllers(cg);
	return cg;
}

/*
 * First line: the version. Then, for the systemd driver, "s" or "u" (the user's) and the unit. Then for each member: kind,
 * mount point's length, controllers, directory.
 */
void cgroup_save(const struct cgroup *cg, struct buf *out)
{
	buf_fmt(out, "cgroup v%d\n", cg->version == CGROUP_V2 ? 2 : 1);
	if (cg->scope)
		buf_fmt(out, "%c %s\n", cg->scope->user ? 'u' : 's', cg->scope->unit);
	for (size_t i = 0; i < cg->n; i++) {
		const struct cgroup_member *m = &cg->members[i];
		buf_fmt(out, "%c %zu %s\t%s\n", m->v2 ? '2' : '1', strlen(m->mount_point),
			m->v2 ? "" : m->controllers, m->dir);
	}
}

static int restore_member(struct cgroup *cg, struct slice line)
{
	struct slice kind, rest, length, controllers, dir;
	uint32_t n;

	if (!slice_cut(line, ' ', &kind, &rest) || !slice_cut(rest, ' ', &length, &rest) ||
		!slice_cut(rest, '\t', &controllers, &dir) || !parse_u32(length, &n) || n > dir.n ||
		dir.n == 0 || dir.p[0] != '/' || cg->n == CGROUP_MEMBERS_MOST)
		return -1;
	cg->members[cg->n++] = (struct cgroup_member){
		.v2 = slice_eq(kind, "2"),
		.controllers = arena_strndup(cg->arena, controllers.p, controllers.n),
		.dir = arena_strndup(cg->arena, dir.p, dir.n),
		.mount_point = arena_strndup(cg->arena, dir.p, n),
		.fd = -1,
	};
	return 0;
}

static void restore_scope(struct cgroup *cg, struct slice line)
{
	struct scope *s = ARENA_NEW(cg->arena, struct scope);

	s->user = line.p[0] == 'u';
	s->unit = s->name = arena_strndup(cg->arena, line.p + 2, line.n - 2);
	cg->scope = s;
}

struct cgroup *cgroup_restore(const char *saved, struct err *e)
{
	struct slice rest = slice_str(saved), line;
	struct cgroup *cg = group_new(str_starts(saved, "cgroup v2") ? CGROUP_V2 : CGROUP_V1);
	bool ok = slice_cut(rest, '\n', &line, &rest) && slice_starts(line, "cgroup v");

	while (ok && rest.n) {
		slice_cut(rest, '\n', &line, &rest);
		if ((slice_starts(line, "s ") || slice_starts(line, "u ")) && line.n > 2)
			restore_scope(cg, line);
		else
			ok = restore_member(cg, line) == 0;
	}
	if (!ok || !cg->n) {
		cgroup_free(cg);
		err_set(e, ERR_INVALID, "malformed cgroup state");
		return NULL;
	}
	cgroup_read_v2_controllers(cg);
	return cg;
}

const char *cgroup_dir(const struct cgroup *cg, const char *controller)
{
	const struct cgroup_member *m = *controller
						? cgroup_member_of((struct cgroup *)cg, controller)
						: cgroup_v2_member(cg);

	return m ? m->dir : NULL;
}
