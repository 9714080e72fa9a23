/* SPDX-License-Identifier: Apache-2.0 */
/* Chain ids: the identity of a stack of layers (image-spec config.md, "Layer ChainID"). */
#include <stdio.h>
#include <string.h>

#include "oci/digest.h"

void oci_chain_id(const char *parent, const char *diff_id, char out[OCI_DIGEST_SIZE])
{
	char both[2 * OCI_DIGEST_SIZE + 1];
	int n;

	if (str_empty(parent)) {
		snprintf(out, OCI_DIGEST_SIZE, "%s", diff_id);
		return;
	}
	n = snprintf(both, sizeof(both), "%s %s", parent, diff_id);
	sha_digest(both, (size_t)n < sizeof(both) ? (size_t)n : sizeof(both) - 1, out);
}

void oci_chain_id_all(const char *const *diff_ids, size_t n, char out[OCI_DIGEST_SIZE])
{
	out[0] = 0;
	for (size_t i = 0; i < n; i++)
		oci_chain_id(out, diff_ids[i], out);
}
