/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp made into a BPF program by libseccomp, and a cache of finished programs. Compiling
 * Docker's profile takes milliseconds, reading it back microseconds. A cache file holds the whole
 * profile text it came from; only an equal text is a hit: no hash is trusted.
 *
 * Daemon-safe but for seccomp_install. (seccomp_load is libseccomp's name.)
 */
#ifndef TARE_SYS_SECCOMP_H
#define TARE_SYS_SECCOMP_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "oci/seccomp.h"

struct seccomp_program {
	const struct sock_filter *v;
	size_t n;		   /* instructions; 0: no filter at all */
	unsigned flags;		   /* SECCOMP_FILTER_FLAG_* for seccomp(2) */
	bool notify;		   /* some rule notifies: loading gives a listener fd */
	const char *listener_path; /* NULL: none; of the profile */
	const char *listener_metadata;
	void *memory; /* the mapping v lies in */
	size_t memory_size;
};

/*
 * Compiles p. Unknown system calls are left out, as runc does; unknown actions, operators,
 * architectures and flags are ERR_INVALID. seccomp_program_done frees *out.
 */
int seccomp_compile(const struct oci_seccomp *p, struct seccomp_program *out, struct err *e);

/*
 * The program of linux.seccomp's JSON text: from cache_dir (a directory fd; -1: no cache) when it
 * holds it, else compiled and put there atomically. The directory must be this user's and writable
 * by nobody else, or it is not used. A damaged or foreign cache file counts as a miss; not being
 * able to write one is no error.
 */
int seccomp_get(int cache_dir, const char *text, struct seccomp_program *out, struct err *e);
void seccomp_program_done(struct seccomp_program *p);

/*
 * Installs the program in the calling thread (all threads with TSYNC). Needs no_new_privs or
 * CAP_SYS_ADMIN. *listener gets the notification fd, -1 when p->notify is false. NOT daemon-safe.
 */
int seccomp_install(const struct seccomp_program *p, int *listener, struct err *e);

/* Names for `features`, NULL-terminated, sorted. */
const char *const *seccomp_action_names(void);
const char *const *seccomp_operator_names(void);
const char *const *seccomp_arch_names(void);
const char *const *seccomp_flag_names(void);
/* SECCOMP_FILTER_FLAG_* of a name, 0 when unknown; and all that this kernel supports. */
unsigned seccomp_flag_find(const char *name);
unsigned seccomp_supported_flags(void);

#endif
