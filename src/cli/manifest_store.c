/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/jsonw.h"

#define ENTRY_MAX (16 << 20)
#define DIR_MODE  0755
#define FILE_MODE 0644

/* --- encoding --- */

static void add_text(struct jsonw *w, const char *key, const char *value)
{
	if (!str_empty(value))
		jsonw_kstr(w, key, value);
}

static void add_platform(struct jsonw *w, const struct oci_platform *p)
{
	jsonw_key(w, "platform");
	jsonw_obj(w);
	jsonw_kstr(w, "architecture", p->architecture);
	jsonw_kstr(w, "os", p->os);
	add_text(w, "os.version", p->os_version);
	if (p->os_features.n > 0) {
		jsonw_key(w, "os.features");
		jsonw_arr(w);
		for (size_t i = 0; i < p->os_features.n; i++)
			jsonw_str(w, p->os_features.v[i]);
		jsonw_arr_end(w);
	}
	add_text(w, "variant", p->variant);
	jsonw_obj_end(w);
}

/* Blanks dropped, and what Go escapes in documents it takes as they are. */
static void add_document(struct buf *out, const char *text)
{
	bool in_string = false;

	for (const char *p = text; *p; p++) {
		if (in_string && *p == '\\' && p[1]) {
			buf_add(out, p++, 2);
			continue;
		}
		if (*p == '"')
			in_string = !in_string;
		if (in_string && strchr("<>&", *p))
			buf_fmt(out, "\\u00%02x", (unsigned char)*p);
		else if (in_string || !strchr(" \t\r\n", *p))
			buf_char(out, *p);
	}
}

const char *manifest_entry_encode(struct arena *a, const struct manifest_entry *m)
{
	own_buf out = { 0 }, raw = { 0 }, doc = { 0 };
	struct jsonw w;

	buf_init(&out, ENTRY_MAX);
	buf_init(&raw, ENTRY_MAX);
	buf_init(&doc, ENTRY_MAX);
	jsonw_init(&w, &out, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	jsonw_kstr(&w, "Ref", oci_ref_full(a, &m->ref));
	jsonw_key(&w, "Descriptor");
	jsonw_obj(&w);
	jsonw_kstr(&w, "mediaType", m->media_type);
	jsonw_kstr(&w, "digest", m->digest);
	jsonw_ki64(&w, "size", m->size);
	if (m->has_platform)
		add_platform(&w, &m->platform);
	jsonw_obj_end(&w);
	if (m->raw.n > 0) {
		base64_encode(&raw, BASE64_STD, m->raw.p, m->raw.n);
		jsonw_kstr(&w, "Raw", raw.data);
	}
	add_document(&doc, m->doc);
	jsonw_key(&w, m->is_oci ? "OCIManifest" : "SchemaV2Manifest");
	jsonw_raw(&w, doc.data);
	jsonw_obj_end(&w);
	return arena_strndup(a, out.data, out.len);
}

static const char *text_of(struct arena *a, const struct json *obj, const char *key)
{
	return arena_strdup(a, json_str(json_get_ci(obj, key), ""));
}

static void take_platform(struct arena *a, const struct json *p, struct manifest_entry *out)
{
	const struct json *features = json_get_ci(p, "os.features");

	out->has_platform = json_type(p) == JSON_OBJ;
	out->platform = (struct oci_platform){
		.architecture = text_of(a, p, "architecture"),
		.os = text_of(a, p, "os"),
		.os_version = text_of(a, p, "os.version"),
		.variant = text_of(a, p, "variant"),
	};
	for (size_t i = 0; i < json_len(features); i++)
		str_list_add(a, &out->platform.os_features, json_str(json_at(features, i), ""));
}

int manifest_entry_decode(
	struct arena *a, const char *text, size_t n, struct manifest_entry *out, struct err *e)
{
	own_json doc = json_parse(text, n, e);
	const struct json *descriptor = json_get_ci(doc, "Descriptor");
	const struct json *schema2 = json_get_ci(doc, "SchemaV2Manifest");
	const struct json *oci = json_get_ci(doc, "OCIManifest");
	const char *raw = json_str(json_get_ci(doc, "Raw"), "");
	own_buf bytes = { 0 }, manifest = { 0 };

	if (doc == NULL)
		return -1;
	*out = (struct manifest_entry){ .is_oci = json_type(oci) == JSON_OBJ };
	if (oci_ref_parse(a, json_str(json_get_ci(doc, "Ref"), ""), &out->ref, e))
		return -1;
	if (json_type(schema2) != JSON_OBJ && !out->is_oci)
		return err_set(e, ERR_INVALID, "%s has no payload", oci_ref_full(a, &out->ref));
	out->media_type = text_of(a, descriptor, "mediaType");
	out->digest = text_of(a, descriptor, "digest");
	out->size = json_i64(json_get_ci(descriptor, "size"), 0);
	take_platform(a, json_get_ci(descriptor, "platform"), out);
	buf_init(&bytes, ENTRY_MAX);
	if (!base64_decode(&bytes, BASE64_STD, raw, strlen(raw)))
		return err_set(e, ERR_INVALID, "illegal base64 data at input byte 0");
	out->raw.n = bytes.len;
	out->raw.p = arena_strndup(a, bytes.data, bytes.len);
	buf_init(&manifest, ENTRY_MAX);
	json_print(out->is_oci ? oci : schema2, NULL, &manifest);
	out->doc = arena_strndup(a, manifest.data, manifest.len);
	return 0;
}

/* --- files --- */

/* A reference as a file name: it has no slash and cannot be "..". */
static const char *file_name(struct arena *a, const struct oci_ref *ref)
{
	char *name = arena_strdup(a, oci_ref_full(a, ref));

	for (char *p = name; *p; p++) {
		if (*p == ':')
			*p = '-';
		else if (*p == '/')
			*p = '_';
	}
	return name;
}

static const char *list_path(struct cli *c, const struct oci_ref *list)
{
	return arena_printf(
		c->arena, "%s/manifests/%s", cli_config_dir(c), file_name(c->arena, list));
}

static int not_found(struct cli *c, const struct oci_ref *ref, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "No such manifest: %s", oci_ref_full(c->arena, ref));
}

