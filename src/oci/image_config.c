/* SPDX-License-Identifier: Apache-2.0 */
/* The binding tables of the image configuration, and what must hold in one. */
#include "oci/image_config.h"

#include <string.h>

#include "base/json.h"
#include "base/slice.h"
#include "oci/digest.h"

const struct bind_field oci_healthcheck_fields[] = {
	BIND(STRS, struct oci_healthcheck, test, "Test", BIND_OMITEMPTY),
	BIND(I64, struct oci_healthcheck, interval, "Interval", BIND_OMITEMPTY),
	BIND(I64, struct oci_healthcheck, timeout, "Timeout", BIND_OMITEMPTY),
	BIND(I64, struct oci_healthcheck, start_period, "StartPeriod", BIND_OMITEMPTY),
	BIND(I64, struct oci_healthcheck, start_interval, "StartInterval", BIND_OMITEMPTY),
	BIND(I32, struct oci_healthcheck, retries, "Retries", BIND_OMITEMPTY),
	BIND_END,
};

const struct bind_field oci_image_run_fields[] = {
	BIND(STR, struct oci_image_run, user, "User", BIND_OMITEMPTY),
	BIND(SET, struct oci_image_run, exposed_ports, "ExposedPorts", BIND_OMITEMPTY),
	BIND(STRS, struct oci_image_run, env, "Env", BIND_OMITEMPTY),
	BIND(STRS1, struct oci_image_run, entrypoint, "Entrypoint", BIND_OMITEMPTY),
	BIND(STRS1, struct oci_image_run, cmd, "Cmd", BIND_OMITEMPTY),
	BIND_NEST(OBJP, struct oci_image_run, healthcheck, "Healthcheck", BIND_OMITEMPTY,
		oci_healthcheck_fields, struct oci_healthcheck),
	BIND(BOOL, struct oci_image_run, args_escaped, "ArgsEscaped", BIND_OMITEMPTY),
	BIND(SET, struct oci_image_run, volumes, "Volumes", BIND_OMITEMPTY),
	BIND(STR, struct oci_image_run, working_dir, "WorkingDir", BIND_OMITEMPTY),
	BIND(STRMAP, struct oci_image_run, labels, "Labels", BIND_OMITEMPTY),
	BIND(STR, struct oci_image_run, stop_signal, "StopSignal", BIND_OMITEMPTY),
	BIND(STRS, struct oci_image_run, on_build, "OnBuild", BIND_OMITEMPTY),
	BIND(STRS1, struct oci_image_run, shell, "Shell", BIND_OMITEMPTY),
	BIND(REST, struct oci_image_run, rest, NULL, 0),
	BIND_END,
};

const struct bind_field oci_history_fields[] = {
	BIND(STR, struct oci_history, created, "created", BIND_OMITEMPTY),
	BIND(STR, struct oci_history, created_by, "created_by", BIND_OMITEMPTY),
	BIND(STR, struct oci_history, author, "author", BIND_OMITEMPTY),
	BIND(STR, struct oci_history, comment, "comment", BIND_OMITEMPTY),
	BIND(BOOL, struct oci_history, empty_layer, "empty_layer", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field rootfs_fields[] = {
	BIND(STR, struct oci_rootfs, type, "type", 0),
	BIND(STRS, struct oci_rootfs, diff_ids, "diff_ids", BIND_EMPTY_LIST),
	BIND_END,
};

const struct bind_field oci_image_config_fields[] = {
	BIND(STR, struct oci_image_config, created, "created", BIND_OMITEMPTY),
	BIND(STR, struct oci_image_config, author, "author", BIND_OMITEMPTY),
	BIND(STR, struct oci_image_config, architecture, "architecture", 0),
	BIND(STR, struct oci_image_config, variant, "variant", BIND_OMITEMPTY),
	BIND(STR, struct oci_image_config, os, "os", 0),
	BIND(STR, struct oci_image_config, os_version, "os.version", BIND_OMITEMPTY),
	BIND(STRS, struct oci_image_config, os_features, "os.features", BIND_OMITEMPTY),
	BIND_NEST(OBJ, struct oci_image_config, config, "config", 0, oci_image_run_fields,
		struct oci_image_run),
	BIND_NEST(OBJ, struct oci_image_config, rootfs, "rootfs", 0, rootfs_fields,
		struct oci_rootfs),
	BIND_NEST(OBJS, struct oci_image_config, history, "history", BIND_OMITEMPTY,
		oci_history_fields, struct oci_history),
	BIND(REST, struct oci_image_config, rest, NULL, 0),
	BIND_END,
};

static int check(const struct oci_image_config *c, struct err *e)
{
	if (!c->rootfs.type && !c->rootfs.diff_ids.v)
		return err_set(e, ERR_INVALID, "invalid image JSON, no RootFS key");
	if (!str_empty(c->rootfs.type) && strcmp(c->rootfs.type, "layers") != 0)
		return err_set(e, ERR_INVALID,
			"invalid image JSON: rootfs type \"%s\" is not \"layers\"", c->rootfs.type);
	for (size_t i = 0; i < c->rootfs.diff_ids.n; i++)
		if (!oci_digest_is_sha256(c->rootfs.diff_ids.v[i]))
			return err_set(e, ERR_INVALID,
				"invalid image JSON: diff id \"%s\" is no sha256 digest",
				c->rootfs.diff_ids.v[i]);
	return 0;
}

int oci_image_config_parse(
	struct arena *a, const char *text, size_t n, struct oci_image_config *out, struct err *e)
{
	own_json doc = json_parse(text, n, e);

	*out = (struct oci_image_config){ 0 };
	if (!doc || bind_decode(a, doc, oci_image_config_fields, out, e))
		return err_in(e, "invalid image JSON");
	if (str_empty(out->os))
		out->os = "linux";
	return check(out, e);
}

void oci_image_config_write(const struct oci_image_config *c, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	bind_encode(&w, oci_image_config_fields, c);
}
