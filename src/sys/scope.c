/* SPDX-License-Identifier: Apache-2.0 */
/* Units by name, and calling tare-scope for them. Their properties are scope_properties.c. */
#include "sys/scope.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/io.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/slice.h"
#include "sys/cgroup_int.h"

#define TEXT_MOST (1024 * 1024)

bool scope_is_available(void)
{
	struct stat st;

	return lstat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
}

/* Unit names are file names of systemd's, and lines of ours. */
static int check_part(const char *part, struct err *e)
{
	for (const char *p = part; *p; p++)
		if (*p == '/' || (unsigned char)*p <= ' ')
			return err_set(e, ERR_INVALID, "invalid systemd unit name: %s", part);
	return 0;
}

int scope_parse(struct arena *a, const char *cgroups_path, const char *id, bool user,
	struct scope *out, struct err *e)
{
	struct slice slice = { 0 }, prefix = slice_str("runc"), name = slice_str(id), rest, last;

	if (!str_empty(cgroups_path) && (!slice_cut(slice_str(cgroups_path), ':', &slice, &rest) ||
						!slice_cut(rest, ':', &prefix, &name) ||
						slice_cut(name, ':', &last, &rest)))
		return err_set(e, ERR_INVALID,
			"expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"%s\" instead",
			cgroups_path);
	*out = (struct scope){
		.name = arena_strndup(a, name.p, name.n),
		.slice = slice.n ? arena_strndup(a, slice.p, slice.n)
			 : user	 ? "user.slice"
				 : "system.slice",
		.user = user,
	};
	out->unit = str_ends(out->name, ".slice")
			    ? out->name
			    : arena_printf(a, "%.*s-%s.scope", (int)prefix.n, prefix.p, out->name);
	return check_part(out->unit, e) || check_part(out->slice, e) ? -1 : 0;
}

static int find_program(const struct scope *s, char path[PATH_MAX], struct err *e)
{
	if (!s->program)
		return proc_sibling("tare-scope", path, PATH_MAX, e)
			       ? err_in(e, "the systemd cgroup driver")
			       : 0;
	snprintf(path, PATH_MAX, "%s", s->program);
	return 0;
}

static int input_of(const struct buf *text, struct err *e)
{
	own_fd in = memfd_create("properties", MFD_CLOEXEC);

	if (in < 0)
		return err_sys(e, "memfd_create");
	if (io_write(in, text->data, text->len, e))
		return -1;
	return lseek(in, 0, SEEK_SET) ? err_sys(e, "rewind properties") : take_fd(&in);
}

/* Runs tare-scope; what it printed is in output. */
static int ask(const struct scope *s, const char *verb, const struct buf *properties,
	struct buf *output, struct err *e)
{
	char path[PATH_MAX];
	int status;

	if (find_program(s, path, e))
		return -1;
	own_fd in = input_of(properties, e);
	if (in < 0)
		return -1;
	const char *const user[] = { path, "--user", verb, s->unit, NULL };
	const char *const root[] = { path, verb, s->unit, NULL };
	struct proc_spec spec = PROC_SPEC_INIT;
	spec.path = path;
	spec.argv = s->user ? user : root;
	spec.fd_in = in;
	if (proc_run(&spec, output, &status, e))
		return -1;
	struct slice said = slice_trim((struct slice){ output->data, output->len });
	if (status == 0)
		return 0;
	if (WIFEXITED(status) && said.n)
		return err_set(e, ERR_INTERNAL, "%.*s", (int)said.n, said.p);
	return err_set(e, ERR_INTERNAL, "tare-scope %s ended with status %#x", verb, status);
}

int scope_stop(const struct scope *s, struct err *e)
{
	own_buf none = { 0 }, output = { 0 };

	buf_init(&none, 1);
	buf_init(&output, TEXT_MOST);
	if (fault_point("scope.stop", e))
		return -1;
	return ask(s, "stop", &none, &output, e);
}

int scope_attach(const struct cgroup *cg, const char *program, pid_t pid, struct err *e)
{
	own_buf text = { 0 }, output = { 0 };

	if (!cg->scope)
		return err_set(e, ERR_NOT_FOUND, "the cgroup is not systemd's");
	struct scope s = *cg->scope;
	s.program = program;
	buf_init(&text, 64);
	buf_init(&output, TEXT_MOST);
	buf_fmt(&text, "%d\n", (int)pid);
	return fault_point("scope.attach", e) ? -1 : ask(&s, "attach", &text, &output, e);
}

