/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what was unpacked is what was promised, and what the client is told. */
#include <string.h>

#include "load_int.h"
#include "oci/reference.h"
#include "refs.h"

static int verify_layer(const struct load_layer *layer, size_t i, struct err *e)
{
	const struct job *job = layer->job;

	/* Those still at it are not looked at: one that failed ends the load before them. */
	if (!job || job->state == JOB_WAITING || job->state == JOB_RUNNING)
		return 0;
	if (job->state == JOB_FAILED) {
		*e = job->err;
		return err_in(e, "layer %zu", i);
	}
	/* A streamed layer is a plain tar: its own digest is the diff id. */
	if (layer->digest && job->member->is_streamed &&
		strcmp(layer->digest, job->done.diff_id) != 0)
		return load_wrong_digest(layer, job->done.diff_id, e);
	if (strcmp(job->done.diff_id, layer->to->diff_id) != 0)
		return err_set(e, ERR_INVALID,
			"invalid diffID for layer %zu: expected \"%s\", got \"%s\"", i,
			layer->to->diff_id, job->done.diff_id);
	return 0;
}

int load_verify(struct load *l, struct err *e)
{
	for (size_t i = 0; i < l->n_images; i++)
		for (size_t j = 0; j < l->images[i].to->n_layers; j++)
			if (verify_layer(&l->images[i].layers[j], j, e))
				return -1;
	return 0;
}

int load_report(struct load *l, const struct image_load_event *ev, struct err *e)
{
	return l->opts->report ? l->opts->report(l->opts->arg, ev, e) : 0;
}

static int say(struct load *l, const char *text, struct err *e)
{
	struct image_load_event ev = { .type = IMAGE_LOAD_STREAM, .text = text };

	return load_report(l, &ev, e);
}

static int report_image(struct load *l, const struct intake_image *img, struct err *e)
{
	struct image_load_event ev = { .type = IMAGE_LOAD_IMAGE, .image_id = img->id };

	for (size_t i = 0; i < img->names.n; i++) {
		struct oci_ref ref = { 0 };
		if (oci_ref_parse(l->arena, img->names.v[i], &ref, e))
			return -1;
		const char *name = refs_key(l->arena, &ref);
		const struct refs_entry *old = refs_find(l->in.refs_before, name);
		struct image_load_event tagged = {
			.type = IMAGE_LOAD_TAGGED, .text = name, .image_id = img->id
		};
		if (old && strcmp(old->id, img->id) != 0 &&
			say(l,
				arena_printf(l->arena,
					"The image %s already exists, renaming the old one with ID %s to empty string\n",
					name, old->id),
				e))
			return -1;
		if (say(l, arena_printf(l->arena, "Loaded image: %s\n", name), e) ||
			load_report(l, &tagged, e))
			return -1;
	}
	return load_report(l, &ev, e);
}

/* dockerd lists the ids of all images when the last one has no name. */
int load_report_all(struct load *l, struct err *e)
{

	for (size_t i = 0; i < l->n_images; i++)
		if (report_image(l, l->images[i].to, e))
			return -1;
	if (l->n_images == 0 || l->images[l->n_images - 1].to->names.n)
		return 0;
	for (size_t i = 0; i < l->n_images; i++)
		if (say(l, arena_printf(l->arena, "Loaded image ID: %s\n", l->images[i].to->id), e))
			return -1;
	return 0;
}
