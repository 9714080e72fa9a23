/* SPDX-License-Identifier: Apache-2.0 */
/* Starting CRIU, and the conversation with it. What is asked for is put together in criu_request.c. */
#include "criu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/io.h"
#include "base/log.h"
#include "base/unixsock.h"
#include "creation.h"
#include "launch.h"
#include "protobuf.h"
#include "runtime.h"

#define MESSAGE_MAX  (64 * 1024)
#define FIRST_FD     3
#define FD_PARK	     200 /* fds are moved above this before they are placed */
#define FDS_MOST     16
#define SWRK_MESSAGE 2 /* criu_req: type 1, opts 2, notify_success 3, keep_open 4, features 5 */

/* ---- messages ---- */

static pid_t as_pid(const struct protobuf_field *f)
{
	return (pid_t)(int32_t)(uint32_t)f->value;
}

/* A message in a message: each field is given to take. */
static int parse_part(struct slice text, struct criu_answer *out,
	void (*take_one)(const struct protobuf_field *f, struct criu_answer *out))
{
	struct protobuf_field f;
	int rc;

	while ((rc = protobuf_next(&text, &f)) > 0)
		take_one(&f, out);
	return rc;
}

static void take_restore(const struct protobuf_field *f, struct criu_answer *out)
{
	if (f->number == 1)
		out->pid = as_pid(f);
}

static void take_notify(const struct protobuf_field *f, struct criu_answer *out)
{
	if (f->number == 1)
		out->script = f->bytes;
	else if (f->number == 2)
		out->pid = as_pid(f);
}

static void take_features(const struct protobuf_field *f, struct criu_answer *out)
{
	if (f->number == 1)
		out->has_mem_track = f->value;
	else if (f->number == 2)
		out->has_lazy_pages = f->value;
}

static void take_version(const struct protobuf_field *f, struct criu_answer *out)
{
	if (f->number == 1)
		out->major = (int)(f->value & 0xffff);
	else if (f->number == 2)
		out->minor = (int)(f->value & 0xffff);
	else if (f->number == 4)
		out->sublevel = (int)(f->value & 0xffff);
}

static const struct {
	unsigned field;
	void (*take_one)(const struct protobuf_field *f, struct criu_answer *out);
} parts[] = {
	{ 4, take_restore },
	{ 5, take_notify },
	{ 8, take_features },
	{ 10, take_version },
};

static int take_field(const struct protobuf_field *f, struct criu_answer *out)
{
	if (f->number == 1)
		out->type = (int)(f->value & 0xff);
	else if (f->number == 2)
		out->success = f->value;
	else if (f->number == 7)
		out->error = (int)(uint32_t)f->value;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (f->number == parts[i].field && f->is_bytes)
			return parse_part(f->bytes, out, parts[i].take_one);
	return 0;
}

int criu_parse_answer(struct slice text, struct criu_answer *out, struct err *e)
{
	struct protobuf_field f;
	int rc;

	*out = (struct criu_answer){ .fd = -1 };
	while ((rc = protobuf_next(&text, &f)) > 0)
		if (take_field(&f, out))
			break;
	return rc ? err_set(e, ERR_INVALID, "criu's answer is not understood") : 0;
}

/* ---- the child ---- */

static int place_fds(const struct criu *c, int socket)
{
	for (size_t i = 0; i <= c->n_fds; i++)
		if (dup3(i ? c->fds[i - 1] : socket, FD_PARK + (int)i, O_CLOEXEC) < 0)
			return -1;
	for (size_t i = 0; i <= c->n_fds; i++)
		if (dup2(FD_PARK + (int)i, FIRST_FD + (int)i) < 0)
			return -1;
	return 0;
}

static int become_criu(
	const struct criu *c, const char *program, int socket, int report, struct err *e)
{
	char number[16];

	creation_reset_signals();
	if (c->prepare && c->prepare(c->ctx, e))
		return -1;
	/* Out of the way of what is placed, and closed by a successful exec. */
	if (dup3(report, FD_PARK + FDS_MOST + 1, O_CLOEXEC) < 0 || place_fds(c, socket))
		return err_sys(e, "place descriptors");
	snprintf(number, sizeof(number), "%d", FIRST_FD);
	char *const argv[] = { (char *)c->program, (char *)"swrk", number, NULL };
	execv(program, argv);
	return err_set(e, ERR_INVALID, "fork/exec %s: %s", program, runtime_errno_text(errno));
}

