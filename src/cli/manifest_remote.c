/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest_remote.h"

#include <stdlib.h>
#include <string.h>

#include "credentials.h"

#define CERTS_DIR  "/etc/docker/certs.d"
#define CONFIG_MAX (4 << 20)

static const char *environment(const char *upper, const char *lower)
{
	const char *value = getenv(upper);

	return str_empty(value) ? getenv(lower) : value;
}

static const char *or_null(const char *s)
{
	return *s ? s : NULL;
}

int manifest_remote_open(struct cli *c, const struct oci_ref *ref, bool is_insecure, bool for_push,
	struct registry **out, struct err *e)
{
	struct registry_settings *settings = ARENA_NEW(c->arena, struct registry_settings);
	struct registry_auth *auth = ARENA_NEW(c->arena, struct registry_auth);
	struct registry_opts opts = {
		.settings = settings, .repository = ref, .for_push = for_push, .plain_errors = true
	};
	struct credentials stored;
	struct err ignored;

	settings->certs_dir = CERTS_DIR;
	settings->http_proxy = environment("HTTP_PROXY", "http_proxy");
	settings->https_proxy = environment("HTTPS_PROXY", "https_proxy");
	settings->no_proxy = environment("NO_PROXY", "no_proxy");
	settings->attempts = 1;
	settings->user_agent = "Docker-Client/" CLI_VERSION " (linux)";
	if (is_insecure)
		str_list_add(c->arena, &settings->insecure, ref->domain);
	(void)credentials_get(c, credentials_key(ref->domain), &stored, &ignored);
	auth->username = or_null(stored.username);
	auth->password = or_null(stored.password);
	auth->identity_token = or_null(stored.identity_token);
	auth->registry_token = or_null(stored.registry_token);
	if (auth->username || auth->identity_token || auth->registry_token)
		opts.auth = auth;
	return registry_open(&opts, out, e);
}

/* docker asks all it can and says only that there is none. */
static int explain(struct cli *c, const struct oci_ref *ref, struct err *e)
{
	if (e->kind == ERR_NOT_FOUND || e->kind == ERR_UNAUTHORIZED || e->kind == ERR_FORBIDDEN)
		return err_set(
			e, ERR_NOT_FOUND, "no such manifest: %s", oci_ref_full(c->arena, ref));
	if (str_starts(e->msg, "Get \""))
		return err_in(e, "failed to configure transport: error pinging v2 registry");
	return -1;
}

/* The platform of an image is what its configuration says. */
static int read_platform(struct cli *c, struct registry *r, struct manifest_entry *m, struct err *e)
{
	struct oci_manifest manifest;
	struct registry_document config;
	own_json doc = NULL;
	const struct json *features;

	if (oci_manifest_parse(c->arena, m->raw.p, m->raw.n, &manifest, e) ||
		registry_get_blob(r, c->arena, manifest.config.digest, CONFIG_MAX, &config, e))
		return -1;
	doc = json_parse(config.text, config.n, e);
	if (doc == NULL)
		return -1;
	m->has_platform = true;
	m->platform.architecture =
		arena_strdup(c->arena, json_str(json_get_ci(doc, "architecture"), ""));
	m->platform.os = arena_strdup(c->arena, json_str(json_get_ci(doc, "os"), ""));
	m->platform.os_version =
		arena_strdup(c->arena, json_str(json_get_ci(doc, "os.version"), ""));
	m->platform.variant = arena_strdup(c->arena, json_str(json_get_ci(doc, "variant"), ""));
	features = json_get_ci(doc, "os.features");
	for (size_t i = 0; i < json_len(features); i++)
		str_list_add(
			c->arena, &m->platform.os_features, json_str(json_at(features, i), ""));
	return 0;
}

static int take_manifest(struct cli *c, struct registry *r, const struct registry_document *doc,
	struct manifest_entry *out, struct err *e)
{
	out->is_oci = str_starts(doc->media_type, OCI_TYPE_MANIFEST);
	out->media_type = out->is_oci ? OCI_TYPE_MANIFEST : OCI_TYPE_DOCKER_MANIFEST;
	out->digest = arena_strdup(c->arena, doc->digest);
	out->size = (int64_t)doc->n;
	out->raw = (struct slice){ doc->text, doc->n };
	out->doc = doc->text;
	return read_platform(c, r, out, e);
}

static int take_index(struct cli *c, struct registry *r, const struct oci_ref *ref,
	const struct registry_document *doc, struct manifest_entries *out, struct err *e)
{
	struct oci_index index;

	if (oci_index_parse(c->arena, doc->text, doc->n, &index, e))
		return -1;
	out->v = arena_array(c->arena, index.manifests.n + 1, sizeof(*out->v));
	for (; out->n < index.manifests.n; out->n++) {
		const struct oci_descriptor *d = &index.manifests.v[out->n];
		struct manifest_entry *m = &out->v[out->n];
		struct registry_document one;

		if (registry_get_manifest(r, c->arena, d->digest, &one, e))
			return -1;
		if (oci_media_kind(one.media_type) != OCI_KIND_MANIFEST)
			return err_set(
				e, ERR_INVALID, "unsupported manifest type: %s", one.media_type);
		m->ref = *ref;
		m->ref.digest = d->digest;
		if (take_manifest(c, r, &one, m, e))
			return -1;
		/* the index knows better */
		m->platform = d->platform ? *d->platform : (struct oci_platform){ 0 };
		m->platform.os = m->platform.os ? m->platform.os : "";
		m->platform.architecture = m->platform.architecture ? m->platform.architecture : "";
	}
	return 0;
}

static int get(struct cli *c, struct registry *r, const struct oci_ref *ref,
	struct manifest_entries *out, bool *is_list, struct err *e)
{
	struct registry_document doc;
	enum oci_kind kind;

	if (registry_get_manifest(r, c->arena, ref->digest ? ref->digest : ref->tag, &doc, e))
		return explain(c, ref, e);
	kind = oci_media_kind(doc.media_type);
	*is_list = kind == OCI_KIND_INDEX;
	if (*is_list)
		return take_index(c, r, ref, &doc, out, e);
	if (kind != OCI_KIND_MANIFEST)
		return err_set(e, ERR_INVALID, "%s is not a manifest", oci_ref_full(c->arena, ref));
	out->v = arena_array(c->arena, 1, sizeof(*out->v));
	out->n = 1;
	out->v[0].ref = *ref;
	return take_manifest(c, r, &doc, &out->v[0], e);
}

int manifest_remote_get(struct cli *c, const struct oci_ref *ref, bool is_insecure,
	struct manifest_entries *out, bool *is_list, struct err *e)
{
	struct registry *r;
	int rc;

	*out = (struct manifest_entries){ 0 };
	if (manifest_remote_open(c, ref, is_insecure, false, &r, e))
		return -1;
	rc = get(c, r, ref, out, is_list, e);
	registry_close(r);
	return rc;
}
