/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the OOM killer struck a group, and being told when it does. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/cgroup_int.h"

uint64_t cgroup_oom_kills(struct cgroup *cg)
{
	struct cgroup_member *m = cgroup_member_of(cg, "memory");
	struct err ignored;
	own_buf text = { 0 };

	buf_init(&text, CGROUP_FILE_MOST + 1);
	if (!m || cgroup_read(m, m->v2 ? "memory.events" : "memory.oom_control", &text, &ignored))
		return 0;
	return cgroup_text_get((struct slice){ text.data, text.len }, "oom_kill", 0);
}

static int v1_fd(struct cgroup_member *m, struct err *e)
{
	int dir = cgroup_member_fd(m, e);
	char line[48];

	if (dir < 0)
		return -1;
	own_fd control = openat(dir, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	own_fd event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (control < 0 || event < 0)
		return err_sys(e, "watch memory.oom_control of cgroup %s", m->dir);
	snprintf(line, sizeof(line), "%d %d", event, control);
	return cgroup_write(m, "cgroup.event_control", line, e) ? -1 : take_fd(&event);
}

static int v2_fd(struct cgroup_member *m, struct err *e)
{
	own_fd fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	own_buf path = { 0 };

	buf_init(&path, 8192);
	buf_fmt(&path, "%s/memory.events", m->dir);
	if (fd < 0 || inotify_add_watch(fd, path.data, IN_MODIFY) < 0)
		return err_sys(e, "watch %s", path.data);
	return take_fd(&fd);
}

int cgroup_oom_fd(struct cgroup *cg, struct err *e)
{
	struct cgroup_member *m = cgroup_member_of(cg, "memory");

	if (!m)
		return err_set(e, ERR_INVALID, "cannot watch for OOM: no memory controller");
	return m->v2 ? v2_fd(m, e) : v1_fd(m, e);
}
