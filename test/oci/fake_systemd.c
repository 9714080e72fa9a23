/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much of systemd as tare-scope talks to, for machines without it: fake_systemd V2-MOUNT CGROUP LOG. It makes units as groups below
 * CGROUP in the v2 tree, moves the processes in, and writes what it was asked to LOG, a line each. Units whose name holds
 * "taken" exist until they are reset, "failing" end their job so, "-foreign" are not known at all.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define PATH_OF_MANAGER "/org/freedesktop/systemd1"
#define MANAGER		"org.freedesktop.systemd1.Manager"
#define PATH_SIZE	1024

static const char *group, *top;
static FILE *report;
static int was_reset;
static unsigned jobs;

static void dir_of(const char *unit, const char *file, char out[PATH_SIZE])
{
	snprintf(out, PATH_SIZE, "%s%s/%s%s%s", top, group, unit, *file ? "/" : "", file);
}

static int write_pid(const char *unit, uint32_t pid)
{
	char path[PATH_SIZE];

	dir_of(unit, "cgroup.procs", path);
	FILE *f = fopen(path, "we");
	if (!f)
		return -errno;
	fprintf(f, "%u\n", pid);
	return fclose(f) ? -errno : 0;
}

/* Prints the value at m's position: "s x", "t 5", "ay 07 02 ". */
static int print_value(sd_bus_message *m)
{
	char type;
	const char *contents;
	int rc;

	while ((rc = sd_bus_message_peek_type(m, &type, &contents)) > 0) {
		if (contents) {
			sd_bus_message_enter_container(m, type, contents);
			print_value(m);
			sd_bus_message_exit_container(m);
			continue;
		}
		union {
			uint8_t y;
			uint32_t u;
			uint64_t t;
			int b;
			const char *s;
		} v = { 0 };
		sd_bus_message_read_basic(m, type, &v);
		if (type == 's' || type == 'o')
			fprintf(report, " %s", v.s);
		else
			fprintf(report, " %llu",
				(unsigned long long)(type == 't'   ? v.t
						     : type == 'y' ? v.y
						     : type == 'b' ? (unsigned)v.b
								   : v.u));
	}
	return rc;
}

/* The properties of a(sv), each on a line. */
static int print_properties(sd_bus_message *m)
{
	const char *name, *type;
	int rc = sd_bus_message_enter_container(m, 'a', "(sv)");

	while (rc >= 0 && (rc = sd_bus_message_enter_container(m, 'r', "sv")) > 0) {
		sd_bus_message_read_basic(m, 's', &name);
		sd_bus_message_peek_type(m, NULL, &type);
		fprintf(report, "  %s %s", name, type);
		sd_bus_message_enter_container(m, 'v', type);
		print_value(m);
		sd_bus_message_exit_container(m);
		fprintf(report, "\n");
		sd_bus_message_exit_container(m);
	}
	fflush(report);
	return rc < 0 ? rc : sd_bus_message_exit_container(m);
}

/* Answers with a job, which ends at once. */
static int give_job(sd_bus_message *m, const char *unit)
{
	char job[64];

	snprintf(job, sizeof(job), PATH_OF_MANAGER "/job/%u", ++jobs);
	int rc = sd_bus_reply_method_return(m, "o", job);
	if (rc >= 0)
		rc = sd_bus_emit_signal(sd_bus_message_get_bus(m), PATH_OF_MANAGER, MANAGER,
			"JobRemoved", "uoss", jobs, job, unit,
			strstr(unit, "failing") ? "failed" : "done");
	return rc;
}

