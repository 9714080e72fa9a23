/* SPDX-License-Identifier: Apache-2.0 */
#include "platform_opt.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "http/uri.h"
#include "oci/platform.h"

const char *platform_opt_json(struct arena *a, const char *text, struct err *e)
{
	struct oci_platform p;
	own_buf b = { 0 };
	struct jsonw w;
	int parts = 1;

	if (oci_platform_parse(a, text, &p, e))
		return NULL;
	parts += strchr(text, '/') != NULL;
	parts += strchr(text, '/') != strrchr(text, '/');
	/* what was left out stays out, and an arm64 named in full keeps its variant */
	if (parts == 3 && str_eq(p.architecture, "arm64") && str_empty(p.variant))
		p.variant = "v8";
	if (parts < 3 && str_eq(p.architecture, "arm") && str_eq(p.variant, "v7"))
		p.variant = "";
	buf_init(&b, 4096);
	jsonw_init(&w, &b, NULL);
	jsonw_obj(&w);
	jsonw_kstr(&w, "architecture", p.architecture);
	jsonw_kstr(&w, "os", p.os);
	if (!str_empty(p.os_version))
		jsonw_kstr(&w, "os.version", p.os_version);
	if (!str_empty(p.variant))
		jsonw_kstr(&w, "variant", p.variant);
	jsonw_obj_end(&w);
	return arena_strndup(a, b.data, b.len);
}

int platform_opt_add(
	struct arena *a, struct buf *target, const char *key, const char *text, struct err *e)
{
	const char *json;

	if (str_empty(text))
		return 0;
	json = platform_opt_json(a, text, e);
	if (json == NULL)
		return err_in(e, "invalid platform");
	http_add_param(target, key, json);
	return 0;
}

const char *platform_opt_default(struct arena *a, const char *text)
{
	const char *env = getenv("DOCKER_DEFAULT_PLATFORM");
	char *out = arena_strdup(a, text ? text : env ? env : "");

	for (char *p = out; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return out;
}
