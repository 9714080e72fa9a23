/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of -v and the rules of --mount, after moby's volume/mounts/linux_parser.go: what is
 * refused, and in which words.
 */
#include "mount_spec.h"

#include <string.h>
#include <sys/stat.h>

#include "base/slice.h"
#include "path_clean.h"

/* A mode is a comma-separated list with at most one word of each group. */
struct mode_word {
	const char *word;
	char group; /* a: access, l: label, p: propagation, c: copy, y: consistency */
};

static const struct mode_word mode_words[] = {
	{ "rw", 'a' },
	{ "ro", 'a' },
	{ "z", 'l' },
	{ "Z", 'l' },
	{ "private", 'p' },
	{ "rprivate", 'p' },
	{ "slave", 'p' },
	{ "rslave", 'p' },
	{ "shared", 'p' },
	{ "rshared", 'p' },
	{ "nocopy", 'c' },
	{ "consistent", 'y' },
	{ "cached", 'y' },
	{ "delegated", 'y' },
};

#define N_MODE_WORDS (sizeof(mode_words) / sizeof(*mode_words))

static const struct mode_word *mode_word_find(struct slice word)
{
	for (size_t i = 0; i < N_MODE_WORDS; i++)
		if (slice_eq(word, mode_words[i].word))
			return &mode_words[i];
	return NULL;
}

static bool mode_is_valid(const char *mode)
{
	struct slice rest = slice_str(mode), word;
	char seen[8] = "";
	size_t n_seen = 0;
	bool more = *mode;

	while (more) {
		more = slice_cut(rest, ',', &word, &rest);
		const struct mode_word *w = mode_word_find(word);

		if (!w || memchr(seen, w->group, n_seen))
			return false;
		seen[n_seen++] = w->group;
	}
	return true;
}

/* The word of group in a valid mode, or NULL. */
static const char *mode_get(const char *mode, char group)
{
	struct slice rest = slice_str(mode), word;
	bool more = *mode;

	while (more) {
		more = slice_cut(rest, ',', &word, &rest);
		const struct mode_word *w = mode_word_find(word);

		if (w && w->group == group)
			return w->word;
	}
	return NULL;
}

static int check_destination(const char *path, struct err *e)
{
	if (str_empty(path))
		return err_set(e, ERR_INVALID, "field Target must not be empty");
	if (*path != '/')
		return err_set(e, ERR_INVALID,
			"invalid mount path: '%s' mount path must be absolute", path);
	return 0;
}

static int check_not_root(struct arena *a, const char *path, struct err *e)
{
	if (str_eq(path_clean(a, path), "/"))
		return err_set(e, ERR_INVALID, "invalid specification: destination can't be '/'");
	return 0;
}

/* At most three parts; what stands behind the second colon is the mode (so it holds no colon). */
static int split(struct arena *a, const char *text, const char *part[3])
{
	struct slice rest = slice_str(text), head;
	bool more = true;
	int n = 0;

	for (; more; n++) {
		if (n == 3)
			return -1;
		more = slice_cut(rest, ':', &head, &rest);
		part[n] = arena_strndup(a, head.p, head.n);
	}
	return n;
}

int mount_spec_parse(struct arena *a, const char *text, struct ctr_mount *out, struct err *e)
{
	const char *part[3] = { "", "", "" };
	int n = split(a, text, part);

	*out = (struct ctr_mount){ 0 };
	if (n < 1 || !*part[0] || (n == 2 && *part[1] && mode_is_valid(part[1])))
		return err_set(e, ERR_INVALID, "invalid volume specification: '%s'", text);
	const char *destination = n == 1 ? part[0] : part[1];
	const char *source = n == 1 ? "" : part[0];
	const char *mode = part[2];

	if (!mode_is_valid(mode))
		return err_set(e, ERR_INVALID, "invalid mode: %s", mode);
	bool is_bind = *source == '/';
	if (check_destination(destination, e))
		return err_in(e, "invalid volume specification: '%s'", text);
	if (check_not_root(a, destination, e))
		return err_in(e,
			"invalid volume specification: '%s': invalid mount config for type \"%s\"",
			text, is_bind ? "bind" : "volume");
	const char *propagation = mode_get(mode, 'p');
	if (!is_bind && *source && !id_is_name(source))
		return err_set(e, ERR_INVALID,
			"invalid volume specification: '%s': \"%s\" includes invalid characters for a "
			"local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you "
			"intended to pass a host directory, use absolute path",
			text, source);
	if (!is_bind && propagation)
		return err_set(e, ERR_INVALID,
			"invalid volume specification: '%s': invalid mount config for type "
			"\"volume\": field BindOptions must not be specified",
			text);

	out->type = is_bind ? "bind" : "volume";
	out->destination = path_clean(a, destination);
	out->source = is_bind ? path_clean(a, source) : "";
	out->name = is_bind ? "" : arena_strdup(a, source);
	out->driver = is_bind ? "" : "local";
	out->mode = arena_strdup(a, mode);
	out->rw = !str_eq(mode_get(mode, 'a'), "ro");
	out->propagation = propagation ? propagation : is_bind ? "rprivate" : "";
	out->no_copy = mode_get(mode, 'c') != NULL;
	out->makes_source = is_bind;
	out->is_anonymous = !is_bind && !*source;
	return 0;
}