/* The pids among the properties: found again by rewinding. */
static int move_pids(sd_bus_message *m, const char *unit)
{
	const char *name, *type, *ignored;
	uint32_t pid;
	int rc = 0;

	sd_bus_message_rewind(m, 1);
	sd_bus_message_read(m, "ss", &ignored, &ignored);
	sd_bus_message_enter_container(m, 'a', "(sv)");
	while (rc == 0 && sd_bus_message_enter_container(m, 'r', "sv") > 0) {
		sd_bus_message_read_basic(m, 's', &name);
		sd_bus_message_peek_type(m, NULL, &type);
		if (strcmp(name, "PIDs") == 0) {
			sd_bus_message_enter_container(m, 'v', type);
			sd_bus_message_enter_container(m, 'a', "u");
			while (rc == 0 && sd_bus_message_read_basic(m, 'u', &pid) > 0)
				rc = write_pid(unit, pid);
			sd_bus_message_exit_container(m);
			sd_bus_message_exit_container(m);
		} else {
			sd_bus_message_skip(m, "v");
		}
		sd_bus_message_exit_container(m);
	}
	sd_bus_message_exit_container(m);
	return rc;
}

/* As a user's own systemd would: all of it is that user's. */
static void give(sd_bus_message *m, const char *unit)
{
	sd_bus_creds *creds = NULL;
	char path[PATH_SIZE];
	uid_t uid = 0;

	if (sd_bus_query_sender_creds(m, SD_BUS_CREDS_EUID, &creds) >= 0)
		sd_bus_creds_get_euid(creds, &uid);
	sd_bus_creds_unref(creds);
	dir_of(unit, "", path);
	DIR *d = uid ? opendir(path) : NULL;
	for (struct dirent *x; d && (x = readdir(d));)
		if (strcmp(x->d_name, "..") != 0 &&
			fchownat(dirfd(d), x->d_name, uid, (gid_t)-1, 0))
			perror(x->d_name);
	if (d)
		closedir(d);
}

static int on_start(sd_bus_message *m, void *data, sd_bus_error *error)
{
	const char *unit, *mode;
	char dir[PATH_SIZE];

	(void)data;
	int rc = sd_bus_message_read(m, "ss", &unit, &mode);
	if (rc < 0)
		return rc;
	fprintf(report, "start %s %s\n", unit, mode);
	rc = print_properties(m);
	if (rc < 0)
		return rc;
	dir_of(unit, "", dir);
	if ((strstr(unit, "taken") && !was_reset) || (mkdir(dir, 0755) && errno == EEXIST))
		return sd_bus_error_setf(error, "org.freedesktop.systemd1.UnitExists",
			"Unit %s already exists.", unit);
	give(m, unit);
	rc = move_pids(m, unit);
	return rc < 0 ? rc : give_job(m, unit);
}

static int on_set(sd_bus_message *m, void *data, sd_bus_error *error)
{
	const char *unit;
	int runtime;

	(void)data;
	(void)error;
	int rc = sd_bus_message_read(m, "sb", &unit, &runtime);
	if (rc < 0)
		return rc;
	fprintf(report, "set %s %d\n", unit, runtime);
	rc = print_properties(m);
	return rc < 0 ? rc : sd_bus_reply_method_return(m, NULL);
}

static int remove_dir(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)where;
	return type == FTW_DP && rmdir(path) && errno != ENOENT ? errno : 0;
}

static int on_stop(sd_bus_message *m, void *data, sd_bus_error *error)
{
	const char *unit, *mode;
	char dir[PATH_SIZE], file[PATH_SIZE];

	(void)data;
	int rc = sd_bus_message_read(m, "ss", &unit, &mode);
	if (rc < 0)
		return rc;
	fprintf(report, "stop %s %s\n", unit, mode);
	fflush(report);
	dir_of(unit, "", dir);
	if (access(dir, F_OK) || strstr(unit, "-foreign"))
		return sd_bus_error_setf(
			error, "org.freedesktop.systemd1.NoSuchUnit", "Unit %s not loaded.", unit);
	dir_of(unit, "cgroup.kill", file);
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "1", 1) < 0)
		perror(file);
	close(fd);
	/* Until those killed have left. */
	for (int i = 0; i < 500 && nftw(dir, remove_dir, 8, FTW_DEPTH | FTW_PHYS) == EBUSY; i++)
		poll(NULL, 0, 10);
	return give_job(m, unit);
}