static _Noreturn void child_main(const struct criu *c, const char *program, int socket, int report)
{
	struct err e, unheard;

	become_criu(c, program, socket, report, &e);
	/* The report is at one of the two. */
	if (io_write(FD_PARK + FDS_MOST + 1, &e, sizeof(e), &unheard))
		io_write(report, &e, sizeof(e), &unheard);
	_exit(1);
}

/* ---- the parent ---- */

/* Go's exec.LookPath. */
static const char *find_program(struct arena *a, const char *name, struct err *e)
{
	struct slice dirs = slice_str(getenv("PATH")), dir;
	struct stat st;

	if (strchr(name, '/')) {
		if (access(name, X_OK) == 0)
			return name;
		err_set(e, ERR_NOT_FOUND, "exec: \"%s\": %s", name, runtime_errno_text(errno));
		return NULL;
	}
	while (dirs.n) {
		slice_cut(dirs, ':', &dir, &dirs);
		const char *path = arena_printf(a, "%.*s/%s", (int)dir.n, dir.p, name);
		if (dir.n && access(path, X_OK) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode))
			return path;
	}
	err_set(e, ERR_NOT_FOUND, "exec: \"%s\": executable file not found in $PATH", name);
	return NULL;
}

struct session {
	const struct criu *criu;
	struct launched child;
	int socket;
};

static int start(struct session *s, const char *program, struct err *e)
{
	int pair[2], report[2];
	struct err why;

	if (s->criu->n_fds > FDS_MOST)
		return err_set(e, ERR_INVALID, "too many descriptors for criu");
	if (fault_point("criu.start", e))
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_sys(e, "socketpair");
	own_fd far = pair[1];
	s->socket = pair[0];
	if (pipe2(report, O_CLOEXEC))
		return err_sys(e, "pipe");
	own_fd reads = report[0];
	int rc = launch_clone(0, -1, &s->child, e);
	if (rc == 1)
		child_main(s->criu, program, far, report[1]);
	close(report[1]);
	if (rc)
		return -1;
	ssize_t n = io_read(reads, &why, sizeof(why), e);
	if (n == 0)
		return 0;
	if (n == (ssize_t)sizeof(why))
		*e = why;
	return n < 0 || n == (ssize_t)sizeof(why)
		       ? -1
		       : err_set(e, ERR_INTERNAL, "criu's process ended before its time");
}

static int send_request(int socket, enum criu_type type, const struct buf *opts, struct err *e)
{
	own_buf message = { 0 };

	buf_init(&message, MESSAGE_MAX);
	protobuf_put_number(&message, 1, type);
	if (opts->len)
		protobuf_put_message(&message, type == CRIU_FEATURE_CHECK ? 5 : SWRK_MESSAGE, opts);
	if (type == CRIU_NOTIFY)
		protobuf_put_number(&message, 3, 1);
	if (!buf_ok(&message) || !buf_ok(opts))
		return err_set(e, ERR_INVALID, "request to criu is too large");
	return unixsock_send(socket, message.data, message.len, NULL, 0, e);
}

static const char *type_name(int type)
{
	static const char *const names[] = { "EMPTY", "DUMP", "RESTORE", "CHECK", "PRE_DUMP",
		"PAGE_SERVER", "NOTIFY", "CPUINFO_DUMP", "CPUINFO_CHECK", "FEATURE_CHECK",
		"VERSION" };

	return type >= 0 && (size_t)type < sizeof(names) / sizeof(names[0]) ? names[type]
									    : "unknown";
}

/* The next message in text. */
static int receive(
	struct session *s, char text[MESSAGE_MAX], struct criu_answer *out, struct err *e)
{
	int fds[UNIXSOCK_MAX_FDS];
	size_t n_fds = UNIXSOCK_MAX_FDS;
	ssize_t n = unixsock_recv(s->socket, text, MESSAGE_MAX, fds, &n_fds, e);