int mount_spec_sharing_mode(const char *mode, bool *rw, struct err *e)
{
	if (!mode_is_valid(mode) || mode_get(mode, 'p') || mode_get(mode, 'c'))
		return err_set(e, ERR_INVALID, "invalid mode: %s", mode);
	*rw = !str_eq(mode_get(mode, 'a'), "ro");
	return 0;
}

/* ---- --mount ---- */

static int extra_field(const char *field, struct err *e)
{
	return err_set(e, ERR_INVALID, "field %s must not be specified", field);
}

static int from_bind(struct arena *a, const struct mount *m, struct ctr_mount *out, struct err *e)
{
	static const struct mount_bind_options none;
	const struct mount_bind_options *o = m->bind ? m->bind : &none;

	if (str_empty(m->source))
		return err_set(e, ERR_INVALID, "field Source must not be empty");
	if (!str_empty(o->propagation)) {
		const struct mode_word *w = mode_word_find(slice_str(o->propagation));

		if (!w || w->group != 'p')
			return err_set(
				e, ERR_INVALID, "invalid propagation mode: %s", o->propagation);
	}
	if (m->volume)
		return extra_field("VolumeOptions", e);
	if (m->image)
		return extra_field("ImageOptions", e);
	if (*m->source != '/')
		return err_set(e, ERR_INVALID,
			"invalid mount path: '%s' mount path must be absolute", m->source);
	if (o->read_only_non_recursive && !m->read_only)
		return err_set(
			e, ERR_INVALID, "mount source: bind-recursive=writable requires readonly");
	out->source = path_clean(a, m->source);
	out->propagation = str_empty(o->propagation) ? "rprivate" : arena_strdup(a, o->propagation);
	out->non_recursive = o->non_recursive;
	out->makes_source = o->create_mountpoint;
	out->ro_top_only = o->read_only_non_recursive;
	out->ro_forced = o->read_only_force_recursive;
	return 0;
}

static int from_volume(struct arena *a, const struct mount *m, struct ctr_mount *out, struct err *e)
{
	bool anonymous = str_empty(m->source);

	if (m->bind)
		return extra_field("BindOptions", e);
	if (m->image)
		return extra_field("ImageOptions", e);
	if (m->read_only && anonymous)
		return err_set(
			e, ERR_INVALID, "must not set ReadOnly mode when using anonymous volumes");
	if (m->volume && !str_empty(m->volume->subpath) && !path_is_local(a, m->volume->subpath))
		return err_set(e, ERR_INVALID, "subpath must be a relative path within the volume");
	out->name = anonymous ? "" : arena_strdup(a, m->source);
	out->driver =
		m->volume && m->volume->driver_config && !str_empty(m->volume->driver_config->name)
			? arena_strdup(a, m->volume->driver_config->name)
			: "local";
	out->source = out->propagation = "";
	out->is_anonymous = anonymous;
	out->no_copy = m->volume && m->volume->no_copy;
	return 0;
}

static int from_tmpfs(struct arena *a, const struct mount *m, struct ctr_mount *out, struct err *e)
{
	if (m->bind)
		return extra_field("BindOptions", e);
	if (m->image)
		return extra_field("ImageOptions", e);
	if (!str_empty(m->source))
		return extra_field("Source", e);
	own_buf text = { 0 };

	buf_init(&text, 4096);
	if (m->read_only)
		buf_str(&text, ",ro");
	if (m->tmpfs && m->tmpfs->size_bytes < 0)
		return err_set(
			e, ERR_INVALID, "invalid size: %lld", (long long)m->tmpfs->size_bytes);
	if (m->tmpfs && m->tmpfs->mode)
		buf_fmt(&text, ",mode=%o", m->tmpfs->mode);
	if (m->tmpfs && m->tmpfs->size_bytes)
		buf_fmt(&text, ",size=%lld", (long long)m->tmpfs->size_bytes);
	if (m->tmpfs && !str_empty(m->tmpfs->options) && !str_eq(m->tmpfs->options, "[]"))
		return err_set(e, ERR_NOT_IMPLEMENTED,
			"TmpfsOptions.Options is not available in this version: use --tmpfs");
	out->source = out->propagation = "";
	out->options = arena_strdup(a, text.len ? text.data + 1 : "");
	return 0;
}

struct mount_kind {
	const char *type;
	int (*from)(struct arena *a, const struct mount *m, struct ctr_mount *out, struct err *e);
};

static const struct mount_kind mount_kinds[] = {
	{ "bind", from_bind },
	{ "volume", from_volume },
	{ "tmpfs", from_tmpfs },
};

