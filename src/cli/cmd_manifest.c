/* SPDX-License-Identifier: Apache-2.0 */
/* manifest: lists of images for several platforms, put together here and pushed to their registry. */
#include <string.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "cmds.h"
#include "jsontext.h"
#include "manifest_remote.h"
#include "manifest_store.h"
#include "oci/digest.h"

#define TEXT_MAX (64 << 20)

/* A name with its tag; a digest stays what it is. */
static int name_of(struct cli *c, const char *text, struct oci_ref *out, struct err *e)
{
	if (oci_ref_parse(c->arena, text, out, e))
		return -1;
	oci_ref_default_tag(out);
	return 0;
}

static const char *full(struct cli *c, const struct oci_ref *ref)
{
	return oci_ref_full(c->arena, ref);
}

/* --- create --- */

struct manifest_opts {
	struct opts_common common;
	bool amend, insecure, verbose, purge;
	const char *arch, *os, *os_version, *variant;
	struct str_list os_features;
};

static const struct opt create_opts[] = {
	OPT(BOOL, 'a', "amend", NULL, struct manifest_opts, amend,
		"Amend an existing manifest list"),
	OPT(BOOL, 0, "insecure", NULL, struct manifest_opts, insecure,
		"Allow communication with an insecure registry"),
	OPT_END,
};

/* From the list where it is, else from its registry; a list is none. */
static int one_manifest(struct cli *c, const struct oci_ref *list, const struct oci_ref *ref,
	bool insecure, struct manifest_entry *out, struct err *e)
{
	struct manifest_entries found;
	bool is_list;

	if (manifest_store_get(c, list, ref, out, e) == 0 && out->raw.n > 0)
		return 0;
	if (manifest_remote_get(c, ref, insecure, &found, &is_list, e))
		return -1;
	if (is_list)
		return err_set(e, ERR_INVALID, "%s is a manifest list", full(c, ref));
	*out = found.v[0];
	return 0;
}

static int run_create(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct manifest_opts *o = opts;
	struct manifest_entries old;
	struct oci_ref list;

	if (name_of(c, args->v[0], &list, e))
		return err_in(e, "error parsing name for manifest list %s", args->v[0]);
	if (manifest_store_list(c, &list, &old, e) == 0) {
		if (!o->amend)
			return err_set(e, ERR_CONFLICT,
				"refusing to amend an existing manifest list with no --amend flag");
	} else if (e->kind != ERR_NOT_FOUND) {
		return -1;
	}
	for (size_t i = 1; i < args->n; i++) {
		struct manifest_entry m;
		struct oci_ref ref;

		if (name_of(c, args->v[i], &ref, e) ||
			one_manifest(c, &list, &ref, o->insecure, &m, e) ||
			manifest_store_save(c, &list, &ref, &m, e))
			return -1;
	}
	buf_fmt(&c->out, "Created manifest list %s\n", full(c, &list));
	return 0;
}

const struct command_impl manifest_create_impl = {
	.run = run_create,
	.opts = create_opts,
	.opts_size = sizeof(struct manifest_opts),
};

/* --- annotate --- */

static const struct opt annotate_opts[] = {
	OPT(STR, 0, "arch", "string", struct manifest_opts, arch, "Set architecture"),
	OPT(STR, 0, "os", "string", struct manifest_opts, os, "Set operating system"),
	OPT(CSV, 0, "os-features", "strings", struct manifest_opts, os_features,
		"Set operating system feature"),
	OPT(STR, 0, "os-version", "string", struct manifest_opts, os_version,
		"Set operating system version"),
	OPT(STR, 0, "variant", "string", struct manifest_opts, variant, "Set architecture variant"),
	OPT_END,
};

/* What docker lets an image be for. */
static const char *const platforms[] = { "darwin/386", "darwin/amd64", "darwin/arm", "darwin/arm64",
	"dragonfly/amd64", "freebsd/386", "freebsd/amd64", "freebsd/arm", "linux/386",
	"linux/amd64", "linux/arm", "linux/arm64", "linux/ppc64le", "linux/mips64",
	"linux/mips64le", "linux/riscv64", "linux/s390x", "netbsd/386", "netbsd/amd64",
	"netbsd/arm", "openbsd/386", "openbsd/amd64", "openbsd/arm", "plan9/386", "plan9/amd64",
	"solaris/amd64", "windows/386", "windows/amd64" };

