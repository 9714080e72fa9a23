/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Execs that outlived a daemon: each left its process.json and its monitor in the container's run directory. A
 * client that is still attached to one asks for its exit code in the end.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "engine_int.h"
#include "exec_int.h"
#include "oci/runtime_spec.h"
#include "watch.h"

#define PROCESS_MAX (2 * 1024 * 1024)

/* What process.json still tells of the exec's settings. */
static int read_config(struct arena *a, const char *dir, struct exec_config *out, struct err *e)
{
	struct oci_process p;
	own_buf text = { 0 };

	buf_init(&text, PROCESS_MAX);
	own_fd fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", dir);
	if (fs_read(fd, MONITOR_PROCESS, PROCESS_MAX, &text, e) ||
		oci_process_parse(a, text.data, text.len, &p, e))
		return -1;
	if (!p.args.n)
		return err_set(e, ERR_INVALID, "%s has no command", MONITOR_PROCESS);
	*out = (struct exec_config){ .tty = p.terminal,
		.cmd = p.args,
		.env = p.env,
		.working_dir = p.cwd,
		.attach_stdout = true,
		.attach_stderr = true };
	return 0;
}

static void restore_one(struct engine *eng, struct container *c, const char *id)
{
	own_arena a = arena_new();
	const char *dir = arena_printf(a, "%s/exec/%s", c->run_dir, id);
	struct exec_config config;
	struct monitor_state st;
	struct monitor *m = NULL;
	struct err e;

	if (read_config(a, dir, &config, &e)) {
		log_warn("ctr %s: exec %s: %s, ignoring", c->id, id, e.msg);
		return;
	}
	own_exec x = exec_table_adopt(eng->execs, c, id, &config);
	bool answers = monitor_connect(dir, &m, &e) == 0 && monitor_get_state(m, &st, &e) == 0;
	if (answers && st.phase == MONITOR_RUNNING) {
		exec_table_take(eng->execs, x, &e);
		exec_table_running(eng->execs, x, st.pid);
		watch_exec(eng->watcher, x, take(m));
		return;
	}
	monitor_close(m);
	bool is_known =
		(answers && st.phase == MONITOR_EXITED) || monitor_read_exit(dir, &st, &e) == 0;
	exec_exited(eng, x, is_known ? &st : NULL);
}

void execs_restore(struct engine *eng, struct container *c)
{
	own_arena a = arena_new();
	own_dir dir = opendir(arena_printf(a, "%s/exec", c->run_dir));
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strlen(entry->d_name) == ID_HEX && id_is_hex(entry->d_name, ID_HEX))
			restore_one(eng, c, entry->d_name);
}
