/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp of the runtime spec (feature row D8). Docker's own profile format, with includes
 * and excludes, is sys/seccomp_profile.h; making a program of this is sys/seccomp.h. Daemon-safe.
 */
#ifndef TARE_OCI_SECCOMP_H
#define TARE_OCI_SECCOMP_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bind.h"
#include "base/buf.h"
#include "base/err.h"

struct oci_seccomp_arg {
	uint32_t index;
	uint64_t value;
	uint64_t value_two; /* for SCMP_CMP_MASKED_EQ */
	const char *op;	    /* "SCMP_CMP_EQ" */
};

struct oci_seccomp_arg_list {
	struct oci_seccomp_arg *v;
	size_t n;
};

struct oci_seccomp_rule {
	struct str_list names;
	const char *action;  /* "SCMP_ACT_ALLOW" */
	uint32_t *errno_ret; /* NULL: EPERM */
	struct oci_seccomp_arg_list args;
};

struct oci_seccomp_rule_list {
	struct oci_seccomp_rule *v;
	size_t n;
};

struct oci_seccomp {
	const char *default_action;
	uint32_t *default_errno_ret;
	struct str_list architectures; /* "SCMP_ARCH_X86_64" */
	struct str_list flags; /* "SECCOMP_FILTER_FLAG_LOG"; absent: the runtime's default */
	const char *listener_path;
	const char *listener_metadata;
	struct oci_seccomp_rule_list syscalls;
};

extern const struct bind_field oci_seccomp_arg_fields[];
extern const struct bind_field oci_seccomp_fields[];

/* Parses text[0..n); all lies in a. ERR_INVALID. */
int oci_seccomp_parse(
	struct arena *a, const char *text, size_t n, struct oci_seccomp *out, struct err *e);
/* Appends compact JSON: this text, byte for byte, is what programs are cached by. */
void oci_seccomp_write(const struct oci_seccomp *s, struct buf *out);

#endif