static bool is_known(struct arena *a, const struct oci_platform *p)
{
	const char *text = arena_printf(a, "%s/%s", p->os, p->architecture);

	for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
		if (str_eq(platforms[i], text))
			return true;
	}
	return false;
}

static void set(const char **field, const char *value)
{
	if (!str_empty(value))
		*field = value;
	else if (*field == NULL)
		*field = "";
}

static int run_annotate(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct manifest_opts *o = opts;
	struct manifest_entry m;
	struct oci_ref list, ref;

	if (name_of(c, args->v[0], &list, e))
		return err_in(e, "annotate: error parsing name for manifest list %s", args->v[0]);
	if (name_of(c, args->v[1], &ref, e))
		return err_in(e, "annotate: error parsing name for manifest %s", args->v[1]);
	if (manifest_store_get(c, &list, &ref, &m, e)) {
		if (e->kind != ERR_NOT_FOUND)
			return -1;
		return err_set(e, ERR_NOT_FOUND, "manifest for image %s does not exist in %s",
			args->v[1], args->v[0]);
	}
	m.has_platform = true;
	set(&m.platform.os, o->os);
	set(&m.platform.architecture, o->arch);
	set(&m.platform.variant, o->variant);
	set(&m.platform.os_version, o->os_version);
	for (size_t i = 0; i < o->os_features.n; i++) {
		if (!str_list_has(&m.platform.os_features, o->os_features.v[i]))
			str_list_add(c->arena, &m.platform.os_features, o->os_features.v[i]);
	}
	if (!is_known(c->arena, &m.platform))
		return err_set(e, ERR_INVALID,
			"manifest entry for image has unsupported os/arch combination: %s/%s",
			o->os ? o->os : "", o->arch ? o->arch : "");
	return manifest_store_save(c, &list, &ref, &m, e);
}

const struct command_impl manifest_annotate_impl = {
	.run = run_annotate,
	.opts = annotate_opts,
	.opts_size = sizeof(struct manifest_opts),
};

/* --- the list as a document --- */

static void add_platform(struct jsonw *w, const struct oci_platform *p)
{
	jsonw_key(w, "platform");
	jsonw_obj(w);
	jsonw_kstr(w, "architecture", p->architecture);
	jsonw_kstr(w, "os", p->os);
	if (!str_empty(p->os_version))
		jsonw_kstr(w, "os.version", p->os_version);
	if (p->os_features.n > 0) {
		jsonw_key(w, "os.features");
		jsonw_arr(w);
		for (size_t i = 0; i < p->os_features.n; i++)
			jsonw_str(w, p->os_features.v[i]);
		jsonw_arr_end(w);
	}
	if (!str_empty(p->variant))
		jsonw_kstr(w, "variant", p->variant);
	jsonw_obj_end(w);
}

static int check_entry(
	struct cli *c, const struct oci_ref *list, const struct manifest_entry *m, struct err *e)
{
	if (!str_eq(m->ref.domain, list->domain))
		return err_set(e, ERR_INVALID,
			"cannot use source images from a different registry than the target image: "
			"%s != %s",
			m->ref.domain, list->domain);
	if (oci_digest_check(slice_str(m->digest), e))
		return err_in(e, "digest parse of image \"%s\" failed", full(c, &m->ref));
	return 0;
}

static const char *list_type(const struct manifest_entries *all)
{
	return all->n > 0 && str_eq(all->v[0].media_type, OCI_TYPE_MANIFEST) ? OCI_TYPE_INDEX
									     : OCI_TYPE_DOCKER_LIST;
}

