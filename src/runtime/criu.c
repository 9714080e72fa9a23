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
#include "runtime.h"

#define MESSAGE_MAX (64 * 1024)
#define FIRST_FD    3
#define FD_PARK	    200 /* fds are moved above this before they are placed */
#define FDS_MOST    16

/* ---- messages ---- */

static void *take_memory(void *arena, size_t n)
{
	return arena_alloc(arena, n);
}

static void keep_memory(void *arena, void *memory)
{
}

/* A version's parts, as far as they make sense. */
static int version_part(int32_t n)
{
	return n & 0xffff;
}

int criu_parse_answer(struct slice text, struct arena *a, struct criu_answer *out, struct err *e)
{
	ProtobufCAllocator in_arena = { take_memory, keep_memory, a };
	const CriuResp *r = criu_resp__unpack(&in_arena, text.n, (const uint8_t *)text.p);

	*out = (struct criu_answer){ .fd = -1 };
	if (!r)
		return err_set(e, ERR_INVALID, "criu's answer is not understood");
	out->type = (int)r->type;
	out->success = r->success;
	out->error = r->cr_errno;
	if (r->restore)
		out->pid = r->restore->pid;
	if (r->notify) {
		out->script = r->notify->script;
		out->pid = r->notify->pid;
	}
	if (r->features) {
		out->has_mem_track = r->features->mem_track;
		out->has_lazy_pages = r->features->lazy_pages;
	}
	if (r->version) {
		out->major = version_part(r->version->major_number);
		out->minor = version_part(r->version->minor_number);
		out->sublevel = version_part(r->version->sublevel);
	}
	return 0;
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

static int send_request(int socket, const CriuReq *request, struct err *e)
{
	size_t n = criu_req__get_packed_size(request);

	if (n > MESSAGE_MAX)
		return err_set(e, ERR_INVALID, "request to criu is too large");
	own_mem uint8_t *message = malloc(n);
	if (!message)
		abort();
	criu_req__pack(request, message);
	return unixsock_send(socket, message, n, NULL, 0, e);
}

static const char *type_name(int type)
{
	const ProtobufCEnumValue *v =
		protobuf_c_enum_descriptor_get_value(&criu_req_type__descriptor, type);

	return v ? v->name : "unknown";
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
	int rc = criu_parse_answer((struct slice){ text, (size_t)n }, s->criu->arena, out, e);
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
	CriuReq agreed = CRIU_REQ__INIT;

	agreed.type = CRIU_REQ_TYPE__NOTIFY;
	CRIU_SET(&agreed, notify_success, true);
	log_debug("notify: %s", a->script ? a->script : "");
	int rc = s->criu->notify ? s->criu->notify(s->criu->ctx, a, e) : 0;
	if (a->fd >= 0)
		close(take_fd(&a->fd));
	return rc ? -1 : send_request(s->socket, &agreed, e);
}

static int converse(struct session *s, CriuReqType type, struct criu_answer *out, struct err *e)
{
	own_mem char *text = malloc(MESSAGE_MAX);

	if (!text)
		abort();
	for (;;) {
		if (receive(s, text, out, e))
			return -1;
		if (out->type != CRIU_REQ_TYPE__NOTIFY)
			break;
		if (agree(s, out, e))
			return -1;
	}
	if (out->fd >= 0)
		close(take_fd(&out->fd));
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

int criu_call(const struct criu *c, const CriuReq *request, struct criu_answer *out, struct err *e)
{
	struct session s = { c, { .pidfd = -1 }, -1 };
	const char *program = find_program(c->arena, c->program, e);
	struct err ignored;

	if (!program)
		return -1;
	log_debug("Using CRIU in %s mode", type_name(request->type));
	int rc = start(&s, program, e);
	if (rc == 0 && c->complete)
		rc = c->complete(c->ctx, s.child.pid, e);
	if (rc == 0)
		rc = send_request(s.socket, request, e);
	if (rc == 0)
		rc = converse(&s, request->type, out, e);
	bool code_counts = rc == 0 && (request->type == CRIU_REQ_TYPE__DUMP ||
					      request->type == CRIU_REQ_TYPE__RESTORE);
	return finish(&s, code_counts, code_counts ? e : &ignored) || rc ? -1 : 0;
}

int criu_version(const struct criu *c, int *out, struct err *e)
{
	const struct criu plain = { .program = c->program, .arena = c->arena };
	CriuReq request = CRIU_REQ__INIT;
	struct criu_answer a;

	request.type = CRIU_REQ_TYPE__VERSION;
	if (criu_call(&plain, &request, &a, e))
		return err_in(e, "CRIU version check failed");
	*out = a.major * 10000 + a.minor * 100 + a.sublevel;
	return 0;
}

int criu_need_feature(const struct criu *c, enum criu_feature feature, struct err *e)
{
	const struct criu plain = { .program = c->program, .arena = c->arena };
	CriuFeatures wanted = CRIU_FEATURES__INIT;
	CriuReq request = CRIU_REQ__INIT;
	struct criu_answer a;

	if (feature == CRIU_MEM_TRACK)
		CRIU_SET(&wanted, mem_track, true);
	else
		CRIU_SET(&wanted, lazy_pages, true);
	request.type = CRIU_REQ_TYPE__FEATURE_CHECK;
	request.features = &wanted;
	if (criu_call(&plain, &request, &a, e))
		return err_in(e, "CRIU feature check failed");
	if (feature == CRIU_MEM_TRACK ? a.has_mem_track : a.has_lazy_pages)
		return 0;
	return err_set(e, ERR_INVALID, "criu is missing features: [%s]",
		feature == CRIU_MEM_TRACK ? "MemTrack" : "LazyPages");
}
