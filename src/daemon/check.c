/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/id.h"
#include "image/fsck.h"
#include "image/root.h"
#include "pidfile.h"

/* Folders that hold a container: what engine_restore would take in. */
static int list_containers(int root, struct arena *a, struct str_list *out, struct err *e)
{
	int fd = openat(root, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		return fd < 0 && !fs_exists(root, "containers") ? 0 : err_sys(e, "list containers");
	for (struct dirent *ent; (ent = readdir(d));)
		if (strlen(ent->d_name) == ID_HEX && id_is_hex(ent->d_name, ID_HEX) &&
			fs_exists(fd, arena_printf(a, "%s/config.v2.json", ent->d_name)))
			str_list_add(a, out, ent->d_name);
	return 0;
}

static void print_report(const struct fsck_report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct fsck_finding *f = &r->v[i];

		printf("%s\t%s\t%s\t%s%s\n", f->kind, f->object, f->problem,
			f->is_repaired ? "repaired: "
			: f->failure   ? "not repaired: "
				       : "",
			f->failure   ? f->failure
			: *f->repair ? f->repair
				     : "cannot be repaired");
	}
	printf("%zu images, %zu layers, %zu roots of containers: %zu findings\n", r->n_images,
		r->n_layers, r->n_roots, r->n);
}

/* Leftovers are the sweep's, which opening the store begins and closing it waits for. */
static void sweep(const char *data_root, struct fsck_report *r)
{
	struct err e;
	struct image_store *s = NULL;

	for (size_t i = 0; i < r->n; i++) {
		struct fsck_finding *f = &r->v[i];

		if (strcmp(f->kind, "leftover") != 0 || f->is_repaired || f->failure)
			continue;
		if (!s && !(s = image_store_open(data_root, &e)))
			return;
		f->is_repaired = true;
	}
	image_store_close(s);
}

static int check(const struct options *o, struct arena *a, struct fsck_report *r, struct err *e)
{
	own_fd root = pidfile_lock_root(o->data_root, e);
	struct str_list roots = { 0 }, containers = { 0 };
	struct fsck_opts opts = { .is_repairing = o->repair,
		.is_offline = true,
		.roots = &roots,
		.containers = &containers };

	if (root < 0)
		return -1;
	struct image_store *s = image_store_open_still(o->data_root, e);
	if (!s)
		return -1;
	int rc = image_root_list(s, a, &roots, e) || list_containers(root, a, &containers, e) ||
				 image_fsck(s, a, &opts, r, e)
			 ? -1
			 : 0;
	image_store_close(s);
	if (rc == 0 && o->repair)
		sweep(o->data_root, r);
	return rc;
}

int check_run(const struct options *o)
{
	own_arena a = arena_new();
	struct fsck_report r = { 0 };
	struct err e;

	umask(022);
	int rc = check(o, a, &r, &e);
	print_report(&r);
	if (rc) {
		fprintf(stderr, "%s\n", e.msg);
		return FSCK_FAILED;
	}
	return r.n == 0 ? FSCK_CLEAN : fsck_is_mended(&r) ? FSCK_MENDED : FSCK_LEFT;
}