	if (n <= 0)
		return n < 0 ? -1 : err_set(e, ERR_INTERNAL, "unexpected EOF");
	int rc = criu_parse_answer((struct slice){ text, (size_t)n }, out, e);
	for (size_t i = 0; i < n_fds; i++) {
		if (i == 0 && rc == 0)
			out->fd = fds[i];
		else
			close(fds[i]);
	}
	if (rc)
		return -1;
	if (!out->success)
		return err_set(e, ERR_INTERNAL, "criu failed: type %s errno %d",
			type_name(out->type), out->error);
	return 0;
}

static int agree(struct session *s, struct criu_answer *a, struct err *e)
{
	struct buf none = { 0 };

	log_debug("notify: %.*s", (int)a->script.n, a->script.p);
	int rc = s->criu->notify ? s->criu->notify(s->criu->ctx, a, e) : 0;
	if (a->fd >= 0)
		close(take_fd(&a->fd));
	return rc ? -1 : send_request(s->socket, CRIU_NOTIFY, &none, e);
}

static int converse(struct session *s, enum criu_type type, struct criu_answer *out, struct err *e)
{
	own_mem char *text = malloc(MESSAGE_MAX);

	if (!text)
		abort();
	for (;;) {
		if (receive(s, text, out, e))
			return -1;
		if (out->type != CRIU_NOTIFY)
			break;
		if (agree(s, out, e))
			return -1;
	}
	if (out->fd >= 0)
		close(take_fd(&out->fd));
	out->script = (struct slice){ 0 };
	if (out->type != (int)type)
		return err_set(e, ERR_INTERNAL, "criu answered %s to %s", type_name(out->type),
			type_name(type));
	return 0;
}

/* Closing its socket ends it. A single pre-dump leaves it waiting for the next, so its code counts for nothing. */
static int finish(struct session *s, bool code_counts, struct err *e)
{
	siginfo_t info = { 0 };

	if (s->socket >= 0)
		close(take_fd(&s->socket));
	if (s->child.pidfd < 0)
		return 0;
	while (waitid(P_PIDFD, (id_t)s->child.pidfd, &info, WEXITED) && errno == EINTR)
		continue;
	close(take_fd(&s->child.pidfd));
	if (!code_counts || (info.si_code == CLD_EXITED && info.si_status == 0))
		return 0;
	return err_set(e, ERR_INTERNAL, "criu failed: %s %d",
		info.si_code == CLD_EXITED ? "exit status" : "signal", info.si_status);
}

int criu_call(const struct criu *c, enum criu_type type, struct buf *opts, struct criu_answer *out,
	struct err *e)
{
	struct session s = { c, { .pidfd = -1 }, -1 };
	const char *program = find_program(c->arena, c->program, e);
	struct err ignored;

	if (!program)
		return -1;
	log_debug("Using CRIU in %s mode", type_name(type));
	int rc = start(&s, program, e);
	if (rc == 0 && c->complete)
		rc = c->complete(c->ctx, s.child.pid, opts, e);
	if (rc == 0)
		rc = send_request(s.socket, type, opts, e);
	if (rc == 0)
		rc = converse(&s, type, out, e);
	bool code_counts = rc == 0 && (type == CRIU_DUMP || type == CRIU_RESTORE);
	return finish(&s, code_counts, code_counts ? e : &ignored) || rc ? -1 : 0;
}

int criu_version(const struct criu *c, int *out, struct err *e)
{
	const struct criu plain = { .program = c->program, .arena = c->arena };
	struct criu_answer a;
	own_buf none = { 0 };

	buf_init(&none, 16);
	if (criu_call(&plain, CRIU_VERSION, &none, &a, e))
		return err_in(e, "CRIU version check failed");
	*out = a.major * 10000 + a.minor * 100 + a.sublevel;
	return 0;
}

int criu_need_feature(const struct criu *c, enum criu_feature feature, struct err *e)
{
	const struct criu plain = { .program = c->program, .arena = c->arena };
	struct criu_answer a;
	own_buf wanted = { 0 };

	buf_init(&wanted, 16);
	protobuf_put_number(&wanted, feature, 1);
	if (criu_call(&plain, CRIU_FEATURE_CHECK, &wanted, &a, e))
		return err_in(e, "CRIU feature check failed");
	if (feature == CRIU_MEM_TRACK ? a.has_mem_track : a.has_lazy_pages)
		return 0;
	return err_set(e, ERR_INVALID, "criu is missing features: [%s]",
		feature == CRIU_MEM_TRACK ? "MemTrack" : "LazyPages");
}
