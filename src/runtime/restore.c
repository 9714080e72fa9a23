/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All happens in a mount namespace of its own, where the root file system is bound to a place by itself as CRIU wants it
 * (a mount point, nothing over its parent): whatever becomes of us, the host sees nothing of it. The directories CRIU
 * is given must be open there, too. Only hooks run at home. CRIU, in the container's cgroup, makes init a child of ours.
 */
#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/slice.h"
#include "base/steps.h"
#include "criu.h"
#include "hooks.h"
#include "sys/mounts.h"
#include "sys/pty.h"

#define LOG_FILE	"restore.log"
#define DESCRIPTORS	"descriptors.json"
#define DESCRIPTORS_MAX (64 * 1024)
#define ROOT_DIR	"criu-root"
#define CRIU_LEAST	30000
#define CRIU_KNOWS_LSM	31600
#define FIRST_EXTRA_FD	4 /* behind stdio and CRIU's socket */
#define BINDS_MOST	256
#define STATE_TEXT_MAX	(1024 * 1024)
#define CGROUP_TEXT_MAX (64 * 1024)

/* A mount namespace, and the current directory in it. */
struct place {
	int ns, cwd;
};

struct work {
	struct restore *restore;
	struct place home, aside;
	struct criu_request request;
	const char *root; /* where CRIU finds the root file system */
	int fds[4];	  /* namespaces by path */
	size_t n_fds;
	bool has_init;
};

/* ---- two mount namespaces ---- */

static int remember_place(struct place *p, struct err *e)
{
	p->ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	p->cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return p->ns < 0 || p->cwd < 0 ? err_sys(e, "open mount namespace") : 0;
}

static int go_to(const struct place *p, struct err *e)
{
	return setns(p->ns, CLONE_NEWNS) || fchdir(p->cwd) ? err_sys(e, "change mount namespace")
							   : 0;
}

static int step_aside(struct work *w, struct err *e)
{
	if (remember_place(&w->home, e))
		return -1;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return err_sys(e, "unshare mount namespace");
	return remember_place(&w->aside, e);
}

static int come_home(struct work *w, struct err *e)
{
	int rc = w->aside.cwd >= 0 ? go_to(&w->home, e) : 0;
	int *const fds[] = { &w->home.ns, &w->home.cwd, &w->aside.ns, &w->aside.cwd };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (*fds[i] >= 0)
			close(take_fd(fds[i]));
	return rc;
}

/* ---- in CRIU's process ---- */

static bool is_on_tmpfs(const struct oci_spec *s, const char *path)
{
	for (size_t i = 0; i < s->mounts.n; i++) {
		const struct oci_mount *m = &s->mounts.v[i];
		size_t n = strlen(m->destination);
		if (str_eq(m->type, "tmpfs") && strncmp(path, m->destination, n) == 0 &&
			path[n] == '/')
			return true;
	}
	return false;
}

/* A mount point, and the bind mount on it: further ones may lie below. *top is what to unmount again, or -1. */
static int make_mount_point(const struct work *w, int root, const struct oci_mount *m, bool bind,
	int *top, struct err *e)
{
	const char *base = w->restore->creation.bundle.path;
	enum mount_target kind = MOUNT_TARGET_DIR;
	char place[32], source[PATH_MAX];
	struct stat st;

	*top = -1;
	snprintf(source, sizeof(source), "%s%s%s", m->source && m->source[0] == '/' ? "" : base,
		m->source && m->source[0] == '/' ? "" : "/", m->source ? m->source : "");
	if (bind && stat(source, &st))
		return err_sys(e, "stat %s", source);
	if (bind && !S_ISDIR(st.st_mode))
		kind = MOUNT_TARGET_FILE;
	own_fd target = mount_target_open(root, m->destination, kind, e);
	if (target < 0)
		return -1;
	if (!bind)
		return 0;
	snprintf(place, sizeof(place), "/proc/self/fd/%d", target);
	if (mount(source, place, NULL, MS_BIND | MS_REC, NULL))
		return err_sys(e, "bind %s", source);
	*top = mount_target_open(root, m->destination, kind, e);
	return *top < 0 ? -1 : 0;
}

