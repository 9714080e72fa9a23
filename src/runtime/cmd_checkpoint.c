/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint: a running container into files, by CRIU. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/slice.h"
#include "bundle.h"
#include "command.h"
#include "container.h"
#include "criu.h"
#include "criu_request.h"
#include "destroy.h"

#define LOG_FILE	"dump.log"
#define CRIU_FREEZES_V2 31400
#define CRIU_TELLS_LAZY 31500

struct checkpoint_opts {
	struct criu_options criu;
	bool help;
};

#define O struct checkpoint_opts
static const struct opt options[] = {
	COMMAND_HELP(O),
	OPT(STR, 0, "image-path", "dir", O, criu.image_path,
		"path for saving criu image files (default: checkpoint)"),
	OPT(STR, 0, "work-path", "dir", O, criu.work_path, "path for saving work files and logs"),
	OPT(STR, 0, "parent-path", "dir", O, criu.parent_path,
		"path for previous criu image files in pre-dump"),
	OPT(BOOL, 0, "leave-running", NULL, O, criu.leave_running,
		"leave the process running after checkpointing"),
	OPT(BOOL, 0, "tcp-established", NULL, O, criu.tcp_established,
		"allow open tcp connections"),
	OPT(BOOL, 0, "tcp-skip-in-flight", NULL, O, criu.tcp_skip_in_flight,
		"skip in-flight tcp connections"),
	OPT(BOOL, 0, "link-remap", NULL, O, criu.link_remap,
		"allow one to link unlinked files back when possible"),
	OPT(BOOL, 0, "ext-unix-sk", NULL, O, criu.ext_unix_sk, "allow external unix sockets"),
	OPT(BOOL, 0, "shell-job", NULL, O, criu.shell_job, "allow shell jobs"),
	OPT(BOOL, 0, "lazy-pages", NULL, O, criu.lazy_pages,
		"use userfaultfd to lazily restore memory pages"),
	OPT(INT, 0, "status-fd", "fd", O, criu.status_fd,
		"criu writes \\0 to this FD once lazy-pages is ready"),
	OPT(STR, 0, "page-server", "address:port", O, criu.page_server, "the page server"),
	OPT(BOOL, 0, "file-locks", NULL, O, criu.file_locks, "handle file locks, for safety"),
	OPT(BOOL, 0, "pre-dump", NULL, O, criu.pre_dump,
		"dump container's memory information only, leave the container running after this"),
	OPT(STR, 0, "manage-cgroups-mode", "mode", O, criu.manage_cgroups_mode,
		"cgroups mode: soft|full|strict|ignore (default: soft)"),
	OPT(LIST, 0, "empty-ns", "name", O, criu.empty_ns,
		"create a namespace, but don't restore its properties"),
	OPT(BOOL, 0, "auto-dedup", NULL, O, criu.auto_dedup,
		"enable auto deduplication of memory images"),
	OPT_END,
};
#undef O

struct dump {
	struct container *container;
	struct criu_request request;
	struct cgroup *cg;
	struct cgroup_host *host;
	struct oci_spec spec;
	int version; /* of CRIU: 31701 */
	int status_fd;
};

/* A namespace by path stays: it is there at restore too. */
static int put_external_ns(
	struct dump *d, const char *type, const char *word, const char *key, struct err *e)
{
	const struct oci_namespace *ns = NULL;
	struct stat st;

	if (!oci_spec_has_ns(&d->spec, type, &ns) || str_empty(ns->path))
		return 0;
	if (stat(ns->path, &st))
		return err_set(
			e, ERR_NOT_FOUND, "stat %s: %s", ns->path, runtime_errno_text(errno));
	CriuOpts *opts = &d->request.opts;
	struct arena *a = d->request.arena;
	opts->external = arena_grow(a, opts->external, &opts->n_external, sizeof(char *));
	opts->external[opts->n_external - 1] =
		arena_printf(a, "%s[%llu]:%s", word, (unsigned long long)st.st_ino, key);
	return 0;
}

static void put_freezer(struct dump *d)
{
	bool v2 = cgroup_host_version(d->host) == CGROUP_V2;
	const char *dir = d->cg ? cgroup_dir(d->cg, v2 ? "" : "freezer") : NULL;

	/* Else CRIU stops the processes one by one. */
	if (dir && (!v2 || d->version >= CRIU_FREEZES_V2))
		d->request.opts.freeze_cgroup = arena_strdup(d->request.arena, dir);
}

/* What standard streams are, so that restore can give pipes of its own in their place. */
static int save_descriptors(struct dump *d, struct err *e)
{
	char link[48], target[256];
	struct jsonw w;
	own_buf text = { 0 };

	buf_init(&text, 4096);
	jsonw_init(&w, &text, NULL);
	jsonw_arr(&w);
	for (int i = 0; i < 3; i++) {
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", d->container->record.pid, i);
		ssize_t n = readlink(link, target, sizeof(target));
		jsonw_strn(&w, target, n > 0 ? (size_t)n : 0);
	}
	jsonw_arr_end(&w);
	return fs_replace(
		d->request.images, "descriptors.json", text.data, text.len, 0600, FS_NO_SYNC, e);
}

static int put_what_is_there(struct dump *d, struct err *e)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/root", d->container->record.pid);
	own_fd root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(e, "open %s", path);
	if (criu_put_mounts(&d->request, CRIU_SIDE_DUMP, &d->spec, root, d->host, d->cg, e))
		return -1;
	return save_descriptors(d, e);
}

