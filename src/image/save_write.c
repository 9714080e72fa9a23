/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archive. One tare-layer process writes headers and documents (compose); for each layer another one writes the
 * content in between (assemble), into the same descriptor. While that goes on, the first one finds out how large
 * the next layer will be.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assemble.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/io.h"
#include "base/map.h"
#include "base/unixsock.h"
#include "save_int.h"
#include "sweep.h"
#include "worker.h"

#define LAYOUT "{\"imageLayoutVersion\": \"1.0.0\"}"

struct writer {
	struct image_save *sv;
	struct worker composer;
	int out;
};

/* --- Talking to the composer --------------------------------------------------------------------- */

static int ask(struct writer *w, const struct layer_msg *msg, int fd, struct err *e)
{
	return unixsock_send(
		w->composer.socket, msg, layer_msg_size(msg->type), &fd, fd >= 0 ? 1 : 0, e);
}

static int hear(struct writer *w, uint32_t type, struct layer_msg *msg, struct err *e)
{
	if (worker_receive(&w->composer, msg, e))
		return -1;
	if (msg->type != type)
		return err_set(e, ERR_INTERNAL, "tare-layer: malformed message");
	return 0;
}

static int put_entry(struct writer *w, const struct layer_entry *entry, int fd, struct err *e)
{
	struct layer_msg msg = { .type = LAYER_MSG_ENTRY, .entry = *entry }, answer;

	return ask(w, &msg, fd, e) || hear(w, LAYER_MSG_WRITTEN, &answer, e) ? -1 : 0;
}

static int put_dir(struct writer *w, const char *name, struct err *e)
{
	struct layer_entry entry = { .type = LAYER_MEMBER_DIR };

	snprintf(entry.name, sizeof(entry.name), "%s", name);
	return put_entry(w, &entry, -1, e);
}

static int put_link(struct writer *w, const char *name, const char *target, struct err *e)
{
	struct layer_entry entry = { .type = LAYER_MEMBER_LINK };

	snprintf(entry.name, sizeof(entry.name), "%s", name);
	snprintf(entry.target, sizeof(entry.target), "%s", target);
	return put_entry(w, &entry, -1, e);
}

/* A file whose n bytes are at hand. */
static int put_bytes(
	struct writer *w, const char *name, int64_t mtime, struct slice text, struct err *e)
{
	struct layer_entry entry = { .type = LAYER_MEMBER_FILE,
		.has_content = true,
		.size = (int64_t)text.n,
		.mtime = mtime };
	own_fd fd = memfd_create("tare-save", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "memfd_create");
	if (io_write(fd, text.p, text.n, e))
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(e, "lseek");
	snprintf(entry.name, sizeof(entry.name), "%s", name);
	return put_entry(w, &entry, fd, e);
}

static int put_text(struct writer *w, const char *name, const char *text, struct err *e)
{
	return put_bytes(w, name, 0, slice_str(text), e);
}

static const char *blob_name(struct writer *w, const char *digest)
{
	return arena_printf(w->sv->arena, "blobs/sha256/%s", oci_digest_hex(digest));
}

/* --- Layers -------------------------------------------------------------------------------------- */

static int begin_measure(struct writer *w, const struct save_layer *layer, struct err *e)
{
	struct layer_msg msg = { .type = LAYER_MSG_MEASURE };
	own_fd split = layer_open_split(w->sv->store, layer->chain_id, e);

	return split < 0 || ask(w, &msg, split, e) ? -1 : 0;
}

static int end_measure(struct writer *w, struct save_layer *layer, struct err *e)
{
	struct layer_msg msg;

	if (hear(w, LAYER_MSG_MEASURED, &msg, e))
		return err_in(e, "layer %s", layer->diff_id);
	layer->tar_size = msg.measured;
	return 0;
}

static int put_layer(struct writer *w, const struct save_layer *layer,
	const struct save_layer *next, struct err *e)
{
	struct layer_entry entry = {
		.type = LAYER_MEMBER_FILE, .size = layer->tar_size, .mtime = layer->mtime
	};
	struct assemble spec = { .program = w->sv->program,
		.chain_id = layer->chain_id,
		.form = "plain",
		.out = w->out };
	struct layer_assembled done;

	snprintf(entry.name, sizeof(entry.name), "%s", blob_name(w, layer->diff_id));
	if (put_entry(w, &entry, -1, e) || (next && begin_measure(w, next, e)))
		return -1;
	if (layer_assemble(w->sv->store, &spec, &done, e))
		return e->kind == ERR_CANCELLED ? -1 : err_in(e, "layer %s", layer->diff_id);
	if (done.tar_size != layer->tar_size)
		return err_set(
			e, ERR_INTERNAL, "layer %s: changed while it was read", layer->diff_id);
	return 0;
}

