/* SPDX-License-Identifier: Apache-2.0 */
/* From container to bundle: looks up user, rights, devices and namespaces, composes, writes. */
#include "bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/slice.h"
#include "checks.h"
#include "path_clean.h"
#include "seccomp_texts.h"
#include "shm.h"
#include "spec.h"
#include "sys/caps.h"
#include "sys/device.h"
#include "sys/lsm.h"
#include "user.h"

#define SPEC_MAX	 (4 * 1024 * 1024)
#define DEFAULT_APPARMOR "docker-default"

static const char *apparmor_profile(const struct security *s, bool privileged)
{
	if (s->apparmor)
		return s->apparmor;
	if (!lsm_has_apparmor())
		return NULL;
	if (privileged)
		return "unconfined";
	return lsm_apparmor_loaded(DEFAULT_APPARMOR) ? DEFAULT_APPARMOR : NULL;
}

int ctr_rights(struct engine *eng, struct arena *a, const struct container *c, bool privileged,
	struct ctr_rights *out, struct err *e)
{
	const struct host_config *h = &c->host;
	struct security s;
	const struct caps_request caps = { .base = caps_docker_default(),
		.available = eng->caps_available,
		.add = h->cap_add,
		.drop = h->cap_drop,
		.privileged = privileged };

	*out = (struct ctr_rights){ 0 };
	if (security_parse(&h->security_opt, lsm_has_selinux(), &s, e) ||
		caps_tweak(&caps, &out->caps, e))
		return -1;
	out->no_new_privileges = s.no_new_privileges;
	out->writable_cgroups = s.writable_cgroups;
	out->apparmor = apparmor_profile(&s, privileged);
	if (str_eq(s.seccomp, "unconfined") || (h->privileged && !s.seccomp))
		return 0;
	out->seccomp = seccomp_texts_get(eng->seccomp, a, s.seccomp, out->caps, e);
	return out->seccomp ? 0 : -1;
}

/* --pid container:x */
static int pid_namespace(struct engine *eng, struct arena *a, const struct container *c,
	const char **out, struct err *e)
{
	*out = NULL;
	if (str_empty(c->host.pid_mode) || !str_starts(c->host.pid_mode, "container:"))
		return 0;
	own_ctr other = registry_find(eng->registry, c->host.pid_mode + 10, e);
	if (!other)
		return -1;
	struct ctr_life l = ctr_life(other);
	if (!l.pid)
		return err_set(e, ERR_CONFLICT,
			"cannot join PID namespace of a non running container: %s", other->id);
	*out = arena_printf(a, "/proc/%d/ns/pid", (int)l.pid);
	return 0;
}

static bool wants_init(const struct container *c)
{
	enum ns_mode mode;

	return c->host.init && *c->host.init && ns_mode_parse(c->host.pid_mode, &mode) &&
	       mode == NS_MODE_PRIVATE;
}

/* The working directory is made when the image lacks it, as dockerd does. */
static int make_working_dir(struct arena *a, const struct container *c, int root, struct err *e)
{
	const char *path = str_empty(c->config.working_dir) ? "/" : c->config.working_dir;

	if (str_eq(path, "/"))
		return 0;
	int fd = fs_mkdir_in(root, path_clean(a, path), 0755, e);
	if (fd < 0)
		return e->sys == ENOTDIR ? err_set(e, ERR_INTERNAL,
						   "Cannot mkdir: %s is not a directory", path)
					 : -1;
	close(fd);
	return 0;
}

static int gather(
	struct engine *eng, struct arena *a, struct spec_input *in, int root, struct err *e)
{
	const struct container *c = in->ctr;
	struct user_files files;
	struct ctr_rights rights;

	if (user_read_files(a, root, &files, e) ||
		user_lookup(a, &files, c->config.user, &c->host.group_add, &in->user, e) ||
		ctr_rights(eng, a, c, c->host.privileged, &rights, e) ||
		pid_namespace(eng, a, c, &in->pidns, e) || make_working_dir(a, c, root, e))
		return -1;
	in->caps = rights.caps;
	in->seccomp = rights.seccomp;
	in->apparmor = rights.apparmor;
	in->security.no_new_privileges = rights.no_new_privileges;
	in->security.writable_cgroups = rights.writable_cgroups;
	in->shm_path = shm_path(a, c);
	if (!wants_init(c))
		return 0;
	if (access(eng->init, X_OK))
		return err_sys(e, "--init: %s", eng->init);
	in->init = eng->init;
	return 0;
}

int bundle_write(struct engine *eng, const struct container *c, const char *rootfs,
	const struct network_plugged *net, struct err *e)
{
	own_arena a = arena_new();
	struct spec_input in = { .ctr = c, .rootfs = rootfs, .netns = network_namespace(c, net) };
	struct oci_device_list devices = { 0 };
	struct oci_spec spec;
	own_buf text = { 0 };

	buf_init(&text, SPEC_MAX);
	own_fd root = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(e, "open %s", rootfs);
	if (c->host.privileged) {
		if (device_lookup_dir(a, "/dev", &devices, e))
			return -1;
		in.host_devices = &devices;
	}
	if (gather(eng, a, &in, root, e) || spec_compose(a, &in, &spec, e))
		return -1;
	oci_spec_write(&spec, &text);
	if (!buf_ok(&text))
		return err_set(e, ERR_INVALID, "the container's spec would be larger than %d bytes",
			SPEC_MAX);
	if (fault_point("bundle.write", e) || fs_mkdir_p(AT_FDCWD, c->run_dir, 0700, e))
		return -1;
	own_fd dir = open(c->run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, "open %s", c->run_dir);
	return fs_replace(dir, "config.json", text.data, text.len, 0600, FS_NO_SYNC, e);
}
