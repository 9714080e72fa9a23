/* SPDX-License-Identifier: Apache-2.0 */
/* One function an instruction; which words of it are expanded is Docker's list. */
#include "config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/slice.h"
#include "base/unit.h"
#include "expand.h"
#include "ports.h"

#define HEALTH_SHORTEST_NS 1000000 /* 1ms */

struct instruction {
	struct dockerfile_target *t;
	struct container_config *config;
	struct arena *a;
	const struct dockerfile_node *node;
	const char *name; /* upper case */
	struct expand_scope scope;
};

/* --- Helpers ------------------------------------------------------------------------------------- */

static int need_one(const struct instruction *i, struct err *e)
{
	return i->node->args.n == 1
		       ? 0
		       : err_set(e, ERR_INVALID, "%s requires exactly one argument", i->name);
}

static int need_some(const struct instruction *i, struct err *e)
{
	return i->node->args.n
		       ? 0
		       : err_set(e, ERR_INVALID, "%s requires at least one argument", i->name);
}

/* A list that may be grown without touching whoever it came from. */
static void copy_list(struct arena *a, const struct str_list *from, struct str_list *out)
{
	struct str_list copy = { 0 };

	copy.v = arena_array(a, 0, sizeof(*copy.v));
	for (size_t i = 0; i < from->n; i++)
		str_list_add(a, &copy, from->v[i]);
	*out = copy;
}

static void copy_map(struct arena *a, const struct str_map *from, struct str_map *out)
{
	struct str_map copy = { 0 };

	for (size_t i = 0; i < from->n; i++)
		str_map_set(a, &copy, from->keys[i], from->v[i]);
	*out = copy;
}

/* A command: the list, or the line behind a shell. */
static void take_command(const struct instruction *i, struct str_list *out)
{
	static const char *const dflt[] = { "/bin/sh", "-c" };
	const struct str_list *shell = &i->config->shell;
	struct str_list cmd = { 0 };

	cmd.v = arena_array(i->a, 0, sizeof(*cmd.v));
	for (size_t k = 0; !i->node->is_json && k < (shell->n ? shell->n : 2); k++)
		str_list_add(i->a, &cmd, shell->n ? shell->v[k] : dflt[k]);
	for (size_t k = 0; k < i->node->args.n; k++)
		str_list_add(i->a, &cmd, i->node->args.v[k]);
	*out = cmd;
}

/* --- Instructions -------------------------------------------------------------------------------- */

static int do_cmd(struct instruction *i, struct err *e)
{
	take_command(i, &i->config->cmd);
	if (i->config->cmd.n)
		i->t->cmd_set = true;
	i->config->args_escaped = false;
	return 0;
}

static int do_entrypoint(struct instruction *i, struct err *e)
{
	if (i->node->args.n)
		take_command(i, &i->config->entrypoint);
	else
		i->config->entrypoint = (struct str_list){ 0 };
	if (!i->t->cmd_set)
		i->config->cmd = (struct str_list){ 0 };
	return 0;
}

/* Name and value of the pair at index k, expanded. */
static int take_pair(
	const struct instruction *i, size_t k, const char **name, const char **value, struct err *e)
{
	if (!*i->node->args.v[k])
		return err_set(e, ERR_INVALID, "%s names can not be blank", i->name);
	*name = expand_word(i->a, &i->scope, i->node->args.v[k], e);
	*value = *name ? expand_word(i->a, &i->scope, i->node->args.v[k + 1], e) : NULL;
	return *value ? 0 : -1;
}

static void set_env(
	struct instruction *i, struct str_list *env, const char *name, const char *value)
{
	size_t n = strlen(name);
	const char *pair = arena_printf(i->a, "%s=%s", name, value);

	for (size_t k = 0; k < env->n; k++) {
		const char *old = env->v[k];
		if (strncmp(old, name, n) == 0 && (old[n] == '=' || !old[n])) {
			env->v[k] = pair;
			return;
		}
	}
	str_list_add(i->a, env, pair);
}

/* All values are of the environment before the instruction. */
static int do_env(struct instruction *i, struct err *e)
{
	struct str_list env;
	const char *name, *value;

	if (need_some(i, e))
		return -1;
	copy_list(i->a, &i->config->env, &env);
	for (size_t k = 0; k + 1 < i->node->args.n; k += 2) {
		if (take_pair(i, k, &name, &value, e))
			return -1;
		set_env(i, &env, name, value);
	}
	i->config->env = env;
	return 0;
}

static int do_label(struct instruction *i, struct err *e)
{
	struct str_map labels;
	const char *name, *value;

	if (need_some(i, e))
		return -1;
	copy_map(i->a, &i->config->labels, &labels);
	for (size_t k = 0; k + 1 < i->node->args.n; k += 2) {
		if (take_pair(i, k, &name, &value, e))
			return -1;
		str_map_set(i->a, &labels, name, value);
	}
	i->config->labels = labels;
	return 0;
}

