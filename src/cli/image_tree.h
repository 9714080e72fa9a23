/* SPDX-License-Identifier: Apache-2.0 */
/* images --tree: each image with its names above and its platforms below. */
#ifndef TARE_CLI_IMAGE_TREE_H
#define TARE_CLI_IMAGE_TREE_H

#include "cli.h"

/* images: the answer of /images/json?manifests=1; all: those without a name, too. */
void image_tree_print(struct cli *c, const struct json *images, bool all);

#endif