int mount_spec_from(struct arena *a, const struct mount *m, struct ctr_mount *out, struct err *e)
{
	const struct mount_kind *kind = mount_kinds, *end = kind + 3;
	const char *type = m->type ? m->type : "";

	*out = (struct ctr_mount){ 0 };
	if (str_eq(type, "image") || str_eq(type, "cluster") || str_eq(type, "npipe"))
		return err_set(e, ERR_NOT_IMPLEMENTED,
			"mounts of type %s are not available in this version", type);
	while (kind < end && !str_eq(kind->type, type))
		kind++;
	if (kind == end)
		return err_set(e, ERR_INVALID,
			"invalid mount config for type \"%s\": mount type unknown", type);
	if (check_destination(m->target, e) || check_not_root(a, m->target, e) ||
		kind->from(a, m, out, e))
		return err_in(e, "invalid mount config for type \"%s\"", type);
	out->type = kind->type;
	out->destination = path_clean(a, m->target);
	out->mode = "";
	out->rw = !m->read_only;
	if (!out->name)
		out->name = "";
	if (!out->driver)
		out->driver = "";
	out->spec = *m;
	return 0;
}

int mount_spec_check_source(const struct ctr_mount *m, struct err *e)
{
	struct stat st;

	if (!str_eq(m->type, "bind") || m->makes_source || stat(m->source, &st) == 0)
		return 0;
	return err_set(e, ERR_INVALID,
		"invalid mount config for type \"bind\": bind source path does not exist: %s",
		m->source);
}

/* ---- tmpfs options ---- */

/* Options that contradict each other share a group; 'd' takes a value, one of each name. */
struct tmpfs_option {
	const char *name;
	char group;
};

static const struct tmpfs_option tmpfs_options[] = {
	{ "rw", 'w' },
	{ "ro", 'w' },
	{ "suid", 's' },
	{ "nosuid", 's' },
	{ "dev", 'v' },
	{ "nodev", 'v' },
	{ "exec", 'x' },
	{ "noexec", 'x' },
	{ "sync", 'y' },
	{ "async", 'y' },
	{ "dirsync", 'D' },
	{ "mand", 'm' },
	{ "nomand", 'm' },
	{ "atime", 'a' },
	{ "noatime", 'a' },
	{ "diratime", 'i' },
	{ "nodiratime", 'i' },
	{ "relatime", 'r' },
	{ "norelatime", 'r' },
	{ "strictatime", 't' },
	{ "nostrictatime", 't' },
	{ "remount", 'R' },
	{ "bind", 'b' },
	{ "rbind", 'b' },
	{ "unbindable", 'p' },
	{ "runbindable", 'p' },
	{ "private", 'p' },
	{ "rprivate", 'p' },
	{ "shared", 'p' },
	{ "rshared", 'p' },
	{ "slave", 'p' },
	{ "rslave", 'p' },
	{ "size", 'd' },
	{ "mode", 'd' },
	{ "uid", 'd' },
	{ "gid", 'd' },
	{ "nr_inodes", 'd' },
	{ "nr_blocks", 'd' },
	{ "mpol", 'd' },
};

#define N_TMPFS_OPTIONS (sizeof(tmpfs_options) / sizeof(*tmpfs_options))

static const struct tmpfs_option *tmpfs_option_find(struct slice option)
{
	struct slice key, value;
	bool has_value = slice_cut(option, '=', &key, &value);

	for (size_t i = 0; i < N_TMPFS_OPTIONS; i++) {
		const struct tmpfs_option *o = &tmpfs_options[i];

		if (slice_eq(key, o->name) && has_value == (o->group == 'd'))
			return o;
	}
	return NULL;
}

static bool is_overridden(const struct tmpfs_option *o, const struct tmpfs_option *later)
{
	return o == later || (o->group == later->group && o->group != 'd');
}

int mount_spec_tmpfs_options(
	struct arena *a, const char *options, struct str_list *out, struct err *e)
{
	const char *all = str_empty(options)
				  ? "noexec,nosuid,nodev,rprivate"
				  : arena_printf(a, "noexec,nosuid,nodev,rprivate,%s", options);
	const struct tmpfs_option *found[64];
	struct slice rest = slice_str(all), word[64];
	size_t n = 0;

	*out = (struct str_list){ 0 };
	for (bool more = true; more; n++) {
		if (n == 64)
			return err_set(e, ERR_INVALID, "too many tmpfs options: %s", options);
		more = slice_cut(rest, ',', &word[n], &rest);
		found[n] = tmpfs_option_find(word[n]);
		if (!found[n])
			return err_set(e, ERR_INVALID, "invalid tmpfs option \"%.*s\"",
				(int)word[n].n, word[n].p);
	}
	for (size_t i = 0; i < n; i++) {
		bool keep = true;

		for (size_t k = i + 1; k < n && keep; k++)
			keep = !is_overridden(found[i], found[k]);
		if (keep)
			str_list_add(a, out, arena_strndup(a, word[i].p, word[i].n));
	}
	return 0;
}
