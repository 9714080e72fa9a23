/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of seccomp_*.c share. For this room only. */
#ifndef TARE_SYS_SECCOMP_INT_H
#define TARE_SYS_SECCOMP_INT_H

#include <linux/filter.h>
#include <stdint.h>

#include "sys/seccomp.h"

/* The kernel's limit, BPF_MAXINSNS. */
#define SECCOMP_INSNS_MOST 4096

/* libseccomp's numbers of the spec's names; -1 with e, ERR_INVALID. */
int seccomp_action_find(const char *name, uint32_t errno_ret, uint32_t *out, struct err *e);
int seccomp_operator_find(const char *name, int *out, struct err *e);
int seccomp_arch_find(const char *name, uint32_t *out, struct err *e);

/*
 * A prefix for the program: system calls with numbers above every one the profile names fail with
 * ENOSYS, so that a libc newer than the profile falls back instead of giving up at EPERM (as runc
 * does). Appends to out, returns how many instructions; 0 when the profile's default makes it
 * pointless.
 */
size_t seccomp_enosys_stub(const struct oci_seccomp *p, struct sock_filter *out, size_t room);

#endif
