/* SPDX-License-Identifier: Apache-2.0 */
/* Digest texts. Hashing them together into chain ids is chain.c, so that who only checks needs no libcrypto. */
#include "oci/digest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"

static const struct algorithm {
	const char *name;
	size_t hex;
} algorithms[] = {
	{ "sha256", 64 },
	{ "sha384", 96 },
	{ "sha512", 128 },
};

static bool is_lower_hex(struct slice s)
{
	return id_is_hex(s.p, s.n);
}

/* [a-z0-9]+([+._-][a-z0-9]+)* : what an algorithm nobody registered may be called. */
static bool is_algorithm_name(struct slice s)
{
	bool after_sep = true;

	for (size_t i = 0; i < s.n; i++) {
		bool word = islower((unsigned char)s.p[i]) || isdigit((unsigned char)s.p[i]);
		if (!word && (after_sep || !memchr("+._-", s.p[i], 4)))
			return false;
		after_sep = !word;
	}
	return !after_sep;
}

/* [a-zA-Z0-9=_-]+ */
static bool is_encoded(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) && !memchr("=_-", s.p[i], 3))
			return false;
	return s.n > 0;
}

int oci_digest_check(struct slice s, struct err *e)
{
	struct slice name, hex;

	if (!slice_cut(s, ':', &name, &hex) || !name.n || !hex.n)
		return err_set(e, ERR_INVALID, "invalid checksum digest format");
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (!slice_eq(name, algorithms[i].name))
			continue;
		if (hex.n != algorithms[i].hex)
			return err_set(e, ERR_INVALID, "invalid checksum digest length");
		if (!is_lower_hex(hex))
			return err_set(e, ERR_INVALID, "invalid checksum digest format");
		return 0;
	}
	if (!is_algorithm_name(name) || !is_encoded(hex))
		return err_set(e, ERR_INVALID, "invalid checksum digest format");
	return err_set(e, ERR_INVALID, "unsupported digest algorithm");
}

bool oci_digest_is_sha256(const char *s)
{
	return s && strncmp(s, "sha256:", 7) == 0 && strlen(s) == SHA_DIGEST_TEXT &&
	       is_lower_hex(slice_str(s + 7));
}

const char *oci_digest_hex(const char *digest)
{
	const char *colon = strchr(digest, ':');

	return colon ? colon + 1 : digest;
}

struct slice oci_digest_algorithm(const char *digest)
{
	return (struct slice){ digest, strcspn(digest, ":") };
}

void oci_digest_from_hex(const char *hex, char out[OCI_DIGEST_SIZE])
{
	snprintf(out, OCI_DIGEST_SIZE, "sha256:%s", hex);
}
