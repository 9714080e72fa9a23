/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tare-scope: what tare-runtime asks of systemd over D-Bus, when it is told --systemd-cgroup. A program of its own because
 * sd-bus is a shared library: every container would pay for loading it, and only those of this driver need it.
 *
 *     tare-scope [--user] start UNIT    properties on stdin; waits until it has started and prints its cgroup
 *     tare-scope [--user] set UNIT      properties on stdin
 *     tare-scope [--user] attach UNIT   moves the process whose pid is on stdin into it
 *     tare-scope [--user] stop UNIT     waits until it is gone; forgets that it failed
 *
 * Exit code 0, or 1 with the reason on stderr. What properties a container has is tare-runtime's business.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "scope_int.h"

#define MANAGER \
	"org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"
#define JOB_TIMEOUT  30 /* seconds, as runc waits */
#define TEXT_MOST    (1024 * 1024)
#define NO_SUCH_UNIT "org.freedesktop.systemd1.NoSuchUnit"
#define UNIT_EXISTS  "org.freedesktop.systemd1.UnitExists"

struct call {
	sd_bus *bus;
	const char *unit;
	unsigned version;
	/* the job waited for, and how it ended ("done", "failed", …) */
	char job[256];
	char result[64];
};

int scope_error(int rc, const sd_bus_error *bus_error, const char *wanted, struct err *e)
{
	if (bus_error && sd_bus_error_is_set(bus_error))
		return err_set(e, ERR_INTERNAL, "%s: %s", wanted, bus_error->message);
	errno = -rc;
	return err_sys(e, "%s", wanted);
}

/* ---- the bus ---- */

/* systemd listens itself, too: where there is no bus, or not yet. */
static int open_private(bool user, sd_bus **out)
{
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");
	char address[512];

	if (user && !runtime_dir)
		return -ENOENT;
	snprintf(address, sizeof(address), "unix:path=%s/systemd/private",
		user ? runtime_dir : "/run");
	int rc = sd_bus_new(out);
	if (rc >= 0)
		rc = sd_bus_set_address(*out, address);
	if (rc >= 0)
		rc = sd_bus_start(*out);
	if (rc < 0)
		*out = sd_bus_unref(*out);
	return rc;
}

static int read_version(struct call *c, struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char *text = NULL;
	int rc = sd_bus_get_property_string(c->bus, MANAGER, "Version", &error, &text);

	if (rc < 0) {
		scope_error(rc, &error, "ask systemd for its version", e);
		sd_bus_error_free(&error);
		return -1;
	}
	/* "252.38-1~deb12u1", "v245" */
	const char *digits = text + strcspn(text, "0123456789");
	parse_u32((struct slice){ digits, strspn(digits, "0123456789") }, &c->version);
	free(text);
	return 0;
}

static int open_bus(struct call *c, bool user, struct err *e)
{
	int rc = user ? sd_bus_open_user(&c->bus) : sd_bus_open_system(&c->bus);

	if (rc < 0 && open_private(user, &c->bus) < 0)
		return scope_error(rc, NULL,
			user ? "connect to the user's systemd (is XDG_RUNTIME_DIR set?)"
			     : "connect to systemd",
			e);
	return read_version(c, e);
}

/* ---- jobs ---- */

static int on_job_removed(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct call *c = data;
	const char *job, *unit, *result;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(m, "uoss", &id, &job, &unit, &result) >= 0 &&
		strcmp(job, c->job) == 0)
		snprintf(c->result, sizeof(c->result), "%s", result);
	return 0;
}

/* Before the call that makes the job: its end may come before the answer. */
static int watch_jobs(struct call *c, struct err *e)
{
	/* Nobody says who sends what on systemd's own socket. */
	const char *sender = sd_bus_is_bus_client(c->bus) > 0 ? "org.freedesktop.systemd1" : NULL;
	int rc = sd_bus_match_signal(c->bus, NULL, sender, "/org/freedesktop/systemd1",
		"org.freedesktop.systemd1.Manager", "JobRemoved", on_job_removed, c);

	return rc < 0 ? scope_error(rc, NULL, "watch systemd's jobs", e) : 0;
}

