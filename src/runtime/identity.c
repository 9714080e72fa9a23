/* SPDX-License-Identifier: Apache-2.0 */
/* Becoming the user. What it may do is capabilities' business (entry.c). */
#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/slice.h"
#include "sys/caps.h"

#define PASSWD_MAX (4 * 1024 * 1024)

/* A user that cannot open /dev/stdout again surprises many images: hand the streams over. */
static int give_stdio(uid_t uid, struct err *e)
{
	struct stat st;

	for (int fd = 0; fd <= 2; fd++) {
		if (fstat(fd, &st)) {
			if (errno == EBADF)
				continue;
			return err_sys(e, "stat stdio");
		}
		if (st.st_uid == uid || (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)))
			continue;
		/* EPERM, EINVAL: the owner has no place in this user namespace; EROFS: a bind-mounted file */
		if (fchown(fd, uid, (gid_t)-1) && errno != EPERM && errno != EINVAL &&
			errno != EROFS)
			return err_sys(e, "chown stdio");
	}
	return 0;
}

/* In a user namespace whose setgroups is denied the list must stay what it is. */
static bool may_set_groups(void)
{
	char text[8] = "";
	own_fd fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);

	return fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 || text[0] != 'd';
}

static int explain_groups(struct err *e)
{
	err_sys(e, "setgroups");
	if (e->sys == EPERM && !may_set_groups())
		err_set(e, ERR_INVALID, "cannot set any additional groups in a rootless container");
	if (e->sys == EINVAL)
		err_set(e, ERR_INVALID, "cannot set gid to unmapped user in user namespace");
	return err_in(e, "unable to setup user");
}

static int explain_id(const char *kind, uint32_t id, struct err *e)
{
	err_sys(e, "set%s %u", kind, id);
	if (e->sys == EINVAL)
		err_set(e, ERR_INVALID, "cannot set %s to unmapped user in user namespace", kind);
	return err_in(e, "unable to setup user");
}

int identity_take(const struct oci_user *u, struct err *e)
{
	const struct oci_u32_list *groups = &u->additional_gids;

	if (caps_keep(true, e) || give_stdio(u->uid, e))
		return -1;
	if (setgroups(groups->n, groups->v) && (errno != EPERM || groups->n || may_set_groups()))
		return explain_groups(e);
	if (setresgid(u->gid, u->gid, u->gid))
		return explain_id("gid", u->gid, e);
	if (setresuid(u->uid, u->uid, u->uid))
		return explain_id("uid", u->uid, e);
	umask(u->umask ? *u->umask : 0022);
	return 0;
}

const char *identity_home_in(struct arena *a, const char *passwd, size_t n, uid_t uid)
{
	struct slice rest = { passwd, n }, line, field;

	while (rest.n) {
		uint32_t id;
		slice_cut(rest, '\n', &line, &rest);
		/* name:password:uid:gid:gecos:home:shell */
		for (int i = 0; i < 3; i++)
			slice_cut(line, ':', &field, &line);
		if (!parse_u32(field, &id) || id != uid)
			continue;
		for (int i = 0; i < 3; i++)
			slice_cut(line, ':', &field, &line);
		return arena_strndup(a, field.p, field.n);
	}
	return NULL;
}

const char *identity_home(struct arena *a, uid_t uid)
{
	struct err e;
	struct stat st;
	/* The file is the image's: it may be anything, and must not block us. */
	own_fd fd = open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	const char *home = NULL;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= PASSWD_MAX) {
		char *text = arena_alloc(a, (size_t)st.st_size + 1);
		ssize_t n = io_read(fd, text, (size_t)st.st_size, &e);
		if (n > 0)
			home = identity_home_in(a, text, (size_t)n, uid);
	}
	return str_empty(home) ? "/" : home;
}
