/* SPDX-License-Identifier: Apache-2.0 */
/* Messages are small: what the helper reads is in its pipe before it starts. */
#include "credential_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/jsonw.h"
#include "base/proc.h"

#define ANSWER_MAX (1 << 20)
#define TOKEN_USER "<token>" /* the secret is an identity token then */
#define NOT_FOUND  "credentials not found in native keychain"

/* Errors the helpers' library says as output; "err:" in docker's text is then the sentence itself. */
static const char *const plain_errors[] = { "no credentials server URL",
	"no credentials username" };

struct answer {
	struct buf text;
	bool is_good;
};

static int collect(int fd, struct buf *out, struct err *e)
{
	char data[4096];
	ssize_t n;

	while ((n = io_read_some(fd, data, sizeof(data), e)) > 0)
		buf_add(out, data, (size_t)n);
	return (int)n;
}

/* Runs it; why is what Go's exec would say when it failed. */
static int run(const char *program, const char *verb, const char *input, struct answer *out,
	struct err *why)
{
	const char *const argv[] = { program, verb, NULL };
	own_fd in = memfd_create("credentials", MFD_CLOEXEC), err = dup(STDERR_FILENO);
	int ends[2] = { -1, -1 };
	struct proc_spec spec = PROC_SPEC_INIT;
	struct proc proc;
	int status, rc;

	if (in < 0 || pipe2(ends, O_CLOEXEC))
		return err_sys(why, "pipe");
	own_fd from = ends[0], to = ends[1];
	if (io_write(in, input, strlen(input), why))
		return -1;
	(void)lseek(in, 0, SEEK_SET);
	spec.path = program;
	spec.argv = argv;
	spec.fd_in = in;
	spec.fd_out = to;
	spec.fd_err = err;
	if (proc_spawn(&spec, &proc, why)) {
		if (why->sys == ENOENT)
			err_set(why, ERR_NOT_FOUND,
				"exec: \"%s\": executable file not found in $PATH", program);
		return -1;
	}
	close(take_fd(&to));
	rc = collect(from, &out->text, why);
	if (rc == 0)
		rc = proc_wait(&proc, -1, &status, why);
	proc_done(&proc);
	if (rc)
		return -1;
	out->is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (WIFSIGNALED(status))
		err_set(why, ERR_INTERNAL, "signal: %s", strsignal(WTERMSIG(status)));
	else
		err_set(why, ERR_INTERNAL, "exit status %d", WEXITSTATUS(status));
	return 0;
}

/* Its answer in text; -1 with docker's sentence, doing is "getting". */
static int ask(struct cli *c, const char *name, const char *const verb[2], const char *input,
	struct buf *text, struct err *e)
{
	const char *program = arena_printf(c->arena, "docker-credential-%s", name);
	struct answer answer = { 0 };
	struct err why;
	struct slice said;
	int rc;

	cli_flush(c);
	buf_init(&answer.text, ANSWER_MAX);
	rc = run(program, verb[0], input, &answer, &why);
	said = slice_trim((struct slice){ answer.text.data, answer.text.len });
	if (rc == 0 && answer.is_good) {
		*text = answer.text;
		return 0;
	}
	for (size_t i = 0; i < sizeof(plain_errors) / sizeof(plain_errors[0]); i++) {
		if (slice_eq(said, plain_errors[i]))
			err_set(&why, ERR_INVALID, "%s", plain_errors[i]);
	}
	if (slice_eq(said, NOT_FOUND))
		err_set(e, ERR_NOT_FOUND, "error %s credentials - err: %s, out: `%s`", verb[1],
			why.msg, NOT_FOUND);
	else
		err_set(e, ERR_INTERNAL, "error %s credentials - err: %s, out: `%.*s`", verb[1],
			why.msg, (int)said.n, said.p);
	buf_done(&answer.text);
	return -1;
}

bool credential_helper_parse(struct arena *a, const char *text, size_t n, struct credentials *out)
{
	struct err ignored;
	own_json doc = json_parse(text, n, &ignored);
	const char *user, *secret;
	bool is_token;

	if (json_type(doc) != JSON_OBJ)
		return false;
	user = json_str(json_get_ci(doc, "Username"), "");
	secret = arena_strdup(a, json_str(json_get_ci(doc, "Secret"), ""));
	is_token = str_eq(user, TOKEN_USER);
	out->username = is_token ? "" : arena_strdup(a, user);
	out->password = is_token ? "" : secret;
	out->identity_token = is_token ? secret : "";
	return true;
}

int credential_helper_get(
	struct cli *c, const char *name, const char *server, struct credentials *out, struct err *e)
{
	static const char *const verb[] = { "get", "getting" };
	own_buf text = { 0 };

	if (ask(c, name, verb, server, &text, e)) {
		if (e->kind != ERR_NOT_FOUND || !strstr(e->msg, NOT_FOUND))
			return -1;
		out->username = out->password = out->identity_token = out->server_address = "";
		return 0;
	}
	if (!credential_helper_parse(c->arena, text.data, text.len, out))
		return err_set(e, ERR_INVALID, "invalid answer of docker-credential-%s", name);
	out->server_address = arena_strdup(c->arena, server);
	return 0;
}

int credential_helper_store(
	struct cli *c, const char *name, const struct credentials *auth, struct err *e)
{
	static const char *const verb[] = { "store", "storing" };
	bool is_token = *auth->identity_token != '\0';
	own_buf input = { 0 }, text = { 0 };
	struct jsonw w;

	buf_init(&input, ANSWER_MAX);
	jsonw_init(&w, &input, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	jsonw_kstr(&w, "ServerURL", auth->server_address);
	jsonw_kstr(&w, "Username", is_token ? TOKEN_USER : auth->username);
	jsonw_kstr(&w, "Secret", is_token ? auth->identity_token : auth->password);
	jsonw_obj_end(&w);
	buf_char(&input, '\n');
	return ask(c, name, verb, input.data, &text, e);
}

int credential_helper_erase(struct cli *c, const char *name, const char *server, struct err *e)
{
	static const char *const verb[] = { "erase", "erasing" };
	own_buf text = { 0 };

	return ask(c, name, verb, server, &text, e);
}