int scope_set(const struct scope *s, enum cgroup_version version, const struct oci_resources *r,
	struct err *e)
{
	own_buf properties = { 0 }, output = { 0 };

	buf_init(&properties, TEXT_MOST);
	buf_init(&output, TEXT_MOST);
	if (fault_point("scope.set", e) ||
		scope_limit_properties(version, r, false, &properties, e))
		return -1;
	return properties.len ? ask(s, "set", &properties, &output, e) : 0;
}

/* A copy that lives as long as the group. */
static void keep(struct cgroup *cg, const struct scope *s)
{
	struct scope *own = ARENA_NEW(cg->arena, struct scope);

	*own = (struct scope){
		.unit = arena_strdup(cg->arena, s->unit),
		.slice = arena_strdup(cg->arena, s->slice),
		.name = arena_strdup(cg->arena, s->name),
		.program = s->program ? arena_strdup(cg->arena, s->program) : NULL,
		.user = s->user,
	};
	cg->scope = own;
}

/*
 * Where systemd has not put the process: hierarchies of v1 controllers, which it leaves to us, and all of them for a slice.
 * Below a user's systemd nobody but it may move a process.
 */
static int join_others(struct cgroup *cg, pid_t pid, struct err *e)
{
	bool is_slice = str_ends(cg->scope->unit, ".slice");

	for (size_t i = 0; i < cg->n; i++) {
		struct cgroup_member *m = &cg->members[i];
		if ((is_slice || !m->v2) && cgroup_write_i64(m, "cgroup.procs", pid, e))
			return -1;
	}
	return 0;
}

struct cgroup *scope_start(const struct cgroup_host *h, const struct scope *s, pid_t pid,
	const struct oci_resources *r, struct err *e)
{
	own_buf properties = { 0 }, output = { 0 };
	struct err ignored;

	buf_init(&properties, TEXT_MOST);
	buf_init(&output, TEXT_MOST);
	if (fault_point("scope.start", e) ||
		scope_start_properties(s, h->version, pid, r, &properties, e) ||
		ask(s, "start", &properties, &output, e))
		return NULL;
	output.data[strcspn(output.data, "\n")] = 0;
	struct cgroup *cg = cgroup_create(h, output.data, e);
	if (cg)
		keep(cg, s);
	if (cg && join_others(cg, pid, e) == 0)
		return cg;
	if (scope_stop(s, &ignored))
		log_warn("%s: %s, ignoring", s->unit, ignored.msg);
	cgroup_free(cg);
	return NULL;
}

bool scope_is_path(const char *cgroups_path)
{
	return cgroups_path && cgroups_path[0] != '/' && strchr(cgroups_path, ':');
}

/* "a-b.slice" lies in "a.slice", and "-.slice" is the top (systemd.slice(5)). */
static int add_slice(struct buf *out, const char *slice, struct err *e)
{
	size_t n = strlen(slice) - strlen(".slice");

	if (!str_ends(slice, ".slice") || n == 0)
		return err_set(e, ERR_INVALID, "invalid slice name: %s", slice);
	if (strcmp(slice, "-.slice") == 0)
		return 0;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && slice[i] != '-')
			continue;
		if (i == 0 || slice[i - 1] == '-')
			return err_set(e, ERR_INVALID, "invalid slice name: %s", slice);
		buf_fmt(out, "/%.*s.slice", (int)i, slice);
	}
	return 0;
}

int scope_group_path(const struct scope *s, struct buf *out, struct err *e)
{
	bool is_slice = str_ends(s->unit, ".slice");

	if (add_slice(out, is_slice ? s->unit : s->slice, e))
		return -1;
	if (!is_slice)
		buf_fmt(out, "/%s", s->unit);
	return buf_ok(out) ? 0 : err_set(e, ERR_INVALID, "the slice's name is too long");
}

struct cgroup *scope_find(const struct cgroup_host *h, const char *cgroups_path, struct err *e)
{
	struct scope s;
	own_arena a = arena_new();
	own_buf path = { 0 };

	if (!scope_is_path(cgroups_path))
		return cgroup_open(h, cgroups_path, e);
	buf_init(&path, PATH_MAX);
	if (scope_parse(a, cgroups_path, "", false, &s, e))
		return NULL;
	if (scope_group_path(&s, &path, e))
		return NULL;
	struct cgroup *cg = cgroup_open(h, path.data, e);
	if (cg)
		keep(cg, &s);
	return cg;
}