static int wait_for_job(struct call *c, const char *verb, struct err *e)
{
	int64_t deadline = clock_monotonic_ns() + JOB_TIMEOUT * INT64_C(1000000000);

	while (!c->result[0]) {
		int64_t left = deadline - clock_monotonic_ns();
		int rc = sd_bus_process(c->bus, NULL);
		if (rc == 0 && left > 0)
			rc = sd_bus_wait(c->bus, (uint64_t)left / 1000);
		if (rc < 0 && rc != -EINTR)
			return scope_error(rc, NULL, "wait for systemd", e);
		if (left <= 0)
			return err_set(e, ERR_INTERNAL, "Timeout waiting for systemd to %s %s",
				verb, c->unit);
	}
	return 0;
}

/* Sends m (which is consumed) and notes the job it is answered with. */
static int call_for_job(struct call *c, sd_bus_message *m, sd_bus_error *error)
{
	sd_bus_message *reply = NULL;
	const char *job = NULL;
	int rc = sd_bus_call(c->bus, m, 0, error, &reply);

	if (rc >= 0)
		rc = sd_bus_message_read(reply, "o", &job);
	if (rc >= 0)
		snprintf(c->job, sizeof(c->job), "%s", job);
	sd_bus_message_unref(reply);
	sd_bus_message_unref(m);
	return rc;
}

static void reset_failed(struct call *c)
{
	sd_bus_call_method(c->bus, MANAGER, "ResetFailedUnit", NULL, NULL, "s", c->unit);
}

/* ---- verbs ---- */

static int read_properties(struct buf *out, struct err *e)
{
	char part[4096];
	ssize_t n;

	while ((n = read(STDIN_FILENO, part, sizeof(part))) > 0)
		buf_add(out, part, (size_t)n);
	return n < 0 || !buf_ok(out) ? err_set(e, ERR_INVALID, "cannot read properties") : 0;
}

static sd_bus_message *start_message(struct call *c, struct slice properties, struct err *e)
{
	sd_bus_message *m = NULL;
	int rc = sd_bus_message_new_method_call(c->bus, &m, MANAGER, "StartTransientUnit");

	if (rc >= 0)
		rc = sd_bus_message_append(m, "ss", c->unit, "replace");
	if (rc >= 0)
		rc = sd_bus_message_open_container(m, 'a', "(sv)");
	if (rc >= 0 && scope_append_properties(m, c->version, properties, e)) {
		sd_bus_message_unref(m);
		return NULL;
	}
	if (rc >= 0)
		rc = sd_bus_message_close_container(m);
	if (rc >= 0)
		rc = sd_bus_message_append(m, "a(sa(sv))", 0);
	if (rc >= 0)
		return m;
	sd_bus_message_unref(m);
	scope_error(rc, NULL, "StartTransientUnit", e);
	return NULL;
}

static int print_cgroup(struct call *c, struct err *e)
{
	bool slice = str_ends(c->unit, ".slice");
	char *path = NULL, *group = NULL;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int rc = sd_bus_path_encode("/org/freedesktop/systemd1/unit", c->unit, &path);

	if (rc >= 0)
		rc = sd_bus_get_property_string(c->bus, "org.freedesktop.systemd1", path,
			slice ? "org.freedesktop.systemd1.Slice" : "org.freedesktop.systemd1.Scope",
			"ControlGroup", &error, &group);
	if (rc < 0)
		scope_error(rc, &error, "ask for the unit's cgroup", e);
	else if (!group[0])
		rc = err_set(e, ERR_INTERNAL, "systemd gave unit %s no cgroup", c->unit);
	else
		printf("%s\n", group);
	sd_bus_error_free(&error);
	free(path);
	free(group);
	return rc < 0 ? -1 : 0;
}

static int verb_start(struct call *c, struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	own_buf properties = { 0 };
	int rc;

	buf_init(&properties, TEXT_MOST);
	if (read_properties(&properties, e) || watch_jobs(c, e))
		return -1;
	/* A unit of this name that failed and was never asked for stands in the way once. */
	for (int tries = 0; tries < 2; tries++) {
		struct slice text = { properties.data, properties.len };
		sd_bus_message *m = start_message(c, text, e);
		if (!m)
			return -1;
		sd_bus_error_free(&error);
		rc = call_for_job(c, m, &error);
		if (rc >= 0 || !sd_bus_error_has_name(&error, UNIT_EXISTS))
			break;
		/* A slice is a place, not a container: it may well be there. */
		if (str_ends(c->unit, ".slice"))
			return print_cgroup(c, e);
		reset_failed(c);
	}
	if (rc < 0) {
		scope_error(rc, &error, "unable to start unit", e);
		sd_bus_error_free(&error);
		return -1;
	}
	if (wait_for_job(c, "create", e))
		return -1;
	if (strcmp(c->result, "done") == 0)
		return print_cgroup(c, e);
	reset_failed(c);
	return err_set(
		e, ERR_INTERNAL, "error creating systemd unit `%s`: got `%s`", c->unit, c->result);
}