static int on_attach(sd_bus_message *m, void *data, sd_bus_error *error)
{
	const char *unit, *below;
	uint32_t pid;

	(void)data;
	(void)error;
	int rc = sd_bus_message_read(m, "ssau", &unit, &below, 1, &pid);
	if (rc < 0)
		return rc;
	fprintf(report, "attach %s %u\n", unit, pid);
	fflush(report);
	rc = write_pid(unit, pid);
	return rc < 0 ? rc : sd_bus_reply_method_return(m, NULL);
}

static int on_reset(sd_bus_message *m, void *data, sd_bus_error *error)
{
	const char *unit;

	(void)data;
	(void)error;
	int rc = sd_bus_message_read(m, "s", &unit);
	fprintf(report, "reset %s\n", rc < 0 ? "?" : unit);
	fflush(report);
	was_reset |= rc >= 0 && strstr(unit, "taken");
	return sd_bus_reply_method_return(m, NULL);
}

static int get_version(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *data, sd_bus_error *error)
{
	(void)bus, (void)path, (void)interface, (void)property, (void)data, (void)error;
	return sd_bus_message_append(reply, "s", "v252.38-1");
}

static int get_group(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *data, sd_bus_error *error)
{
	char *unit = NULL, text[PATH_SIZE];

	(void)bus, (void)interface, (void)property, (void)data, (void)error;
	int rc = sd_bus_path_decode(path, PATH_OF_MANAGER "/unit", &unit);
	snprintf(text, sizeof(text), "%s/%s", group, rc > 0 ? unit : "");
	free(unit);
	return sd_bus_message_append(reply, "s", text);
}

static const sd_bus_vtable manager[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Version", "s", get_version, 0, 0),
	SD_BUS_METHOD("StartTransientUnit", "ssa(sv)a(sa(sv))", "o", on_start,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("SetUnitProperties", "sba(sv)", "", on_set, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("StopUnit", "ss", "o", on_stop, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("AttachProcessesToUnit", "ssau", "", on_attach, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("ResetFailedUnit", "s", "", on_reset, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL("JobRemoved", "uoss", 0),
	SD_BUS_VTABLE_END,
};

static const sd_bus_vtable unit[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("ControlGroup", "s", get_group, 0, 0),
	SD_BUS_VTABLE_END,
};

static int any_unit(sd_bus *bus, const char *path, const char *interface, void *data, void **found,
	sd_bus_error *e)
{
	(void)bus, (void)path, (void)interface, (void)data, (void)e;
	*found = (void *)&unit;
	return 1;
}

int main(int argc, char **argv)
{
	sd_bus *bus = NULL;

	if (argc != 4) {
		fprintf(stderr, "usage: fake_systemd V2-MOUNT CGROUP LOG\n");
		return 2;
	}
	top = argv[1];
	group = argv[2];
	report = fopen(argv[3], "we");
	int rc = report ? sd_bus_open_system(&bus) : -errno;
	if (rc >= 0)
		rc = sd_bus_add_object_vtable(bus, NULL, PATH_OF_MANAGER, MANAGER, manager, NULL);
	if (rc >= 0)
		rc = sd_bus_add_fallback_vtable(bus, NULL, PATH_OF_MANAGER "/unit",
			"org.freedesktop.systemd1.Scope", unit, any_unit, NULL);
	if (rc >= 0)
		rc = sd_bus_request_name(bus, "org.freedesktop.systemd1", 0);
	while (rc >= 0) {
		rc = sd_bus_process(bus, NULL);
		if (rc == 0)
			rc = sd_bus_wait(bus, UINT64_MAX);
	}
	fprintf(stderr, "fake_systemd: %s\n", strerror(-rc));
	return 1;
}
