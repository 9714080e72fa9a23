/* SPDX-License-Identifier: Apache-2.0 */
/* login and logout: the daemon checks the credentials, config.json or a helper keeps them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "cmds.h"
#include "credentials.h"
#include "prompt.h"
#include "registry_auth.h"

#define PASSWORD_MAX (1 << 20)

struct login_opts {
	struct opts_common common;
	const char *user, *password;
	bool from_stdin;
	bool has_user, has_password, has_stdin;
};

static const struct opt login_opts[] = {
	OPT_CHANGED(STR, 'p', "password", "string", struct login_opts, password, has_password,
		"Password or Personal Access Token (PAT)"),
	OPT_CHANGED(BOOL, 0, "password-stdin", NULL, struct login_opts, from_stdin, has_stdin,
		"Take the Password or Personal Access Token (PAT) from stdin"),
	OPT_CHANGED(STR, 'u', "username", "string", struct login_opts, user, has_user, "Username"),
	OPT_END,
};

static const struct login_opts login_defaults = { .user = "", .password = "" };

static int check_options(const struct login_opts *o, struct err *e)
{
	if (o->has_stdin && o->has_password)
		return err_set(e, ERR_INVALID,
			"conflicting options: cannot specify both --password and --password-stdin");
	if (o->has_stdin && !o->has_user)
		return err_set(e, ERR_INVALID,
			"the --password-stdin option requires --username to be set");
	if (o->has_user && *o->user == '\0')
		return err_set(e, ERR_INVALID, "username is empty");
	if (o->has_password && *o->password == '\0')
		return err_set(e, ERR_INVALID, "password is empty");
	return 0;
}

static int password_from_stdin(struct cli *c, const char **out, struct err *e)
{
	own_buf text = { 0 };
	char data[4096];
	ssize_t n;

	buf_init(&text, PASSWORD_MAX);
	while ((n = io_read_some(STDIN_FILENO, data, sizeof(data), e)) > 0)
		buf_add(&text, data, (size_t)n);
	if (n < 0)
		return -1;
	if (text.len > 0 && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	if (text.len > 0 && text.data[text.len - 1] == '\r')
		text.data[--text.len] = '\0';
	*out = arena_strndup(c->arena, text.data, text.len);
	return 0;
}

/* POST /auth: the daemon's word for it in *status, a token instead of the password in auth. */
static int check_with_registry(
	struct cli *c, struct credentials *auth, const char **status, struct err *e)
{
	own_json answer = NULL;
	const char *token;

	*status = "";
	if (cli_client(c, e) == NULL || client_call_json(c->client, "POST", "/auth",
						credentials_json(c->arena, auth), &answer, e) < 0)
		return -1;
	*status = arena_strdup(c->arena, json_str(json_get_ci(answer, "Status"), ""));
	token = json_str(json_get_ci(answer, "IdentityToken"), "");
	if (*token) {
		auth->password = "";
		auth->identity_token = arena_strdup(c->arena, token);
	}
	return 0;
}

static int keep(struct cli *c, const struct credentials *auth, struct err *e)
{
	return credentials_store(c, auth, e) ? err_in(e, "Error saving credentials") : 0;
}

/* With what is stored; -1: ask the user. */
static int login_stored(struct cli *c, struct credentials *auth, const char **status)
{
	struct err e, why;
	int rc;

	cli_warn(c, "Authenticating with existing credentials... [Username: %s]", auth->username);
	prompt_note(c, STDERR_FILENO,
		"To login with a different account, run 'docker logout' followed by 'docker login'");
	cli_warn(c, "\n");
	rc = check_with_registry(c, auth, status, &e);
	if (rc && e.kind == ERR_UNAUTHORIZED)
		cli_warn(c, "Stored credentials invalid or expired");
	else if (rc)
		cli_warn(c, "Login did not succeed, error: %s", e.msg);
	return keep(c, auth, &why) ? -1 : rc;
}

/* DOCKER_CLI_DISABLE_OAUTH_LOGIN. */
static bool wants_web(void)
{
	static const char *const yes[] = { "1", "t", "T", "TRUE", "true", "True" };
	const char *text = getenv("DOCKER_CLI_DISABLE_OAUTH_LOGIN");

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (str_eq(text, yes[i]))
			return false;
	}
	return true;
}