static int put_layers(struct writer *w, struct err *e)
{
	struct image_save *sv = w->sv;

	if (sv->n_layers && begin_measure(w, sv->layers[0], e))
		return -1;
	for (size_t i = 0; i < sv->n_layers; i++) {
		const struct save_layer *next = i + 1 < sv->n_layers ? sv->layers[i + 1] : NULL;
		if (end_measure(w, sv->layers[i], e) || put_layer(w, sv->layers[i], next, e))
			return -1;
	}
	return 0;
}

/* --- The rest ------------------------------------------------------------------------------------ */

/* One folder of the old form; several images may have it. */
static int put_legacy(
	struct writer *w, const struct save_legacy *l, struct map *told, struct err *e)
{
	struct arena *a = w->sv->arena;

	if (map_set(told, l->id, w))
		return 0;
	return put_dir(w, l->id, e) ||
			       put_text(w, arena_printf(a, "%s/VERSION", l->id), "1.0", e) ||
			       put_text(w, arena_printf(a, "%s/json", l->id), l->json, e) ||
			       put_link(w, arena_printf(a, "%s/layer.tar", l->id),
				       arena_printf(a, "../%s", blob_name(w, l->layer->diff_id)), e)
		       ? -1
		       : 0;
}

static int put_image(struct writer *w, struct save_image *img, struct map *told, struct err *e)
{
	const char *config = blob_name(w, img->id);

	save_docs_manifest(w->sv, img);
	if (put_bytes(w, config, img->created, (struct slice){ img->config, img->config_len }, e) ||
		put_text(w, blob_name(w, img->manifest_digest), img->manifest, e) ||
		put_link(w, arena_printf(w->sv->arena, "%s.json", oci_digest_hex(img->id)), config,
			e))
		return -1;
	for (size_t i = 0; i < img->n_layers; i++)
		if (put_legacy(w, &img->legacy[i], told, e))
			return -1;
	return 0;
}

static int put_images(struct writer *w, struct err *e)
{
	struct map *told = map_new();
	int rc = 0;

	for (size_t i = 0; i < w->sv->n_images && rc == 0; i++)
		rc = put_image(w, w->sv->images[i], told, e);
	map_free(told);
	return rc;
}

static int put_all(struct writer *w, struct err *e)
{
	const struct layer_msg end = { .type = LAYER_MSG_END };
	struct image_save *sv = w->sv;
	struct layer_msg answer;

	if (put_dir(w, "blobs", e) || put_dir(w, "blobs/sha256", e) || put_layers(w, e) ||
		fault_point("image.save_docs", e) || put_images(w, e) ||
		put_text(w, "index.json", save_docs_index(sv), e) ||
		put_text(w, "manifest.json", save_docs_items(sv), e) ||
		put_text(w, "oci-layout", LAYOUT, e))
		return -1;
	const char *repositories = save_docs_repositories(sv);
	if (*repositories && put_text(w, "repositories", repositories, e))
		return -1;
	if (ask(w, &end, -1, e) || hear(w, LAYER_MSG_END, &answer, e))
		return -1;
	worker_finish(&w->composer);
	return 0;
}

/* A folder nobody can find, for a process to be shut up in. */
static int make_cell(struct image_store *s, struct err *e)
{
	char name[40] = SWEEP_LOAD_PREFIX;

	id_hex(name + strlen(name), 16);
	if (mkdirat(s->tmp_fd, name, 0700))
		return err_sys(e, "create tmp/%s", name);
	int fd = openat(s->tmp_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		err_sys(e, "open tmp/%s", name);
	unlinkat(s->tmp_fd, name, AT_REMOVEDIR);
	return fd;
}

int image_save_write(struct image_save *sv, int fd, struct err *e)
{
	struct writer w = { .sv = sv, .composer = WORKER_NONE, .out = fd };
	own_fd cell = make_cell(sv->store, e);

	if (cell < 0)
		return -1;
	struct worker_fds fds = { .stream = -1, .dir = cell, .split = fd };
	if (worker_spawn(
		    sv->program, (const char *const[]){ "compose", NULL }, &fds, &w.composer, e))
		return -1;
	int rc = put_all(&w, e);
	worker_stop(&w.composer);
	return rc;
}