static int make_mount_points(const struct work *w, int root, struct err *e)
{
	const struct oci_spec *s = &w->restore->creation.bundle.spec;
	int tops[BINDS_MOST], rc = 0;
	size_t n = 0;
	char place[32];

	for (size_t i = 0; i < s->mounts.n && !rc; i++) {
		const struct oci_mount *m = &s->mounts.v[i];
		struct mount_opts o;
		/* CRIU restores what is on a tmpfs, mount points too; v1's hierarchies are on one. */
		if (str_eq(m->type, "cgroup") || is_on_tmpfs(s, m->destination))
			continue;
		if (n == BINDS_MOST)
			return err_set(e, ERR_INVALID, "too many mounts for a restore");
		if (mount_parse_options(w->request.arena, &m->options, &o, e))
			return -1;
		rc = make_mount_point(w, root, m, o.bind || str_eq(m->type, "bind"), &tops[n], e);
		if (rc == 0 && tops[n] >= 0)
			n++;
	}
	while (n-- > 0) {
		snprintf(place, sizeof(place), "/proc/self/fd/%d", tops[n]);
		if (umount2(place, MNT_DETACH))
			log_warn("unmount %s: %s, ignoring", place, runtime_errno_text(errno));
		close(tops[n]);
	}
	return rc ? err_in(e, "create criu restore mountpoint") : 0;
}

