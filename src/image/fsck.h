/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking the store as it is on disk, and mending it: what a crash of the machine, a full disk or hands can leave that no
 * start of the daemon removes. Nothing a check says is wrong is ever made by dockerd or tared in ordinary use.
 */
#ifndef TARE_IMAGE_FSCK_H
#define TARE_IMAGE_FSCK_H

#include "image/image.h"

struct fsck_finding {
	const char *kind;    /* "orphan-layer": doc/state-on-disk.md lists them */
	const char *object;  /* an id or name, or a path below the data root */
	const char *problem; /* a sentence */
	const char *repair;  /* what a repair does or did; "" when there is none */
	bool is_repaired;
	const char *failure; /* why repairing failed; NULL: it did not, or was not tried */
};

struct fsck_report {
	struct fsck_finding *v;
	size_t n;
	size_t n_images, n_layers, n_roots; /* looked at */
};

struct fsck_opts {
	bool is_repairing;
	bool is_offline; /* no daemon is at work on it: leftovers in tmp/ are findings, too */
	/* Ids of all containers, taken after roots; those of roots that are not among them belong to nobody. */
	const struct str_list *containers;
	const struct str_list *roots; /* image_root_list, taken before containers */
};

/*
 * Looks at everything but the bytes in files: configurations by their digest, records, directories, links, names, roots.
 * Changes of images wait meanwhile. The report is good as far as it got when this fails.
 */
int image_fsck(struct image_store *s, struct arena *a, const struct fsck_opts *o,
	struct fsck_report *out, struct err *e);

/*
 * The store of a data root nobody works on, as it is: nothing is made or swept, whatever is there. For image_fsck and
 * image_root_list alone.
 */
struct image_store *image_store_open_still(const char *data_root, struct err *e);

/* Whether all findings were repaired. */
bool fsck_is_mended(const struct fsck_report *r);

/* What a program exits with, as fsck(8): nothing found, all repaired, something left, could not be done. */
enum fsck_exit { FSCK_CLEAN = 0, FSCK_MENDED = 1, FSCK_LEFT = 4, FSCK_FAILED = 8 };

#endif
