/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing passwd and group, and the look-up rules of moby's sys/user. */
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/io.h"
#include "base/slice.h"

#define FILE_MAX (4 * 1024 * 1024)
#define ID_MAX	 2147483647

/* One line of either file: name, id, and passwd's gid or group's members. */
struct entry {
	struct slice name;
	uint32_t id;
	uint32_t gid;	      /* passwd */
	struct slice members; /* group */
};

static bool parse_id(struct slice s, uint32_t *out)
{
	return parse_u32(s, out) && *out <= ID_MAX;
}

/* Takes the next sensible line off *text; false at the end. */
static bool entry_next(struct slice *text, bool is_passwd, struct entry *out)
{
	while (text->n) {
		struct slice line, rest, password, id, tail, gid;

		slice_cut(*text, '\n', &line, text);
		line = slice_trim(line);
		*out = (struct entry){ 0 };
		if (!line.n || *line.p == '#' || !slice_cut(line, ':', &out->name, &rest) ||
			!slice_cut(rest, ':', &password, &rest))
			continue;
		slice_cut(rest, ':', &id, &tail);
		if (!out->name.n || !parse_id(id, &out->id))
			continue;
		if (!is_passwd) {
			out->members = tail;
			return true;
		}
		slice_cut(tail, ':', &gid, &rest);
		if (parse_id(gid, &out->gid))
			return true;
	}
	return false;
}

/* Finds the line whose id is number when numeric, else whose name is name. */
static bool entry_find(const char *text, bool is_passwd, struct slice name, struct entry *out)
{
	struct slice rest = slice_str(text);
	uint32_t number;
	bool numeric = parse_id(name, &number);

	while (entry_next(&rest, is_passwd, out))
		if (numeric ? out->id == number
			    : out->name.n == name.n && memcmp(out->name.p, name.p, name.n) == 0)
			return true;
	return false;
}

static bool is_number(struct slice s)
{
	int64_t v;

	return parse_i64(s, &v);
}

static int range_error(struct err *e)
{
	return err_set(e, ERR_INTERNAL, "uids and gids must be in range 0-%d", ID_MAX);
}

static void add_gid(struct arena *a, struct oci_u32_list *l, uint32_t gid)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i] == gid)
			return;
	l->v = arena_grow(a, l->v, &l->n, sizeof(*l->v));
	l->v[l->n - 1] = gid;
}

static bool is_member(struct slice members, struct slice name)
{
	struct slice one;

	for (bool more = members.n > 0; more;) {
		more = slice_cut(members, ',', &one, &members);
		one = slice_trim(one);
		if (one.n == name.n && memcmp(one.p, name.p, name.n) == 0)
			return true;
	}
	return false;
}

/* The user part: uid, primary gid, and the name it matched (empty when only a number). */
static int lookup_user(const struct user_files *f, struct slice user, struct oci_user *out,
	struct slice *name, struct err *e)
{
	static const struct slice root = { "0", 1 };
	struct entry hit;

	*name = (struct slice){ 0 };
	if (entry_find(f->passwd, true, user.n ? user : root, &hit)) {
		out->uid = hit.id;
		out->gid = hit.gid;
		*name = hit.name;
		return 0;
	}
	if (!user.n)
		return 0;
	if (!is_number(user))
		return err_set(e, ERR_INTERNAL,
			"unable to find user %.*s: no matching entries in passwd file",
			(int)(user.n > 256 ? 256 : user.n), user.p);
	return parse_id(user, &out->uid) ? 0 : range_error(e);
}

static int lookup_group(
	const struct user_files *f, struct slice group, uint32_t *gid, struct err *e)
{
	struct entry hit;

	if (entry_find(f->group, false, group, &hit)) {
		*gid = hit.id;
		return 0;
	}
	if (!is_number(group))
		return err_set(e, ERR_INTERNAL,
			"unable to find group %.*s: no matching entries in group file",
			(int)(group.n > 256 ? 256 : group.n), group.p);
	return parse_id(group, gid) ? 0 : range_error(e);
}

static int add_named_groups(struct arena *a, const struct user_files *f,
	const struct str_list *names, struct oci_user *out, struct err *e)
{
	for (size_t i = 0; names && i < names->n; i++) {
		struct slice group = slice_str(names->v[i]);
		uint32_t gid;
		struct entry hit;

		if (entry_find(f->group, false, group, &hit))
			gid = hit.id;
		else if (!is_number(group))
			return err_set(e, ERR_INTERNAL, "Unable to find group %s", names->v[i]);
		else if (!parse_id(group, &gid))
			return range_error(e);
		add_gid(a, &out->additional_gids, gid);
	}
	return 0;
}

int user_lookup(struct arena *a, const struct user_files *f, const char *spec,
	const struct str_list *group_add, struct oci_user *out, struct err *e)
{
	struct slice user, group, name, rest = slice_str(f->group);
	struct entry line;

	*out = (struct oci_user){ 0 };
	slice_cut(slice_str(spec), ':', &user, &group);
	if (lookup_user(f, user, out, &name, e))
		return -1;
	if (group.n && lookup_group(f, group, &out->gid, e))
		return -1;
	add_gid(a, &out->additional_gids, out->gid);
	while (!group.n && name.n && entry_next(&rest, false, &line))
		if (is_member(line.members, name))
			add_gid(a, &out->additional_gids, line.id);
	return add_named_groups(a, f, group_add, out, e);
}

/* *out stays NULL when there is no such file. */
static int read_file(struct arena *a, int root, const char *path, const char **out, struct err *e)
{
	struct stat st;
	own_fd fd = fs_open_in(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, e);

	*out = NULL;
	if (fd < 0 && (e->sys == ENOENT || e->sys == ENOTDIR))
		return 0;
	if (fd < 0)
		return -1;
	if (fstat(fd, &st))
		return err_sys(e, "stat %s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INTERNAL, "%s is not a regular file", path);
	if (st.st_size > FILE_MAX)
		return err_set(e, ERR_INTERNAL, "%s is larger than %d bytes", path, FILE_MAX);
	char *text = arena_alloc(a, (size_t)st.st_size + 1);
	ssize_t n = io_read(fd, text, (size_t)st.st_size, e);
	if (n < 0)
		return -1;
	text[n] = 0;
	*out = text;
	return 0;
}

int user_read_files(struct arena *a, int root, struct user_files *out, struct err *e)
{
	return read_file(a, root, "etc/passwd", &out->passwd, e) ||
			       read_file(a, root, "etc/group", &out->group, e)
		       ? -1
		       : 0;
}
