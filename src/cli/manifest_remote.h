/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests at their registry, spoken to by tare-xfer with the user's credentials: the daemon has no part in it. */
#ifndef TARE_CLI_MANIFEST_REMOTE_H
#define TARE_CLI_MANIFEST_REMOTE_H

#include "manifest_store.h"
#include "registry/registry.h"

/* is_insecure: certificates are not checked, plain http will do. Closed by registry_close. */
int manifest_remote_open(struct cli *c, const struct oci_ref *ref, bool is_insecure, bool for_push,
	struct registry **out, struct err *e);

/*
 * What ref stands for: *out has one entry, or all of an index with *is_list set. ERR_NOT_FOUND "no such manifest: REF"
 * (also where the registry does not let us see it).
 */
int manifest_remote_get(struct cli *c, const struct oci_ref *ref, bool is_insecure,
	struct manifest_entries *out, bool *is_list, struct err *e);

#endif