static int do_expose(struct instruction *i, struct err *e)
{
	struct str_list ports, words = { 0 };

	if (need_some(i, e))
		return -1;
	copy_list(i->a, &i->config->exposed_ports, &ports);
	for (size_t k = 0; k < i->node->args.n; k++)
		if (expand_words(i->a, &i->scope, i->node->args.v[k], &words, e))
			return -1;
	for (size_t k = 0; k < words.n; k++)
		if (ports_expose(i->a, words.v[k], &ports, e))
			return -1;
	i->config->exposed_ports = ports;
	return 0;
}

/* --interval and kin: a duration that is zero means "as before". */
static int take_duration(const char *flag, const char *value, int64_t *out, struct err *e)
{
	if (!*value)
		return 0;
	if (unit_parse_duration(value, out, e))
		return -1;
	if (*out && *out < HEALTH_SHORTEST_NS)
		return err_set(e, ERR_INVALID, "Interval \"%s\" cannot be less than 1ms", flag);
	return 0;
}

static int take_retries(const char *value, int64_t *out, struct err *e)
{
	if (!*value)
		return 0;
	if (!parse_i64(slice_str(value), out))
		return err_set(
			e, ERR_INVALID, "strconv.ParseInt: parsing \"%s\": invalid syntax", value);
	return *out >= 0 ? 0
			 : err_set(e, ERR_INVALID, "--retries cannot be negative (%lld)",
				   (long long)*out);
}

static int take_health_flag(const char *flag, struct health_config *h, struct err *e)
{
	const struct {
		const char *name;
		int64_t *out;
	} durations[] = { { "interval", &h->interval_ns }, { "timeout", &h->timeout_ns },
		{ "start-period", &h->start_period_ns },
		{ "start-interval", &h->start_interval_ns } };
	struct slice name, value;

	slice_cut((struct slice){ flag + 2, strlen(flag + 2) }, '=', &name, &value);
	for (size_t k = 0; k < sizeof(durations) / sizeof(durations[0]); k++)
		if (slice_eq(name, durations[k].name))
			return value.p ? take_duration(
						 durations[k].name, value.p, durations[k].out, e)
				       : err_set(e, ERR_INVALID, "missing a value on flag: %s",
						 durations[k].name);
	if (slice_eq(name, "retries") && value.p)
		return take_retries(value.p, &h->retries, e);
	return err_set(e, ERR_INVALID, "unknown flag: %.*s", (int)(name.n + 2), flag);
}

static int do_healthcheck(struct instruction *i, struct err *e)
{
	struct health_config *h = ARENA_NEW(i->a, struct health_config);
	const struct str_list *args = &i->node->args;

	if (need_some(i, e))
		return -1;
	for (size_t k = 0; k < i->node->flags.n; k++)
		if (take_health_flag(i->node->flags.v[k], h, e))
			return -1;
	if (strcasecmp(args->v[0], "NONE") == 0) {
		if (args->n > 1)
			return err_set(e, ERR_INVALID, "HEALTHCHECK NONE takes no arguments");
		*h = (struct health_config){ 0 };
		str_list_add(i->a, &h->test, "NONE");
	} else if (strcasecmp(args->v[0], "CMD") == 0) {
		if (args->n < 2)
			return err_set(e, ERR_INVALID, "Missing command after HEALTHCHECK CMD");
		str_list_add(i->a, &h->test, i->node->is_json ? "CMD" : "CMD-SHELL");
		for (size_t k = 1; k < args->n; k++)
			str_list_add(i->a, &h->test, args->v[k]);
	} else {
		return err_set(
			e, ERR_INVALID, "Unknown type \"%s\" in HEALTHCHECK (try CMD)", args->v[0]);
	}
	i->config->healthcheck = h;
	return 0;
}

static int do_onbuild(struct instruction *i, struct err *e)
{
	struct str_list all;
	const char *rest = i->node->original;

	if (need_some(i, e))
		return -1;
	const char *trigger = i->node->args.v[0];
	if (strcasecmp(trigger, "ONBUILD") == 0)
		return err_set(
			e, ERR_INVALID, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
	if (strcasecmp(trigger, "MAINTAINER") == 0 || strcasecmp(trigger, "FROM") == 0)
		return err_set(e, ERR_INVALID, "%s isn't allowed as an ONBUILD trigger", trigger);
	rest += strspn(rest, " \t");
	rest += strlen("ONBUILD");
	rest += strspn(rest, " \t\v\f\r\n");
	copy_list(i->a, &i->config->on_build, &all);
	str_list_add(i->a, &all, rest);
	i->config->on_build = all;
	return 0;
}

static int do_shell(struct instruction *i, struct err *e)
{
	if (need_some(i, e))
		return -1;
	if (!i->node->is_json)
		return err_set(e, ERR_INVALID, "SHELL requires the arguments to be in JSON form");
	copy_list(i->a, &i->node->args, &i->config->shell);
	return 0;
}

/* One argument, expanded; NULL with e. */
static const char *take_word(const struct instruction *i, struct err *e)
{
	return need_one(i, e) ? NULL : expand_word(i->a, &i->scope, i->node->args.v[0], e);
}

static int do_stopsignal(struct instruction *i, struct err *e)
{
	const char *word = take_word(i, e);

	if (!word || (i->t->check_signal && i->t->check_signal(word, e)))
		return -1;
	i->config->stop_signal = word;
	return 0;
}

static int do_user(struct instruction *i, struct err *e)
{
	const char *word = take_word(i, e);

	if (word)
		i->config->user = word;
	return word ? 0 : -1;
}

static int do_volume(struct instruction *i, struct err *e)
{
	struct str_list volumes;

	if (need_some(i, e))
		return -1;
	copy_list(i->a, &i->config->volumes, &volumes);
	for (size_t k = 0; k < i->node->args.n; k++) {
		const char *word = expand_word(i->a, &i->scope, i->node->args.v[k], e);
		if (!word)
			return -1;
		struct slice s = slice_trim(slice_str(word));
		if (!s.n)
			return err_set(
				e, ERR_INVALID, "VOLUME specified can not be an empty string");
		word = arena_strndup(i->a, s.p, s.n);
		if (!str_list_has(&volumes, word))
			str_list_add(i->a, &volumes, word);
	}
	i->config->volumes = volumes;
	return 0;
}

/* path.Clean of an absolute path. */
static const char *clean_path(struct arena *a, const char *path)
{
	own_buf out = { 0 };

	buf_init(&out, strlen(path) + 2);
	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.') {
			while (out.len && out.data[--out.len] != '/')
				;
			out.data[out.len] = 0;
		} else if (n && !(n == 1 && *p == '.')) {
			buf_char(&out, '/');
			buf_add(&out, p, n);
		}
		p += n;
		p += *p == '/';
	}
	return out.len ? arena_strdup(a, out.data) : "/";
}