static int read_entry(struct cli *c, const char *path, const struct oci_ref *ref,
	struct manifest_entry *out, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, ENTRY_MAX);
	if (fs_read(AT_FDCWD, path, ENTRY_MAX, &text, e))
		return e->kind == ERR_NOT_FOUND ? not_found(c, ref, e) : -1;
	return manifest_entry_decode(c->arena, text.data, text.len, out, e);
}

int manifest_store_get(struct cli *c, const struct oci_ref *list, const struct oci_ref *ref,
	struct manifest_entry *out, struct err *e)
{
	const char *path =
		arena_printf(c->arena, "%s/%s", list_path(c, list), file_name(c->arena, ref));

	return read_entry(c, path, ref, out, e);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int manifest_store_list(
	struct cli *c, const struct oci_ref *list, struct manifest_entries *out, struct err *e)
{
	const char *path = list_path(c, list);
	struct str_list names = { 0 };
	own_dir dir = opendir(path);
	struct dirent *d;

	*out = (struct manifest_entries){ 0 };
	if (dir == NULL && errno == ENOENT)
		return not_found(c, list, e);
	if (dir == NULL)
		return err_set(e, ERR_INTERNAL, "open %s: %s", path, err_text(errno));
	while ((d = readdir(dir))) {
		if (!str_eq(d->d_name, ".") && !str_eq(d->d_name, ".."))
			str_list_add(c->arena, &names, d->d_name);
	}
	if (names.n > 0)
		qsort(names.v, names.n, sizeof(*names.v), compare_names);
	out->v = arena_array(c->arena, names.n + 1, sizeof(*out->v));
	for (; out->n < names.n; out->n++) {
		const char *file = arena_printf(c->arena, "%s/%s", path, names.v[out->n]);

		if (read_entry(c, file, list, &out->v[out->n], e))
			return -1;
	}
	return 0;
}

int manifest_store_save(struct cli *c, const struct oci_ref *list, const struct oci_ref *ref,
	const struct manifest_entry *m, struct err *e)
{
	const char *path = list_path(c, list), *text = manifest_entry_encode(c->arena, m);

	if (fs_mkdir_p(AT_FDCWD, path, DIR_MODE, e))
		return -1;
	own_fd dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, ERR_INTERNAL, "open %s: %s", path, err_text(errno));
	return fs_replace(
		dir, file_name(c->arena, ref), text, strlen(text), FILE_MODE, FS_NO_SYNC, e);
}

int manifest_store_remove(struct cli *c, const struct oci_ref *list, struct err *e)
{
	return fs_remove_tree(AT_FDCWD, list_path(c, list), e);
}