/* As it is pushed, to the byte: its digest is what users compare. NULL with e. */
static const char *list_text(struct cli *c, const struct oci_ref *list,
	const struct manifest_entries *all, struct err *e)
{
	own_buf b = { 0 }, out = { 0 };
	struct jsonw w;

	buf_init(&b, TEXT_MAX);
	buf_init(&out, TEXT_MAX);
	jsonw_init(&w, &b, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	jsonw_ki64(&w, "schemaVersion", 2);
	jsonw_kstr(&w, "mediaType", list_type(all));
	jsonw_key(&w, "manifests");
	jsonw_arr(&w);
	for (size_t i = 0; i < all->n; i++) {
		const struct manifest_entry *m = &all->v[i];
		static const struct oci_platform none = { .architecture = "", .os = "" };

		if (check_entry(c, list, m, e))
			return NULL;
		jsonw_obj(&w);
		jsonw_kstr(&w, "mediaType", m->media_type);
		if (m->size != 0)
			jsonw_ki64(&w, "size", m->size);
		jsonw_kstr(&w, "digest", m->digest);
		add_platform(&w, m->has_platform ? &m->platform : &none);
		jsonw_obj_end(&w);
	}
	jsonw_arr_end(&w);
	jsonw_obj_end(&w);
	jsontext_layout(&out, b.data, b.len, "   ");
	return arena_strndup(c->arena, out.data, out.len);
}

/* --- inspect --- */

static const struct opt inspect_opts[] = {
	OPT(BOOL, 0, "insecure", NULL, struct manifest_opts, insecure,
		"Allow communication with an insecure registry"),
	OPT(BOOL, 'v', "verbose", NULL, struct manifest_opts, verbose,
		"Output additional info including layers and platform"),
	OPT_END,
};

static void print_manifest(
	struct cli *c, const struct manifest_opts *o, const struct manifest_entry *m)
{
	const char *text = o->verbose ? manifest_entry_encode(c->arena, m) : m->doc;

	jsontext_layout(&c->out, text, strlen(text), "\t");
	buf_char(&c->out, '\n');
}

static int print_list(struct cli *c, const struct manifest_opts *o, const struct oci_ref *ref,
	const struct manifest_entries *all, struct err *e)
{
	own_buf b = { 0 };
	const char *text;

	if (!o->verbose) {
		text = list_text(c, ref, all, e);
		if (text == NULL)
			return err_in(e, "failed to assemble ManifestDescriptor");
		buf_fmt(&c->out, "%s\n", text);
		return 0;
	}
	buf_init(&b, TEXT_MAX);
	buf_char(&b, '[');
	for (size_t i = 0; i < all->n; i++)
		buf_fmt(&b, "%s%s", i ? "," : "", manifest_entry_encode(c->arena, &all->v[i]));
	buf_char(&b, ']');
	jsontext_layout(&c->out, b.data, b.len, "\t");
	buf_char(&c->out, '\n');
	return 0;
}

static int run_inspect(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct manifest_opts *o = opts;
	struct manifest_entries all;
	struct manifest_entry one;
	struct oci_ref list, ref;
	bool is_list;

	if (name_of(c, args->v[args->n - 1], &ref, e))
		return -1;
	if (args->n > 1) {
		if (name_of(c, args->v[0], &list, e) || manifest_store_get(c, &list, &ref, &one, e))
			return -1;
		print_manifest(c, o, &one);
		return 0;
	}
	if (manifest_store_list(c, &ref, &all, e) == 0)
		return print_list(c, o, &ref, &all, e);
	if (manifest_remote_get(c, &ref, o->insecure, &all, &is_list, e))
		return -1;
	if (is_list)
		return print_list(c, o, &ref, &all, e);
	print_manifest(c, o, &all.v[0]);
	return 0;
}

const struct command_impl manifest_inspect_impl = {
	.run = run_inspect,
	.opts = inspect_opts,
	.opts_size = sizeof(struct manifest_opts),
};

/* --- push --- */

static const struct opt push_opts[] = {
	OPT(BOOL, 0, "insecure", NULL, struct manifest_opts, insecure,
		"Allow push to an insecure registry"),
	OPT(BOOL, 'p', "purge", NULL, struct manifest_opts, purge,
		"Remove the local manifest list after push"),
	OPT_END,
};

/* The repository shall have what a manifest of another one names. */
static int mount_blobs(struct cli *c, struct registry *r, const struct oci_ref *list,
	const struct manifest_entry *m, struct err *e)
{
	struct oci_manifest manifest;

	if (oci_manifest_parse(c->arena, m->doc, strlen(m->doc), &manifest, e))
		return -1;
	for (size_t i = 0; i <= manifest.layers.n; i++) {
		const char *digest =
			i == 0 ? manifest.config.digest : manifest.layers.v[i - 1].digest;
		bool is_mounted;

		if (registry_mount_blob(r, digest, m->ref.path, &is_mounted, e))
			return err_in(e, "failed to mount blob %s@%s to %s", m->ref.path, digest,
				full(c, list));
		if (!is_mounted && !str_eq(m->platform.os, "windows"))
			return err_set(e, ERR_INTERNAL, "error mounting %s@%s to %s", m->ref.path,
				digest, full(c, list));
	}
	return 0;
}

static int put(struct cli *c, struct registry *r, const struct oci_ref *ref,
	struct registry_document *doc, struct err *e)
{
	sha_digest(doc->text, doc->n, doc->digest);
	if (registry_put_manifest(r, ref->digest ? ref->digest : ref->tag, doc, e))
		return err_in(e, "failed to put manifest %s", full(c, ref));
	return 0;
}

static int put_reference(struct cli *c, struct registry *r, const struct oci_ref *list,
	const struct manifest_entry *m, struct err *e)
{
	struct registry_document doc = { .media_type = m->media_type,
		.text = m->raw.n ? m->raw.p : m->doc,
		.n = m->raw.n ? m->raw.n : strlen(m->doc) };
	struct oci_ref ref = { .domain = list->domain, .path = list->path, .digest = m->digest };
	char digest[OCI_DIGEST_SIZE];

	sha_digest(doc.text, doc.n, digest);
	if (!str_eq(digest, m->digest))
		return err_set(e, ERR_INVALID,
			"internal digest mismatch for %s: expected %s, got %s", full(c, &m->ref),
			m->digest, digest);
	if (put(c, r, &ref, &doc, e))
		return -1;
	buf_fmt(&c->out, "Pushed ref %s with digest: %s\n", full(c, &ref), doc.digest);
	cli_flush(c);
	return 0;
}

static int push(struct cli *c, struct registry *r, const struct oci_ref *list,
	const struct manifest_entries *all, const char *text, struct err *e)
{
	struct registry_document doc = {
		.media_type = list_type(all), .text = text, .n = strlen(text)
	};

	for (size_t i = 0; i < all->n; i++) {
		if (!str_eq(all->v[i].ref.path, list->path) &&
			mount_blobs(c, r, list, &all->v[i], e))
			return -1;
	}
	for (size_t i = 0; i < all->n; i++) {
		if (!str_eq(all->v[i].ref.path, list->path) &&
			put_reference(c, r, list, &all->v[i], e))
			return -1;
	}
	if (put(c, r, list, &doc, e))
		return -1;
	buf_fmt(&c->out, "%s\n", doc.digest);
	return 0;
}

static int run_push(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct manifest_opts *o = opts;
	struct manifest_entries all;
	struct registry *r;
	struct oci_ref list;
	const char *text;
	int rc;

	if (name_of(c, args->v[0], &list, e) || manifest_store_list(c, &list, &all, e))
		return -1;
	if (all.n == 0)
		return err_set(e, ERR_NOT_FOUND, "%s not found", full(c, &list));
	for (size_t i = 0; i < all.n; i++) {
		const struct oci_platform *p = &all.v[i].platform;

		if (!all.v[i].has_platform || *p->os == '\0' || *p->architecture == '\0')
			return err_set(e, ERR_INVALID,
				"manifest %s must have an OS and Architecture to be pushed to a "
				"registry",
				full(c, &all.v[i].ref));
	}
	text = list_text(c, &list, &all, e);
	if (text == NULL || manifest_remote_open(c, &list, o->insecure, true, &r, e))
		return -1;
	rc = push(c, r, &list, &all, text, e);
	registry_close(r);
	if (rc)
		return -1;
	return o->purge ? manifest_store_remove(c, &list, e) : 0;
}

const struct command_impl manifest_push_impl = {
	.run = run_push,
	.opts = push_opts,
	.opts_size = sizeof(struct manifest_opts),
};

/* --- rm --- */

static int remove_list(struct cli *c, const char *name, struct err *e)
{
	struct manifest_entries all;
	struct oci_ref list;

	if (name_of(c, name, &list, e) || manifest_store_list(c, &list, &all, e))
		return -1;
	return manifest_store_remove(c, &list, e);
}

static int run_rm(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	struct cli_errors errors;

	cli_errors_init(&errors);
	for (size_t i = 0; i < args->n; i++) {
		struct err why;

		if (remove_list(c, args->v[i], &why))
			cli_errors_add(&errors, why.msg);
	}
	return cli_errors_end(c, &errors, e);
}

const struct command_impl manifest_rm_impl = { .run = run_rm };