/* A relative one goes on from where the image stands. */
static int do_workdir(struct instruction *i, struct err *e)
{
	const char *word = take_word(i, e);

	if (!word)
		return -1;
	if (!*word)
		return err_set(e, ERR_INVALID, "cannot normalize nothing");
	if (*word != '/')
		word = arena_printf(
			i->a, "/%s/%s", i->config->working_dir ? i->config->working_dir : "", word);
	i->config->working_dir = clean_path(i->a, word);
	return 0;
}

static int do_maintainer(struct instruction *i, struct err *e)
{
	return need_one(i, e);
}

static const struct {
	const char *name;
	int (*run)(struct instruction *i, struct err *e);
	bool has_flags;
	bool is_change; /* commit and import take it */
} instructions[] = {
	{ "CMD", do_cmd, false, true },
	{ "ENTRYPOINT", do_entrypoint, false, true },
	{ "ENV", do_env, false, true },
	{ "EXPOSE", do_expose, false, true },
	{ "HEALTHCHECK", do_healthcheck, true, true },
	{ "LABEL", do_label, false, true },
	{ "MAINTAINER", do_maintainer, false, false },
	{ "ONBUILD", do_onbuild, false, true },
	{ "SHELL", do_shell, false, false },
	{ "STOPSIGNAL", do_stopsignal, false, true },
	{ "USER", do_user, false, true },
	{ "VOLUME", do_volume, false, true },
	{ "WORKDIR", do_workdir, false, true },
};
#define N_INSTRUCTIONS (sizeof(instructions) / sizeof(instructions[0]))

int dockerfile_configure(
	struct dockerfile_target *t, const struct dockerfile_node *node, struct err *e)
{
	struct instruction i = { .t = t,
		.config = t->config,
		.a = t->arena,
		.node = node,
		.scope = { &t->config->env, t->escape } };

	for (size_t k = 0; k < N_INSTRUCTIONS; k++) {
		if (strcasecmp(instructions[k].name, node->keyword) != 0)
			continue;
		i.name = instructions[k].name;
		if (node->flags.n && !instructions[k].has_flags)
			return err_set(e, ERR_INVALID, "unknown flag: %.*s",
				(int)strcspn(node->flags.v[0], "="), node->flags.v[0]);
		return instructions[k].run(&i, e);
	}
	return err_set(e, ERR_INVALID, "unknown instruction: %s", node->keyword);
}

static bool is_change(const char *keyword)
{
	for (size_t k = 0; k < N_INSTRUCTIONS; k++)
		if (strcasecmp(instructions[k].name, keyword) == 0)
			return instructions[k].is_change;
	return false;
}

int dockerfile_change(const struct str_list *changes, struct dockerfile_target *t, struct err *e)
{
	struct dockerfile all;
	own_buf text = { 0 };

	if (!changes->n)
		return 0;
	buf_init(&text, 16 * 1024 * 1024);
	for (size_t i = 0; i < changes->n; i++) {
		buf_str(&text, changes->v[i]);
		buf_char(&text, '\n');
	}
	if (!buf_ok(&text))
		return err_set(e, ERR_INVALID, "changes are too long");
	if (dockerfile_parse(t->arena, text.data, &all, e))
		return -1;
	t->escape = all.escape;
	for (size_t i = 0; i < all.n; i++)
		if (!is_change(all.v[i].keyword))
			return err_set(e, ERR_INVALID, "%s is not a valid change command",
				all.v[i].keyword);
	for (size_t i = 0; i < all.n; i++)
		if (dockerfile_configure(t, &all.v[i], e))
			return -1;
	return 0;
}