static int verb_set(struct call *c, struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	own_buf properties = { 0 };

	buf_init(&properties, TEXT_MOST);
	if (read_properties(&properties, e))
		return -1;
	int rc = sd_bus_message_new_method_call(c->bus, &m, MANAGER, "SetUnitProperties");
	if (rc >= 0)
		rc = sd_bus_message_append(m, "sb", c->unit, 1); /* until it ends, not on disk */
	if (rc >= 0)
		rc = sd_bus_message_open_container(m, 'a', "(sv)");
	int refused = rc < 0 ? 0
			     : scope_append_properties(m, c->version,
				       (struct slice){ properties.data, properties.len }, e);
	if (rc >= 0 && !refused)
		rc = sd_bus_message_close_container(m);
	if (rc >= 0 && !refused)
		rc = sd_bus_call(c->bus, m, 0, &error, NULL);
	if (rc < 0)
		scope_error(rc, &error, "unable to set unit properties", e);
	sd_bus_error_free(&error);
	sd_bus_message_unref(m);
	return rc < 0 || refused ? -1 : 0;
}

static int verb_attach(struct call *c, struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	uint32_t pid;
	own_buf text = { 0 };

	buf_init(&text, 64);
	if (read_properties(&text, e))
		return -1;
	if (!parse_u32(slice_trim((struct slice){ text.data, text.len }), &pid))
		return err_set(e, ERR_INVALID, "not a pid: %s", text.data);
	int rc = sd_bus_call_method(c->bus, MANAGER, "AttachProcessesToUnit", &error, NULL, "ssau",
		c->unit, "", 1, pid);
	if (rc < 0)
		scope_error(rc, &error, "unable to attach process to unit", e);
	sd_bus_error_free(&error);
	return rc < 0 ? -1 : 0;
}

static int verb_stop(struct call *c, struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;

	if (watch_jobs(c, e))
		return -1;
	int rc = sd_bus_message_new_method_call(c->bus, &m, MANAGER, "StopUnit");
	if (rc >= 0)
		rc = sd_bus_message_append(m, "ss", c->unit, "replace");
	if (rc >= 0)
		rc = call_for_job(c, m, &error);
	/* A scope whose last process has ended is gone by itself. */
	bool gone = rc < 0 && sd_bus_error_has_name(&error, NO_SUCH_UNIT);
	if (rc < 0 && !gone)
		scope_error(rc, &error, "unable to stop unit", e);
	sd_bus_error_free(&error);
	if (gone)
		return 0;
	if (rc < 0 || wait_for_job(c, "remove", e))
		return -1;
	reset_failed(c);
	if (strcmp(c->result, "done") == 0)
		return 0;
	return err_set(e, ERR_INTERNAL, "error removing unit `%s`: got `%s`", c->unit, c->result);
}

static const struct verb {
	const char *name;
	int (*run)(struct call *c, struct err *e);
} verbs[] = {
	{ "start", verb_start },
	{ "set", verb_set },
	{ "attach", verb_attach },
	{ "stop", verb_stop },
};

static int run(int argc, char **argv, struct err *e)
{
	bool user = argc > 1 && strcmp(argv[1], "--user") == 0;
	struct call c = { 0 };

	if (argc != 3 + user)
		return err_set(
			e, ERR_INVALID, "usage: tare-scope [--user] start|set|attach|stop UNIT");
	c.unit = argv[2 + user];
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, argv[1 + user]) != 0)
			continue;
		int rc = open_bus(&c, user, e) ? -1 : verbs[i].run(&c, e);
		sd_bus_flush_close_unref(c.bus);
		return rc;
	}
	return err_set(e, ERR_INVALID, "no verb %s", argv[1 + user]);
}

int main(int argc, char **argv)
{
	struct err e;

	if (run(argc, argv, &e) == 0)
		return 0;
	fprintf(stderr, "%s\n", e.msg);
	return 1;
}
