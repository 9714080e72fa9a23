/* SPDX-License-Identifier: Apache-2.0 */
/* Options into fields. criu_mounts.c adds what the spec says. */
#include "criu_request.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "criu.h"
#include "protobuf.h"
#include "runtime.h"

#define MESSAGE_MAX   (60 * 1024)
#define LOG_FILE_MAX  (4 * 1024 * 1024)
#define QUOTED_BEFORE 5
#define DEFAULT_DIR   "checkpoint"
#define CONFIG_FILE   "/etc/criu/runc.conf"

#define BOOL_OPT(field, member)                                         \
	{                                                               \
		CRIU_OPT_##field, offsetof(struct criu_options, member) \
	}

static const struct {
	unsigned field;
	size_t offset; /* of a bool */
} bool_opts[] = {
	BOOL_OPT(LEAVE_RUNNING, leave_running),
	BOOL_OPT(EXT_UNIX_SK, ext_unix_sk),
	BOOL_OPT(TCP_ESTABLISHED, tcp_established),
	BOOL_OPT(SHELL_JOB, shell_job),
	BOOL_OPT(FILE_LOCKS, file_locks),
	BOOL_OPT(AUTO_DEDUP, auto_dedup),
	BOOL_OPT(LINK_REMAP, link_remap),
	BOOL_OPT(TCP_SKIP_IN_FLIGHT, tcp_skip_in_flight),
	BOOL_OPT(LAZY_PAGES, lazy_pages),
};

/* enum criu_cg_mode */
static const struct {
	const char *name;
	int64_t value;
} cgroup_modes[] = {
	{ "", 3 },
	{ "soft", 3 },
	{ "full", 4 },
	{ "strict", 5 },
	{ "ignore", 0 },
};

static int check_mode(const char *name, int64_t *out, struct err *e)
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
	own_buf part = { 0 };

	buf_init(&part, 4096);
	if (!r->page_server)
		return;
	protobuf_put_str(&part, 1, r->page_server);
	protobuf_put_number(&part, 2, r->page_server_port);
	protobuf_put_message(&r->opts, CRIU_OPT_PAGE_SERVER, &part);
}

static void put_common(struct criu_request *r, const char *log_file)
{
	const struct criu_options *o = r->options;
	struct buf *m = &r->opts;

	protobuf_put_number(m, CRIU_OPT_IMAGES_DIR_FD, r->images);
	protobuf_put_number(m, CRIU_OPT_LOG_LEVEL, 4);
	protobuf_put_str(m, CRIU_OPT_LOG_FILE, log_file);
	protobuf_put_number(m, CRIU_OPT_NOTIFY_SCRIPTS, 1);
	protobuf_put_number(m, CRIU_OPT_ORPHAN_PTS_MASTER, 1);
	protobuf_put_number(m, CRIU_OPT_MANAGE_CGROUPS, 1);
	protobuf_put_number(m, CRIU_OPT_MANAGE_CGROUPS_MODE, r->cgroups_mode);
	/* What is in a network namespace is made by who made that. */
	protobuf_put_number(m, CRIU_OPT_EMPTY_NS, CLONE_NEWNET);
	for (size_t i = 0; i < sizeof(bool_opts) / sizeof(bool_opts[0]); i++)
		protobuf_put_number(m, bool_opts[i].field,
			*(const bool *)((const char *)o + bool_opts[i].offset));
	if (r->work >= 0)
		protobuf_put_number(m, CRIU_OPT_WORK_DIR_FD, r->work);
	if (!str_empty(o->parent_path)) {
		protobuf_put_str(m, CRIU_OPT_PARENT_IMG, o->parent_path);
		protobuf_put_number(m, CRIU_OPT_TRACK_MEM, 1);
	}
	if (!str_empty(o->lsm_profile))
		protobuf_put_str(m, CRIU_OPT_LSM_PROFILE, o->lsm_profile);
	if (!str_empty(o->lsm_mount_context))
		protobuf_put_str(m, CRIU_OPT_LSM_MOUNT_CONTEXT, o->lsm_mount_context);
	put_page_server(r);
}

int criu_request_begin(struct arena *a, const struct criu_options *o, const char *log_file,
	struct criu_request *out, struct err *e)
{
	*out = (struct criu_request){ .arena = a, .options = o, .images = -1, .work = -1 };
	buf_init(&out->opts, MESSAGE_MAX);
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
	buf_done(&r->opts);
	if (r->images >= 0)
		close(take_fd(&r->images));
	if (r->work >= 0)
		close(take_fd(&r->work));
}

void criu_put_ext_mount(struct buf *opts, const char *key, const char *value)
{
	own_buf part = { 0 };

	buf_init(&part, 16 * 1024);
	protobuf_put_str(&part, 1, key);
	protobuf_put_str(&part, 2, value);
	protobuf_put_message(opts, CRIU_OPT_EXT_MNT, &part);
}

void criu_put_config_file(struct buf *opts, const struct str_map *annotations)
{
	const char *file = CONFIG_FILE;

	for (size_t i = 0; i < annotations->n; i++)
		if (str_eq(annotations->keys[i], "org.criu.config"))
			file = annotations->v[i];
	if (!str_empty(file))
		protobuf_put_str(opts, CRIU_OPT_CONFIG_FILE, file);
}

void criu_put_inherit_fd(struct buf *opts, const char *key, int fd)
{
	own_buf part = { 0 };

	buf_init(&part, 4096);
	protobuf_put_str(&part, 1, key);
	protobuf_put_number(&part, 2, fd);
	protobuf_put_message(opts, CRIU_OPT_INHERIT_FD, &part);
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