static int login_user(struct cli *c, const struct login_opts *o, const struct credentials *stored,
	const char **status, struct err *e)
{
	const char *server = stored->server_address;
	bool has_both = *o->user && *o->password;
	struct credentials auth;

	if (!has_both && !isatty(STDIN_FILENO))
		return err_set(e, ERR_INVALID,
			"Error: Cannot perform an interactive login from a non TTY device");
	/* docker would start its login by web browser here, and goes on like this when it cannot */
	if (str_eq(server, CREDENTIALS_HUB) && !*o->user && !*o->password && wants_web())
		cli_warn(c,
			"Failed to start web-based login - falling back to command line login...\n");
	if (registry_auth_ask(c, o->user, o->password, stored->username, server, &auth, e) ||
		check_with_registry(c, &auth, status, e))
		return -1;
	return keep(c, &auth, e);
}

static int run_login(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	struct login_opts o = *(const struct login_opts *)opts;
	const char *server = args->n > 0 ? args->v[0] : "";
	struct credentials stored = CREDENTIALS_NONE;
	const char *status = "";
	struct err why;
	int rc = -1;

	if (check_options(&o, e))
		return -1;
	if (*o.password)
		cli_warn(c, "WARNING! Using --password via the CLI is insecure. Use "
			    "--password-stdin.");
	if (o.from_stdin && password_from_stdin(c, &o.password, e))
		return -1;
	if (*server == '\0' || str_eq(server, "docker.io"))
		server = CREDENTIALS_HUB;
	if (!str_eq(server, CREDENTIALS_HUB))
		server = credentials_host(c->arena, server);
	if (*o.user == '\0' && *o.password == '\0')
		rc = credentials_get(c, server, &stored, &why);
	stored.server_address = server;
	stored.identity_token = "";
	if (rc == 0 && *stored.username && *stored.password)
		rc = login_stored(c, &stored, &status);
	else
		rc = -1;
	if (rc && login_user(c, &o, &stored, &status, e))
		return -1;
	if (*status)
		buf_fmt(&c->out, "%s\n", status);
	return 0;
}

const struct command_impl login_impl = {
	.run = run_login,
	.opts = login_opts,
	.opts_size = sizeof(struct login_opts),
	.defaults = &login_defaults,
};

/* --- logout --- */

/* Forms older versions stored a registry under. */
static void add_forms(struct cli *c, struct str_list *out, const char *host)
{
	str_list_add(c->arena, out, host);
	str_list_add(c->arena, out, arena_printf(c->arena, "http://%s", host));
	str_list_add(c->arena, out, arena_printf(c->arena, "https://%s", host));
}

/* What a login by web browser left beside the password; the two halves of a token of that kind are joined by "..". */
#define REFRESH_TOKEN CREDENTIALS_HUB "refresh-token"
#define ACCESS_TOKEN  CREDENTIALS_HUB "access-token"

static void forget_web_login(struct cli *c)
{
	struct credentials token;
	struct err e;
	const char *dots;

	if (credentials_get(c, REFRESH_TOKEN, &token, &e)) {
		cli_warn(c, "WARNING: %s", e.msg);
		return;
	}
	dots = strstr(token.password, "..");
	if (dots == NULL || strstr(dots + 2, ".."))
		return;
	if (credentials_erase(c, ACCESS_TOKEN, &e) || credentials_erase(c, REFRESH_TOKEN, &e))
		cli_warn(c, "WARNING: failed to erase tokens: %s", e.msg);
	else
		cli_warn(c, "WARNING: credentials erased successfully, but there was a failure to "
			    "revoke the OAuth refresh token with the tenant: this client has no "
			    "web login: revoke it at https://app.docker.com/settings");
}

static int run_logout(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const char *server = args->n > 0 ? args->v[0] : "";
	struct str_list forms = { 0 }, errors = { 0 };
	const char *host;

	if (*server == '\0')
		server = CREDENTIALS_HUB;
	host = server;
	str_list_add(c->arena, &forms, server);
	if (args->n > 0 && *args->v[0]) {
		host = credentials_host(c->arena, server);
		add_forms(c, &forms, host);
	} else {
		forget_web_login(c);
	}
	buf_fmt(&c->out, "Removing login credentials for %s\n", host);
	for (size_t i = 0; i < forms.n; i++) {
		struct err why;
		const char *line;

		if (credentials_erase(c, forms.v[i], &why) == 0)
			continue;
		line = arena_printf(c->arena, "%s: %s", forms.v[i], why.msg);
		if (!str_list_has(&errors, line))
			str_list_add(c->arena, &errors, line);
	}
	/* one form of the name is enough; a name that is its own host counts twice, in docker too */
	if (errors.n < forms.n)
		return 0;
	cli_warn(c, "WARNING: could not erase credentials:");
	for (size_t i = 0; i < errors.n; i++)
		cli_warn(c, "%s", errors.v[i]);
	return 0;
}

const struct command_impl logout_impl = { .run = run_logout };
