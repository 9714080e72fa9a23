/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifest lists being made: ~/.docker/manifests/LIST/MANIFEST, a JSON file for each manifest in a list, as docker keeps
 * them, so that either goes on with what the other began.
 */
#ifndef TARE_CLI_MANIFEST_STORE_H
#define TARE_CLI_MANIFEST_STORE_H

#include "cli.h"
#include "oci/manifest.h"
#include "oci/reference.h"

/* One manifest and what is known of it. */
struct manifest_entry {
	struct oci_ref ref;
	const char *media_type, *digest;
	int64_t size;
	bool has_platform;
	struct oci_platform platform;
	struct slice raw; /* its bytes; n 0: not kept (older files) */
	const char *doc;  /* its JSON, perhaps laid out otherwise */
	bool is_oci;
};

struct manifest_entries {
	struct manifest_entry *v;
	size_t n;
};

/* As it is written to its file: compact. */
const char *manifest_entry_encode(struct arena *a, const struct manifest_entry *m);
/* Strings lie in a. */
int manifest_entry_decode(
	struct arena *a, const char *text, size_t n, struct manifest_entry *out, struct err *e);

/* ERR_NOT_FOUND "No such manifest: NAME" where there is no file. */
int manifest_store_get(struct cli *c, const struct oci_ref *list, const struct oci_ref *ref,
	struct manifest_entry *out, struct err *e);
/* All of a list, by file name; ERR_NOT_FOUND when there is no such list. */
int manifest_store_list(
	struct cli *c, const struct oci_ref *list, struct manifest_entries *out, struct err *e);
int manifest_store_save(struct cli *c, const struct oci_ref *list, const struct oci_ref *ref,
	const struct manifest_entry *m, struct err *e);
int manifest_store_remove(struct cli *c, const struct oci_ref *list, struct err *e);

#endif
