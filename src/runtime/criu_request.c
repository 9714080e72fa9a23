/* SPDX-License-Identifier: Apache-2.0 */
/* Options into fields. criu_mounts.c adds what the spec says. */
#include "criu_request.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "criu.h"
#include "runtime.h"

#define LOG_FILE_MAX  (4 * 1024 * 1024)
#define QUOTED_BEFORE 5
#define DEFAULT_DIR   "checkpoint"
#define CONFIG_FILE   "/etc/criu/runc.conf"

static const struct {
	const char *name;
	CriuCgMode value;
} cgroup_modes[] = {
	{ "", CRIU_CG_MODE__SOFT },
	{ "soft", CRIU_CG_MODE__SOFT },
	{ "full", CRIU_CG_MODE__FULL },
	{ "strict", CRIU_CG_MODE__STRICT },
	{ "ignore", CRIU_CG_MODE__IGNORE },
};

static int check_mode(const char *name, CriuCgMode *out, struct err *e)
{
	for (size_t i = 0; i < sizeof(cgroup_modes) / sizeof(cgroup_modes[0]); i++)
		if (strcmp(cgroup_modes[i].name, name ? name : "") == 0) {
			*out = cgroup_modes[i].value;
			return 0;
		}
	return err_set(e, ERR_INVALID, "Invalid manage cgroups mode");
}

/* "host:port", an IPv6 address in brackets. */
static int check_page_server(struct criu_request *r, struct err *e)
{
	struct slice host, port;

	if (str_empty(r->options->page_server))
		return 0;
	if (!slice_rcut(slice_str(r->options->page_server), ':', &host, &port) || !host.n ||
		!port.n)
		return err_set(
			e, ERR_INVALID, "Use --page-server ADDRESS:PORT to specify page server");
	if (!parse_u16(port, &r->page_server_port))
		return err_set(e, ERR_INVALID, "Invalid port number");
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct slice){ host.p + 1, host.n - 2 };
	r->page_server = arena_strndup(r->arena, host.p, host.n);
	return 0;
}

static int check_empty_ns(const struct str_list *names, struct err *e)
{
	for (size_t i = 0; i < names->n; i++)
		if (!str_eq(names->v[i], "network"))
			return err_set(
				e, ERR_INVALID, "namespace \"%s\" is not supported", names->v[i]);
	return 0;
}

