/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certs_dir/HOST[:PORT] as dockerd reads it (feature row E12): every *.crt is a CA, every *.cert a client certificate
 * that has its *.key beside it. Read here, as root; tare-xfer gets the texts.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"
#include "registry_int.h"

#define FILE_MOST  (512 * 1024)
#define FILES_MOST 128

struct certs {
	struct arena *a;
	const char *path;
	int dir;
	struct str_list names;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_names(struct certs *c, struct err *e)
{
	own_dir d = NULL;
	struct dirent *entry;
	int again = openat(c->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	d = again < 0 ? NULL : fdopendir(again);
	if (!d)
		return err_sys(e, "open %s", c->path);
	while ((entry = readdir(d)))
		if (str_ends(entry->d_name, ".crt") || str_ends(entry->d_name, ".cert") ||
			str_ends(entry->d_name, ".key"))
			str_list_add(c->a, &c->names, entry->d_name);
	if (c->names.n > FILES_MOST)
		return err_set(
			e, ERR_INVALID, "%s: more than %d certificates", c->path, FILES_MOST);
	if (c->names.n > 1)
		qsort(c->names.v, c->names.n, sizeof(*c->names.v), by_name);
	return 0;
}

static const char *with_ending(struct arena *a, const char *name, const char *ending)
{
	return arena_printf(a, "%.*s%s", (int)(strrchr(name, '.') - name), name, ending);
}

static int read_pair(struct certs *c, const char *name, struct xfer_endpoint *out, struct err *e)
{
	const char *key = with_ending(c->a, name, ".key");
	struct xfer_cert pair;

	if (!str_list_has(&c->names, key))
		return err_set(e, ERR_INVALID,
			"missing key %s for client certificate %s. CA certificates must use the extension "
			".crt",
			key, name);
	pair.cert = fs_read_str(c->a, c->dir, name, FILE_MOST, e);
	pair.key = pair.cert ? fs_read_str(c->a, c->dir, key, FILE_MOST, e) : NULL;
	if (!pair.key)
		return err_in(e, "%s", c->path);
	out->certs.v = arena_grow(c->a, out->certs.v, &out->certs.n, sizeof(pair));
	out->certs.v[out->certs.n - 1] = pair;
	return 0;
}

static int read_file(struct certs *c, const char *name, struct xfer_endpoint *out, struct err *e)
{
	if (str_ends(name, ".crt")) {
		const char *ca = fs_read_str(c->a, c->dir, name, FILE_MOST, e);
		if (!ca)
			return err_in(e, "%s", c->path);
		str_list_add(c->a, &out->ca, ca);
		return 0;
	}
	if (str_ends(name, ".cert"))
		return read_pair(c, name, out, e);
	const char *cert = with_ending(c->a, name, ".cert");
	if (str_list_has(&c->names, cert))
		return 0;
	return err_set(e, ERR_INVALID, "missing client certificate %s for key %s", cert, name);
}

int registry_read_certs(struct arena *a, const struct registry_settings *settings, const char *host,
	struct xfer_endpoint *out, struct err *e)
{
	struct certs c = { .a = a };

	if (str_empty(settings->certs_dir) || strchr(host, '/') || *host == '.')
		return 0;
	c.path = arena_printf(a, "%s/%s", settings->certs_dir, host);
	own_fd dir = open(c.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return 0;
	c.dir = dir;
	if (list_names(&c, e))
		return -1;
	for (size_t i = 0; i < c.names.n; i++)
		if (read_file(&c, c.names.v[i], out, e))
			return -1;
	return 0;
}
