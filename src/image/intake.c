/* SPDX-License-Identifier: Apache-2.0 */
/* Folders, places and what an image will consist of. Becoming the store's is in intake_commit.c. */
#include "intake.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/log.h"
#include "discard.h"
#include "layerdb.h"
#include "layers.h"
#include "overlay.h"
#include "refs.h"
#include "settle.h"
#include "sweep.h"
#include "sys/mounts.h"

/* --- Folders --------------------------------------------------------------------------------------- */

int intake_folder_make(struct image_store *s, struct intake_folder *out, struct err *e)
{
	char random[17];

	out->fd = -1;
	id_hex(random, 16);
	snprintf(out->name, sizeof(out->name), SWEEP_LOAD_PREFIX "%s", random);
	if (mkdirat(s->tmp_fd, out->name, 0700)) {
		err_sys(e, "create folder for layers");
		*out->name = 0;
		return -1;
	}
	out->fd = openat(s->tmp_fd, out->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return out->fd < 0 ? err_sys(e, "open folder for layers") : 0;
}

static void close_folder(struct intake_folder *f)
{
	if (f->fd >= 0)
		close(take_fd(&f->fd));
}

void intake_folder_discard(struct image_store *s, struct intake_folder *f)
{
	struct err e;

	if (!*f->name)
		return;
	close_folder(f);
	if (discard_tree(s->discard, s->tmp_fd, f->name, &e))
		log_warn("image store: %s, ignoring", e.msg);
	*f->name = 0;
}

void intake_fds_close(struct intake_fds *fds)
{
	if (fds->diff >= 0)
		close(take_fd(&fds->diff));
	if (fds->split >= 0)
		close(take_fd(&fds->split));
}

int intake_place_make(const struct intake_folder *f, uint32_t n, struct intake_place *out,
	struct intake_fds *fds, struct err *e)
{
	char dir[24];

	if (fds)
		*fds = (struct intake_fds){ -1, -1 };
	out->dir = f->fd;
	snprintf(out->tree, sizeof(out->tree), "l%u", n);
	snprintf(out->split, sizeof(out->split), "s%u", n);
	snprintf(dir, sizeof(dir), "%s/diff", out->tree);
	if (mkdirat(f->fd, out->tree, 0710) || mkdirat(f->fd, dir, 0755) ||
		fchmodat(f->fd, dir, 0755, 0))
		return err_sys(e, "create %s", dir);
	if (!fds)
		return 0;
	fds->diff = openat(f->fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fds->split = openat(f->fd, out->split, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return fds->diff < 0 || fds->split < 0 ? err_sys(e, "create %s", dir) : 0;
}

static int copy_place(const struct intake_place *from, const struct intake_fds *to, struct err *e)
{
	char dir[24];
	ssize_t n;

	if (fault_point("image.layer_copy", e))
		return -1;
	snprintf(dir, sizeof(dir), "%s/diff", from->tree);
	own_fd diff = openat(from->dir, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_fd split = openat(from->dir, from->split, O_RDONLY | O_CLOEXEC);
	if (diff < 0 || split < 0)
		return err_sys(e, "open layer");
	if (mount_copy_up(diff, to->diff, e))
		return -1;
	while ((n = copy_file_range(split, NULL, to->split, NULL, 1 << 30, 0)) > 0)
		;
	return n < 0 ? err_sys(e, "copy tar-split") : 0;
}

int intake_place_copy(const struct intake_folder *f, uint32_t n, const struct intake_place *from,
	struct intake_place *out, struct err *e)
{
	struct intake_fds fds;

	int rc = intake_place_make(f, n, out, &fds, e) || copy_place(from, &fds, e) ? -1 : 0;
	intake_fds_close(&fds);
	return rc;
}

int intake_unpack(const struct intake_unpacking *u, struct intake_place *place, struct worker *out,
	struct err *e)
{
	struct intake_fds fds;

	int rc = intake_place_make(u->folder, u->n, place, &fds, e);
	if (rc == 0) {
		struct worker_fds pass = { u->stream, fds.diff, fds.split };
		rc = worker_spawn(u->program, u->args, &pass, out, e);
	}
	intake_fds_close(&fds);
	return rc;
}

/* --- Images ---------------------------------------------------------------------------------------- */

int intake_open(struct intake *in, struct err *e)
{
	in->folder.fd = -1;
	if (store_read(in->store, e))
		return -1;
	return intake_folder_make(in->store, &in->folder, e);
}

int intake_add_image(
	struct intake *in, const char *config, size_t n, struct intake_image **out, struct err *e)
{
	struct intake_image *img = ARENA_NEW(in->arena, struct intake_image);
	char chain[OCI_DIGEST_SIZE] = "";

	sha_digest(config, n, img->id);
	img->config = arena_strndup(in->arena, config, n);
	img->config_len = n;
	if (oci_image_config_parse(in->arena, img->config, n, &img->parsed, e))
		return -1;
	const struct str_list *diff_ids = &img->parsed.rootfs.diff_ids;
	if (diff_ids->n > OVERLAY_IMAGE_MOST)
		return err_set(e, ERR_INVALID, "max depth exceeded");
	img->layers = arena_array(in->arena, diff_ids->n + 1, sizeof(*img->layers));
	img->n_layers = diff_ids->n;
	for (size_t i = 0; i < diff_ids->n; i++) {
		oci_chain_id(chain, diff_ids->v[i], chain);
		img->layers[i].diff_id = diff_ids->v[i];
		memcpy(img->layers[i].chain_id, chain, sizeof(chain));
	}
	in->images =
		arena_grow(in->arena, in->images, &in->n_images, sizeof(struct intake_image *));
	in->images[in->n_images - 1] = img;
	*out = img;
	return 0;
}

/* Whether an earlier layer of this intake brings that chain. */
static bool is_planned(const struct intake *in, const char *chain_id)
{
	for (size_t i = 0; i < in->n_images; i++)
		for (size_t j = 0; j < in->images[i]->n_layers; j++)
			if (in->images[i]->layers[j].is_brought &&
				strcmp(in->images[i]->layers[j].chain_id, chain_id) == 0)
				return true;
	return false;
}

static bool hold_layer(struct image_store *s, const char *chain_id)
{
	own_lock change = lock_take(&s->change);

	if (!layerdb_has(s, chain_id))
		return false;
	own_lock guard = lock_take(&s->lock);
	store_layer(s, chain_id)->holds++;
	return true;
}

bool intake_claim_layer(struct intake *in, struct intake_layer *layer)
{
	if (is_planned(in, layer->chain_id))
		return true;
	layer->is_held = hold_layer(in->store, layer->chain_id);
	layer->is_brought = !layer->is_held;
	return layer->is_held;
}

void intake_add_name(struct intake *in, struct intake_image *img, const char *name)
{
	str_list_add(in->arena, &img->names, name);
}

/* --- The end --------------------------------------------------------------------------------------- */

/* Lets go of an image's layers; *chain gets those that have lost their image meanwhile, upper ones first. */
static void release_image(struct intake *in, struct intake_image *img, struct str_list *chain)
{
	own_lock guard = lock_take(&in->store->lock);

	for (size_t j = img->n_layers; j-- > 0;) {
		struct intake_layer *layer = &img->layers[j];
		if (!layer->is_held)
			continue;
		struct layer *known = store_layer(in->store, layer->chain_id);
		layer->is_held = false;
		if (--known->holds == 0 && !known->images)
			str_list_add(in->arena, chain, layer->chain_id);
	}
}

static void release(struct intake *in)
{
	struct err e;

	for (size_t i = 0; i < in->n_images; i++) {
		struct str_list chain = { 0 };
		release_image(in, in->images[i], &chain);
		if (!chain.n)
			continue;
		own_lock change = lock_take(&in->store->change);
		if (layers_collect(in->store, in->arena, chain.v, chain.n, NULL, &e))
			log_warn("%s: %s, ignoring", in->action, e.msg);
	}
}

/* After a success the folder stays, with the journal, until all is on disk. */
void intake_close(struct intake *in)
{
	release(in);
	refs_free(in->refs_before);
	in->refs_before = NULL;
	if (!in->is_committed) {
		intake_folder_discard(in->store, &in->folder);
		return;
	}
	close_folder(&in->folder);
	settle_begin(in->store->settle, in->folder.name);
}