static int check_parent(const struct criu_request *r, struct err *e)
{
	const char *parent = r->options->parent_path;
	struct stat st;

	if (str_empty(parent))
		return 0;
	if (parent[0] == '/')
		return err_set(e, ERR_INVALID, "--parent-path must be relative");
	if (fstatat(r->images, parent, &st, 0))
		return err_set(e, ERR_INVALID, "invalid --parent-path: stat %s/%s: %s",
			r->image_path, parent, runtime_errno_text(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID, "invalid --parent-path: %s/%s: not a directory",
			r->image_path, parent);
	return 0;
}

static int open_dir(const char *path, int *out, struct err *e)
{
	if (fs_mkdir_p(AT_FDCWD, path, 0700, e))
		return -1;
	*out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *out < 0 ? err_sys(e, "open %s", path) : 0;
}

static void put_page_server(struct criu_request *r)
{
	if (!r->page_server)
		return;
	r->opts.ps = ARENA_NEW(r->arena, CriuPageServerInfo);
	criu_page_server_info__init(r->opts.ps);
	r->opts.ps->address = arena_strdup(r->arena, r->page_server);
	CRIU_SET(r->opts.ps, port, r->page_server_port);
}

static char *copy_given(struct arena *a, const char *s)
{
	return str_empty(s) ? NULL : arena_strdup(a, s);
}

static void put_flags(CriuOpts *m, const struct criu_options *o)
{
	CRIU_SET(m, leave_running, o->leave_running);
	CRIU_SET(m, ext_unix_sk, o->ext_unix_sk);
	CRIU_SET(m, tcp_established, o->tcp_established);
	CRIU_SET(m, shell_job, o->shell_job);
	CRIU_SET(m, file_locks, o->file_locks);
	CRIU_SET(m, auto_dedup, o->auto_dedup);
	CRIU_SET(m, link_remap, o->link_remap);
	CRIU_SET(m, tcp_skip_in_flight, o->tcp_skip_in_flight);
	CRIU_SET(m, lazy_pages, o->lazy_pages);
}

static void put_common(struct criu_request *r, const char *log_file)
{
	const struct criu_options *o = r->options;
	CriuOpts *m = &r->opts;

	m->images_dir_fd = r->images;
	CRIU_SET(m, log_level, 4);
	m->log_file = arena_strdup(r->arena, log_file);
	CRIU_SET(m, notify_scripts, true);
	CRIU_SET(m, orphan_pts_master, true);
	CRIU_SET(m, manage_cgroups, true);
	CRIU_SET(m, manage_cgroups_mode, r->cgroups_mode);
	/* What is in a network namespace is made by who made that. */
	CRIU_SET(m, empty_ns, CLONE_NEWNET);
	put_flags(m, o);
	if (r->work >= 0)
		CRIU_SET(m, work_dir_fd, r->work);
	m->parent_img = copy_given(r->arena, o->parent_path);
	if (m->parent_img)
		CRIU_SET(m, track_mem, true);
	m->lsm_profile = copy_given(r->arena, o->lsm_profile);
	m->lsm_mount_context = copy_given(r->arena, o->lsm_mount_context);
	put_page_server(r);
}

int criu_request_begin(struct arena *a, const struct criu_options *o, const char *log_file,
	struct criu_request *out, struct err *e)
{
	*out = (struct criu_request){
		.arena = a, .options = o, .images = -1, .work = -1, .opts = CRIU_OPTS__INIT
	};
	out->image_path = str_empty(o->image_path) ? DEFAULT_DIR : o->image_path;
	if (open_dir(out->image_path, &out->images, e) || check_parent(out, e) ||
		check_page_server(out, e) || check_empty_ns(&o->empty_ns, e) ||
		check_mode(o->manage_cgroups_mode, &out->cgroups_mode, e))
		return -1;
	if (!str_empty(o->work_path) && open_dir(o->work_path, &out->work, e))
		return -1;
	put_common(out, log_file);
	return 0;
}

void criu_request_done(struct criu_request *r)
{
	if (r->images >= 0)
		close(take_fd(&r->images));
	if (r->work >= 0)
		close(take_fd(&r->work));
}

void criu_put_ext_mount(struct criu_request *r, const char *key, const char *value)
{
	CriuOpts *o = &r->opts;
	ExtMountMap *m = ARENA_NEW(r->arena, ExtMountMap);

	ext_mount_map__init(m);
	m->key = arena_strdup(r->arena, key);
	m->val = arena_strdup(r->arena, value);
	o->ext_mnt = arena_grow(r->arena, o->ext_mnt, &o->n_ext_mnt, sizeof(m));
	o->ext_mnt[o->n_ext_mnt - 1] = m;
}

void criu_put_config_file(struct criu_request *r, const struct str_map *annotations)
{
	const char *file = CONFIG_FILE;

	for (size_t i = 0; i < annotations->n; i++)
		if (str_eq(annotations->keys[i], "org.criu.config"))
			file = annotations->v[i];
	r->opts.config_file = copy_given(r->arena, file);
}

void criu_put_inherit_fd(struct criu_request *r, const char *key, int fd)
{
	CriuOpts *o = &r->opts;
	InheritFd *f = ARENA_NEW(r->arena, InheritFd);

	inherit_fd__init(f);
	f->key = arena_strdup(r->arena, key);
	f->fd = fd;
	o->inherit_fd = arena_grow(r->arena, o->inherit_fd, &o->n_inherit_fd, sizeof(f));
	o->inherit_fd[o->n_inherit_fd - 1] = f;
}

/* As `grep -n -B5 Error` would show it. */
void criu_request_quote_log(const struct criu_request *r, const char *log_file)
{
	struct slice lines[QUOTED_BEFORE + 1] = { 0 }, rest;
	size_t number = 0, printed = 0;
	struct err ignored;
	own_buf text = { 0 };

	buf_init(&text, LOG_FILE_MAX + 1);
	if (fs_read(r->work >= 0 ? r->work : r->images, log_file, LOG_FILE_MAX, &text, &ignored))
		return;
	for (rest = (struct slice){ text.data, text.len }; rest.n;) {
		struct slice *line = &lines[number++ % (QUOTED_BEFORE + 1)];
		slice_cut(rest, '\n', line, &rest);
		if (!memmem(line->p, line->n, "Error", 5))
			continue;
		if (!printed)
			log_warn("--- Quoting \"%s\"", log_file);
		size_t first = number > QUOTED_BEFORE ? number - QUOTED_BEFORE : 1;
		for (size_t i = first > printed ? first : printed + 1; i <= number; i++) {
			const struct slice *l = &lines[(i - 1) % (QUOTED_BEFORE + 1)];
			log_warn("%zu:%.*s", i, (int)l->n, l->p);
		}
		printed = number;
	}
	if (printed)
		log_warn("---");
}
