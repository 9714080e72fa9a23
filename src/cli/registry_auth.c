/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_auth.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "prompt.h"

#define REGISTER                                                                                \
	"Log in with your Docker ID or email address to push and pull images from Docker Hub. " \
	"If you don't have a Docker ID, head over to https://hub.docker.com/ to create one.\n"
#define TOKENS                                                                              \
	"You can log in with your password or a Personal Access Token (PAT). Using a "      \
	"limited-scope PAT grants better security and is required for organizations using " \
	"SSO. Learn more at https://docs.docker.com/go/access-tokens/\n\n"
#define TOKEN_NOTE                                             \
	"A Personal Access Token (PAT) can be used instead.\n" \
	"To create a PAT, visit \x1b[4mhttps://app.docker.com/settings\x1b[0m\n\n"

/* --- asking --- */

/* DOCKER_CLI_HINTS, when it says one of Go's words for false. */
static bool has_hints(void)
{
	static const char *const no[] = { "0", "f", "F", "FALSE", "false", "False" };
	const char *text = getenv("DOCKER_CLI_HINTS");

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		if (str_eq(text, no[i]))
			return false;
	}
	return true;
}

static const char *trimmed(struct arena *a, const char *s)
{
	struct slice t = slice_trim(slice_str(s));

	return arena_strndup(a, t.p, t.n);
}

static int ask_user(struct cli *c, const char *user_default, const char *server, const char **user,
	struct err *e)
{
	if (str_eq(server, CREDENTIALS_HUB)) {
		buf_str(&c->out, REGISTER);
		if (has_hints())
			buf_str(&c->out, TOKENS);
	}
	user_default = trimmed(c->arena, user_default);
	if (prompt_line(c,
		    *user_default ? arena_printf(c->arena, "Username (%s): ", user_default)
				  : "Username: ",
		    user, e))
		return -1;
	if (**user == '\0')
		*user = user_default;
	if (**user == '\0')
		return err_set(e, ERR_INVALID, "Error: Non-null Username Required");
	return 0;
}

static int ask_password(struct cli *c, const char *server, const char **password, struct err *e)
{
	if (!isatty(STDIN_FILENO))
		return err_set(e, ERR_INVALID, "%s", err_text(ENOTTY));
	if (str_eq(server, CREDENTIALS_HUB))
		prompt_note(c, STDERR_FILENO, TOKEN_NOTE);
	if (prompt_secret(c, "Password: ", password, e))
		return -1;
	buf_char(&c->out, '\n');
	if (**password == '\0')
		return err_set(e, ERR_INVALID, "Error: Password Required");
	return 0;
}

int registry_auth_ask(struct cli *c, const char *user, const char *password,
	const char *user_default, const char *server, struct credentials *out, struct err *e)
{
	*out = (struct credentials)CREDENTIALS_NONE;
	out->server_address = server;
	out->username = trimmed(c->arena, user);
	out->password = trimmed(c->arena, password);
	if (*out->username == '\0' && ask_user(c, user_default, server, &out->username, e))
		return -1;
	if (*out->password == '\0' && ask_password(c, server, &out->password, e))
		return -1;
	return 0;
}

/* --- calling --- */

struct client_stream *registry_call_with(
	struct cli *c, const struct registry_call *call, const char *header, struct err *e)
{
	struct client_request rq = CLIENT_REQUEST_INIT;
	struct http_headers headers = { 0 };

	if (cli_client(c, e) == NULL)
		return NULL;
	http_headers_add(c->arena, &headers, "X-Registry-Auth", header);
	rq.method = call->method;
	rq.path = call->target;
	rq.headers = &headers;
	return client_stream_open(c->client, &rq, e);
}

struct client_stream *registry_call_open(
	struct cli *c, const struct registry_call *call, struct err *e)
{
	const char *server = credentials_key(call->domain);
	struct credentials auth;
	struct client_stream *s;
	struct err ignored;

	(void)credentials_get(c, server, &auth, &ignored);
	s = registry_call_with(c, call, credentials_header(c->arena, &auth), e);
	if (s || e->kind != ERR_UNAUTHORIZED)
		return s;
	buf_fmt(&c->out, "\nLogin prior to %s:\n", call->verb);
	/* docker asks for Docker Hub's, whatever the registry: kept, it is what people see */
	if (registry_auth_ask(c, "", "", auth.username, CREDENTIALS_HUB, &auth, e))
		return NULL;
	return registry_call_with(c, call, credentials_header(c->arena, &auth), e);
}