static int check_lazy(struct dump *d, const struct criu *criu, struct err *e)
{
	const struct criu_options *o = d->request.options;

	if (!o->lazy_pages)
		return 0;
	if (criu_need_feature(criu, CRIU_LAZY_PAGES, e))
		return -1;
	if (o->status_fd < 0)
		return 0;
	int flags = fcntl((int)o->status_fd, F_GETFL);
	if (flags < 0)
		return err_set(e, ERR_INVALID, "invalid --status-fd argument %lld: %s",
			(long long)o->status_fd, runtime_errno_text(errno));
	if (!(flags & (O_WRONLY | O_RDWR)))
		return err_set(e, ERR_INVALID, "invalid --status-fd argument %lld: not writable",
			(long long)o->status_fd);
	d->status_fd = (int)o->status_fd;
	if (d->version < CRIU_TELLS_LAZY)
		CRIU_SET(&d->request.opts, status_fd, d->status_fd);
	return 0;
}

static int hear(void *ctx, struct criu_answer *a, struct err *e)
{
	struct dump *d = ctx;

	if (str_eq(a->script, "status-ready") && d->status_fd >= 0) {
		if (write(d->status_fd, "", 1) != 1)
			log_warn("can't write \\0 to status fd: %s", runtime_errno_text(errno));
		close(take_fd(&d->status_fd));
	}
	return 0;
}

static int put_all(struct dump *d, const struct criu *criu, struct err *e)
{
	const struct container_record *r = &d->container->record;
	CriuOpts *opts = &d->request.opts;

	CRIU_SET(opts, pid, r->pid);
	opts->root = arena_strdup(d->request.arena, r->rootfs);
	criu_put_config_file(&d->request, &r->annotations);
	put_freezer(d);
	if (put_external_ns(d, "network", "net", "extRootNetNS", e) ||
		put_external_ns(d, "pid", "pid", "extRootPidNS", e))
		return -1;
	if (d->request.options->pre_dump && criu_need_feature(criu, CRIU_MEM_TRACK, e))
		return -1;
	if (check_lazy(d, criu, e))
		return -1;
	return d->request.options->pre_dump ? 0 : put_what_is_there(d, e);
}

static int dump(struct dump *d, const char *program, struct err *e)
{
	const struct criu criu = {
		.program = program, .arena = d->container->arena, .notify = hear, .ctx = d
	};
	const struct criu_options *o = d->request.options;
	CriuReq request = CRIU_REQ__INIT;
	struct criu_answer answer;

	if (criu_version(&criu, &d->version, e) || put_all(d, &criu, e))
		return -1;
	request.type = o->pre_dump ? CRIU_REQ_TYPE__PRE_DUMP : CRIU_REQ_TYPE__DUMP;
	request.opts = &d->request.opts;
	if (criu_call(&criu, &request, &answer, e) == 0)
		return 0;
	criu_request_quote_log(&d->request, LOG_FILE);
	return -1;
}

static int open_parts(struct dump *d, struct err *e)
{
	struct container *c = d->container;

	if (bundle_load_spec(c->arena, c->record.bundle, &d->spec, e))
		return -1;
	d->request.base = c->record.bundle;
	d->host = cgroup_host_new(e);
	if (!d->host)
		return -1;
	d->cg = container_cgroup(c, e);
	return d->cg || e->kind == ERR_NOT_FOUND ? 0 : -1;
}

static int checkpoint_one(
	struct runtime *rt, const char *id, const struct criu_options *o, struct err *e)
{
	struct dump d = { .status_fd = -1 };
	own_container c = { 0 };

	if (container_open(rt, id, CONTAINER_LOCK, &c, e))
		return -1;
	enum container_status status = container_status(&c);
	if (status == CONTAINER_CREATED || status == CONTAINER_STOPPED)
		return err_set(e, ERR_CONFLICT, "Container cannot be checkpointed in %s state",
			container_status_name(status));
	d.container = &c;
	int rc = criu_request_begin(rt->arena, o, LOG_FILE, &d.request, e);
	if (rc == 0)
		rc = open_parts(&d, e);
	if (rc == 0)
		rc = dump(&d, rt->criu, e);
	criu_request_done(&d.request);
	cgroup_host_free(d.host);
	cgroup_free(d.cg);
	if (rc || o->leave_running || o->pre_dump)
		return rc;
	/* Nothing is left but the files: CRIU has ended the processes. */
	struct err why;
	if (destroy_container(rt, &c, true, &why))
		log_warn("%s: %s, ignoring", id, why.msg);
	return 0;
}

static int run_checkpoint(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct checkpoint_opts o = { .criu.status_fd = -1 };
	struct command_line line = { argc, argv, { 0 } };
	int rc = command_parse(self, rt, &line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	return checkpoint_one(rt, line.rest.v[0], &o.criu, e);
}

const struct command command_checkpoint = {
	.name = "checkpoint",
	.summary = "checkpoint a running container",
	.args = "<container-id>",
	.options = options,
	.help_offset = offsetof(struct checkpoint_opts, help),
	.min_args = 1,
	.max_args = 1,
	.error_prefix = "",
	.error_code = 1,
	.run = run_checkpoint,
};