static int prepare(void *ctx, struct err *e)
{
	struct work *w = ctx;
	const struct creation *c = &w->restore->creation;

	if (c->cgroup && cgroup_join(c->cgroup, false, e))
		return -1;
	own_fd root = open(c->bundle.rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(e, "open %s", c->bundle.rootfs);
	if (make_mount_points(w, root, e))
		return -1;
	if (mount(c->bundle.rootfs, w->root, NULL, MS_BIND | MS_REC, NULL))
		return err_sys(e, "bind %s to %s", c->bundle.rootfs, w->root);
	return 0;
}

/* ---- what CRIU is told ---- */

void restore_put_cgroup_roots(struct criu_request *r, const char *text, size_t n)
{
	struct slice rest = { text, n }, line, number, controllers, path;
	CriuOpts *o = &r->opts;

	while (rest.n) {
		slice_cut(rest, '\n', &line, &rest);
		if (!slice_cut(line, ':', &number, &line) ||
			!slice_cut(line, ':', &controllers, &path))
			continue;
		CgroupRoot *root = ARENA_NEW(r->arena, CgroupRoot);
		cgroup_root__init(root);
		root->ctrl = arena_strndup(r->arena, controllers.p, controllers.n);
		root->path = arena_strndup(r->arena, path.p, path.n);
		o->cg_root = arena_grow(r->arena, o->cg_root, &o->n_cg_root, sizeof(root));
		o->cg_root[o->n_cg_root - 1] = root;
	}
}

/* What depends on the groups CRIU is in by now. */
static int complete(void *ctx, pid_t criu, struct err *e)
{
	struct work *w = ctx;
	const struct creation *c = &w->restore->creation;
	char path[32];
	own_buf text = { 0 };

	buf_init(&text, CGROUP_TEXT_MAX);
	/* systemd makes a group around a process that is there already (placement.h). */
	if (c->plan.place && c->plan.place(c->plan.arg, criu, e))
		return -1;
	own_fd root = open(c->bundle.rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(e, "open %s", c->bundle.rootfs);
	if (criu_put_mounts(
		    &w->request, CRIU_SIDE_RESTORE, &c->bundle.spec, root, c->host, c->cgroup, e))
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/cgroup", criu);
	if (fs_read(AT_FDCWD, path, CGROUP_TEXT_MAX, &text, e))
		return -1;
	restore_put_cgroup_roots(&w->request, text.data, text.len);
	return 0;
}

int restore_put_descriptors(struct criu_request *r, const char *text, size_t n, struct err *e)
{
	own_json doc = json_parse(text, n, e);

	if (!doc || json_type(doc) != JSON_ARR)
		return err_set(e, ERR_INVALID, "%s is not understood", DESCRIPTORS);
	for (size_t i = 0; i < json_len(doc) && i < 3; i++) {
		const char *what = json_str(json_at(doc, i), "");
		if (strstr(what, "pipe:"))
			criu_put_inherit_fd(r, what, (int)i);
	}
	return 0;
}

static int put_descriptors(struct work *w, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, DESCRIPTORS_MAX);
	if (fs_read(w->request.images, DESCRIPTORS, DESCRIPTORS_MAX, &text, e))
		return err_set(e, ERR_NOT_FOUND, "open %s/%s: %s", w->request.image_path,
			DESCRIPTORS, runtime_errno_text(e->sys ? e->sys : ENOENT));
	return restore_put_descriptors(&w->request, text.data, text.len, e);
}

static void put_joined(struct criu_request *r, const char *word, const char *path)
{
	CriuOpts *o = &r->opts;
	JoinNamespace *ns = ARENA_NEW(r->arena, JoinNamespace);

	join_namespace__init(ns);
	ns->ns = arena_strdup(r->arena, word);
	ns->ns_file = arena_strdup(r->arena, path);
	o->join_ns = arena_grow(r->arena, o->join_ns, &o->n_join_ns, sizeof(ns));
	o->join_ns[o->n_join_ns - 1] = ns;
}

/* Network and pid namespaces by path were left out of the dump and are handed over; others CRIU joins. */
static int put_namespace(struct work *w, const struct oci_namespace *ns, struct err *e)
{
	static const struct {
		const char *type;
		const char *word;
		const char *key; /* NULL: joined */
	} rows[] = {
		{ "network", "net", "extRootNetNS" },
		{ "pid", "pid", "extRootPidNS" },
		{ "mount", "mnt", NULL },
		{ "ipc", "ipc", NULL },
		{ "uts", "uts", NULL },
		{ "user", "user", NULL },
		{ "time", "time", NULL },
	};
	size_t i = 0;

	while (i < sizeof(rows) / sizeof(rows[0]) && !str_eq(ns->type, rows[i].type))
		i++;
	if (i == sizeof(rows) / sizeof(rows[0]))
		return err_set(e, ERR_INVALID, "Do not know how to handle namespace %s", ns->type);
	if (!rows[i].key) {
		put_joined(&w->request, rows[i].word, ns->path);
		return 0;
	}
	int fd = open(ns->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_NOT_FOUND, "Requested network namespace %s does not exist",
			ns->path);
	criu_put_inherit_fd(&w->request, rows[i].key, FIRST_EXTRA_FD + (int)w->n_fds);
	w->fds[w->n_fds++] = fd;
	return 0;
}

static int put_namespaces(struct work *w, struct err *e)
{
	const struct oci_linux *l = &w->restore->creation.bundle.spec.linux;

	for (size_t i = 0; i < l->namespaces.n; i++)
		if (!str_empty(l->namespaces.v[i].path) && put_namespace(w, &l->namespaces.v[i], e))
			return -1;
	return 0;
}

static int put_all(struct work *w, struct err *e)
{
	struct creation *c = &w->restore->creation;
	CriuOpts *opts = &w->request.opts;

	CRIU_SET(opts, evasive_devices, true);
	CRIU_SET(opts, rst_sibling, true);
	opts->root = arena_strdup(w->request.arena, w->root);
	criu_put_config_file(&w->request, &c->bundle.spec.annotations);
	return put_namespaces(w, e) ? -1 : put_descriptors(w, e);
}

/* ---- what CRIU tells ---- */

static int run_hooks(const struct work *w, pid_t pid, struct err *e)
{
	const struct creation *c = &w->restore->creation;
	const struct oci_hooks *h = c->bundle.spec.hooks;
	const struct hook_place place = { .dir = c->bundle.path };
	own_buf state = { 0 };

	buf_init(&state, STATE_TEXT_MAX);
	if (!h || (!h->prestart.n && !h->create_runtime.n))
		return 0;
	container_hook_state(&c->record, CONTAINER_CREATING, pid, &state);
	if (go_to(&w->home, e) || hooks_run("prestart", &h->prestart, &state, &place, e) ||
		hooks_run("createRuntime", &h->create_runtime, &state, &place, e))
		return -1;
	return go_to(&w->aside, e);
}

/* CRIU gives what it restores a time namespace, so that clocks go on from where they were. */
static bool has_own_time(pid_t pid)
{
	struct stat own, other;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/ns/time", pid);
	return stat("/proc/self/ns/time", &own) == 0 && stat(path, &other) == 0 &&
	       own.st_ino != other.st_ino;
}

static int take_init(struct work *w, pid_t pid, struct err *e)
{
	struct creation *c = &w->restore->creation;

	c->init.pid = pid;
	c->init.pidfd = pidfd_open(pid, 0);
	if (c->init.pidfd < 0)
		return err_sys(e, "open restored process");
	w->has_init = true;
	if (has_own_time(pid))
		c->record.namespaces |= CLONE_NEWTIME;
	return creation_save_state(c, e) || creation_write_pid_file(c, e) ? -1 : 0;
}

static int take_console(struct creation *c, int master, struct err *e)
{
	if (master < 0)
		return err_set(e, ERR_INTERNAL, "criu sent no terminal");
	if (!str_empty(c->opts->console_socket))
		return pty_send(c->opts->console_socket, master, "orphan-pts-master", e);
	c->console = dup(master);
	return c->console < 0 ? err_sys(e, "dup") : 0;
}

static int hear(void *ctx, struct criu_answer *a, struct err *e)
{
	struct work *w = ctx;
	struct creation *c = &w->restore->creation;

	if (str_eq(a->script, "setup-namespaces"))
		return run_hooks(w, a->pid, e);
	if (str_eq(a->script, "post-restore"))
		return take_init(w, a->pid, e);
	if (str_eq(a->script, "orphan-pts-master"))
		return take_console(c, a->fd, e);
	return 0;
}

/* ---- steps ---- */

static int check_version(void *ctx, struct err *e)
{
	struct work *w = ctx;
	const struct criu criu = { .program = w->restore->creation.rt->criu,
		.arena = w->request.arena };
	const struct criu_options *o = w->restore->options;
	int version;

	if (criu_version(&criu, &version, e))
		return -1;
	if (version < CRIU_LEAST)
		return err_set(e, ERR_INVALID, "CRIU version %d must be %d or higher", version,
			CRIU_LEAST);
	if (version < CRIU_KNOWS_LSM && !str_empty(o->lsm_profile))
		return err_set(e, ERR_INVALID, "--lsm-profile requires at least CRIU 3.16");
	if (version < CRIU_KNOWS_LSM && !str_empty(o->lsm_mount_context))
		return err_set(e, ERR_INVALID, "--lsm-mount-context requires at least CRIU 3.16");
	return 0;
}

static int make_root(void *ctx, struct err *e)
{
	struct work *w = ctx;
	int dir = w->restore->creation.dir;
	char link[32], path[PATH_MAX];

	if (mkdirat(dir, ROOT_DIR, 0755) && errno != EEXIST)
		return err_sys(e, "mkdir %s", ROOT_DIR);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return err_sys(e, "resolve %s", link);
	path[n] = 0;
	w->root = arena_printf(w->request.arena, "%s/%s", path, ROOT_DIR);
	return 0;
}

static void unmake_root(void *ctx)
{
	struct work *w = ctx;

	umount2(w->root, MNT_DETACH); /* not there yet when CRIU was not started */
	if (unlinkat(w->restore->creation.dir, ROOT_DIR, AT_REMOVEDIR))
		log_warn("remove %s: %s, ignoring", w->root, runtime_errno_text(errno));
}

static void end_init(void *ctx)
{
	struct work *w = ctx;

	if (w->has_init)
		creation_kill_init(&w->restore->creation);
	creation_remove_pid_file(&w->restore->creation);
}

static int restore(void *ctx, struct err *e)
{
	struct work *w = ctx;
	struct criu criu = { .program = w->restore->creation.rt->criu,
		.arena = w->request.arena,
		.prepare = prepare,
		.notify = hear,
		.complete = complete,
		.ctx = w,
		.fds = w->fds };
	CriuReq request = CRIU_REQ__INIT;
	struct criu_answer answer;

	if (put_all(w, e))
		return -1;
	criu.n_fds = w->n_fds;
	request.type = CRIU_REQ_TYPE__RESTORE;
	request.opts = &w->request.opts;
	int rc = criu_call(&criu, &request, &answer, e);
	if (rc == 0 && !w->has_init)
		rc = err_set(e, ERR_INTERNAL, "criu did not tell which process it restored");
	if (rc == 0)
		return 0;
	criu_request_quote_log(&w->request, LOG_FILE);
	end_init(w);
	return -1;
}

static int prepare_seccomp(void *ctx, struct err *e)
{
	struct work *w = ctx;

	return creation_prepare_seccomp(&w->restore->creation, e);
}

static int make_cgroup(void *ctx, struct err *e)
{
	struct work *w = ctx;

	return creation_make_cgroup(&w->restore->creation, e);
}

static void unmake_cgroup(void *ctx)
{
	struct work *w = ctx;

	creation_unmake_cgroup(&w->restore->creation);
}

static int limit_pids(void *ctx, struct err *e)
{
	struct work *w = ctx;

	return creation_limit_pids(&w->restore->creation, e);
}

static const struct step steps[] = {
	{ "version", check_version, NULL },
	{ "seccomp", prepare_seccomp, NULL },
	{ "cgroup", make_cgroup, unmake_cgroup },
	{ "root", make_root, unmake_root },
	{ "criu", restore, end_init },
	{ "pids", limit_pids, NULL },
	{ 0 },
};

static int run_steps(struct work *w, struct err *e)
{
	struct creation *c = &w->restore->creation;

	c->is_restored = true;
	if (creation_begin(c, e))
		return -1;
	w->request.base = c->bundle.path;
	if (steps_run("restore", steps, w, e)) {
		creation_forget(c);
		return -1;
	}
	unmake_root(w);
	return 0;
}

int restore_run(struct restore *r, struct err *e)
{
	struct work w = { .restore = r,
		.home = { -1, -1 },
		.aside = { -1, -1 },
		.request = { .images = -1, .work = -1 } };
	struct arena *a = r->creation.rt->arena;
	struct err why;
	int rc = step_aside(&w, e);

	if (rc == 0)
		rc = criu_request_begin(a, r->options, LOG_FILE, &w.request, e);
	if (rc == 0)
		rc = run_steps(&w, e);
	criu_request_done(&w.request);
	while (w.n_fds)
		close(w.fds[--w.n_fds]);
	if (come_home(&w, &why))
		log_warn("%s, ignoring", why.msg);
	return rc;
}
