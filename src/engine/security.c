/* SPDX-License-Identifier: Apache-2.0 */
/* A row per --security-opt key. systempaths= never comes here: clients turn it into empty path lists. */
#include "security.h"

#include <string.h>

#include "base/slice.h"

struct security_read {
	struct security *out;
	bool has_selinux;
};

struct security_key {
	const char *key;
	int (*set)(struct security_read *r, const char *value, struct err *e);
};

/* Go's strconv.ParseBool. */
static bool parse_bool(const char *s, bool *out)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };

	for (size_t i = 0; i < 6; i++) {
		if (str_eq(s, yes[i]) || str_eq(s, no[i])) {
			*out = str_eq(s, yes[i]);
			return true;
		}
	}
	return false;
}

static int set_bool(bool *out, const char *key, const char *value, struct err *e)
{
	if (parse_bool(value, out))
		return 0;
	return err_set(e, ERR_INVALID, "invalid --security-opt 2: \"%s=%s\"", key, value);
}

static int set_no_new_privileges(struct security_read *r, const char *value, struct err *e)
{
	return set_bool(&r->out->no_new_privileges, "no-new-privileges", value, e);
}

static int set_writable_cgroups(struct security_read *r, const char *value, struct err *e)
{
	return set_bool(&r->out->writable_cgroups, "writable-cgroups", value, e);
}

static int set_seccomp(struct security_read *r, const char *value, struct err *e)
{
	(void)e;
	r->out->seccomp = str_eq(value, "builtin") || !*value ? NULL : value;
	return 0;
}

static int set_apparmor(struct security_read *r, const char *value, struct err *e)
{
	(void)e;
	r->out->apparmor = value;
	return 0;
}

/* Without SELinux dockerd takes labels and has no use for them. */
static int set_label(struct security_read *r, const char *value, struct err *e)
{
	if (!r->has_selinux || str_eq(value, "disable"))
		return 0;
	return err_set(e, ERR_NOT_IMPLEMENTED,
		"SELinux labels (--security-opt label=%s) are not available in this version",
		value);
}

static const struct security_key security_keys[] = {
	{ "label", set_label },
	{ "apparmor", set_apparmor },
	{ "seccomp", set_seccomp },
	{ "no-new-privileges", set_no_new_privileges },
	{ "writable-cgroups", set_writable_cgroups },
};

static int security_option(struct security_read *r, const char *opt, struct err *e)
{
	const char *cut = strchr(opt, '=');

	if (str_eq(opt, "no-new-privileges")) {
		r->out->no_new_privileges = true;
		return 0;
	}
	if (str_eq(opt, "writable-cgroups")) {
		r->out->writable_cgroups = true;
		return 0;
	}
	if (str_eq(opt, "disable"))
		return 0;
	if (!cut)
		cut = strchr(opt, ':'); /* the old separator */
	if (!cut)
		return err_set(e, ERR_INVALID, "invalid --security-opt 1: \"%s\"", opt);
	for (size_t i = 0; i < sizeof(security_keys) / sizeof(*security_keys); i++)
		if (slice_eq((struct slice){ opt, (size_t)(cut - opt) }, security_keys[i].key))
			return security_keys[i].set(r, cut + 1, e);
	return err_set(e, ERR_INVALID, "invalid --security-opt 2: \"%s\"", opt);
}

int security_parse(
	const struct str_list *opts, bool has_selinux, struct security *out, struct err *e)
{
	struct security_read r = { out, has_selinux };

	*out = (struct security){ 0 };
	for (size_t i = 0; i < opts->n; i++)
		if (security_option(&r, opts->v[i], e))
			return -1;
	return 0;
}
