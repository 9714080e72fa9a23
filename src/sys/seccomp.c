/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache of compiled programs, and installing one. A cache file is: the head below, then the key (who compiled it for
 * which kernel), the profile text, the listener's strings, and the program. It is mapped, not read.
 */
#include "sys/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/slice.h"
#include "sys/seccomp_int.h"

#define MAGIC	  "tare-seccomp-2\n"
#define TEXT_MOST (4u << 20)

struct head {
	char magic[16];
	uint32_t key_len, text_len, path_len, metadata_len; /* each with its NUL, 0: NULL */
	uint32_t n_insns, flags;
	uint32_t notify, pad;
	uint64_t sum; /* of the program: against damage, not against malice */
};

static uint64_t mix(uint64_t h, const void *data, size_t n)
{
	const unsigned char *p = data;

	/* FNV-1a, by words while there are any. */
	for (uint64_t word; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * UINT64_C(1099511628211);
		h ^= h >> 32;
	}
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	return h;
}

#define MIX_START UINT64_C(14695981039346656037)

/* What besides the profile decides about the program. */
static void make_key(char out[256])
{
	const struct scmp_version *v = seccomp_version();
	struct utsname u;

	if (uname(&u))
		memset(&u, 0, sizeof(u));
	snprintf(out, 256, "tare %s, libseccomp %u.%u.%u, %.64s %.64s", TARE_VERSION,
		v ? v->major : 0, v ? v->minor : 0, v ? v->micro : 0, u.release, u.machine);
}

/* Only a name to look under: what lies there is compared in full. */
static void file_name(const char *key, const char *text, char out[32])
{
	snprintf(out, 32, "%016llx.bpf",
		(unsigned long long)mix(mix(MIX_START, key, strlen(key)), text, strlen(text)));
}

/* Ours, and nobody else can write it. */
static bool is_private(int fd, mode_t type, struct stat *st)
{
	return fstat(fd, st) == 0 && (st->st_mode & S_IFMT) == type && st->st_uid == geteuid() &&
	       !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static const char *string_at(const char **at, uint32_t len)
{
	const char *s = len ? *at : NULL;

	*at += len;
	return s;
}

static size_t align8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

/* Whether the mapped file is a whole one for this key and text; fills out from it. */
static bool read_entry(const char *map, size_t size, const char *key, const char *text,
	struct seccomp_program *out)
{
	struct head h;
	const char *at = map + sizeof(h);

	if (size < sizeof(h))
		return false;
	memcpy(&h, map, sizeof(h));
	size_t strings = sizeof(h) + (size_t)h.key_len + h.text_len + h.path_len + h.metadata_len;
	if (memcmp(h.magic, MAGIC, sizeof(h.magic)) != 0 || !h.n_insns ||
		h.n_insns > SECCOMP_INSNS_MOST ||
		size != align8(strings) + h.n_insns * sizeof(struct sock_filter))
		return false;
	if (h.key_len != strlen(key) + 1 || h.text_len != strlen(text) + 1 ||
		memcmp(at, key, h.key_len) != 0 || memcmp(at + h.key_len, text, h.text_len) != 0)
		return false;
	at += h.key_len + h.text_len;
	*out = (struct seccomp_program){
		.n = h.n_insns, .flags = h.flags, .notify = h.notify != 0
	};
	/* Strings end where their length says. */
	if ((h.path_len && at[h.path_len - 1]) ||
		(h.metadata_len && at[h.path_len + h.metadata_len - 1]))
		return false;
	out->listener_path = string_at(&at, h.path_len);
	out->listener_metadata = string_at(&at, h.metadata_len);
	out->v = (const struct sock_filter *)(map + align8(strings));
	return mix(MIX_START, out->v, out->n * sizeof(*out->v)) == h.sum;
}

static bool cache_find(int dir, const char *key, const char *text, struct seccomp_program *out)
{
	char name[32];
	struct stat st;

	file_name(key, text, name);
	own_fd fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || !is_private(fd, S_IFREG, &st) || st.st_size <= 0 ||
		st.st_size > TEXT_MOST * 2)
		return false;
	size_t size = (size_t)st.st_size;
	/* MAP_POPULATE: a handful of pages, all of which are read. */
	void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (map == MAP_FAILED)
		return false;
	if (!read_entry(map, size, key, text, out)) {
		munmap(map, size);
		return false;
	}
	out->memory = map;
	out->memory_size = size;
	return true;
}

static uint32_t length_of(const char *s)
{
	return s ? (uint32_t)strlen(s) + 1 : 0;
}

/* The cache is a help, not a duty: a full disk or a read-only directory is no reason to fail a start. */
static void cache_store(int dir, const char *key, const char *text, const struct seccomp_program *p)
{
	struct head h = {
		.key_len = length_of(key),
		.text_len = length_of(text),
		.path_len = length_of(p->listener_path),
		.metadata_len = length_of(p->listener_metadata),
		.n_insns = (uint32_t)p->n,
		.flags = p->flags,
		.notify = p->notify,
		.sum = mix(MIX_START, p->v, p->n * sizeof(*p->v)),
	};
	struct err ignored;
	char name[32];
	own_buf b = { 0 };

	memcpy(h.magic, MAGIC, sizeof(h.magic));
	buf_init(&b, TEXT_MOST * 2);
	buf_add(&b, &h, sizeof(h));
	buf_add(&b, key, h.key_len);
	buf_add(&b, text, h.text_len);
	buf_add(&b, p->listener_path, h.path_len);
	buf_add(&b, p->listener_metadata, h.metadata_len);
	buf_pad(&b, 0, align8(b.len) - b.len);
	buf_add(&b, p->v, p->n * sizeof(*p->v));
	file_name(key, text, name);
	if (buf_ok(&b))
		(void)fs_replace(dir, name, b.data, b.len, 0600, FS_NO_SYNC, &ignored);
}

int seccomp_get(int cache_dir, const char *text, struct seccomp_program *out, struct err *e)
{
	struct stat st;
	bool cached =
		cache_dir >= 0 && is_private(cache_dir, S_IFDIR, &st) && strlen(text) < TEXT_MOST;
	struct oci_seccomp profile;
	char key[256];

	*out = (struct seccomp_program){ 0 };
	make_key(key);
	if (cached && cache_find(cache_dir, key, text, out))
		return 0;
	own_arena a = arena_new();
	if (oci_seccomp_parse(a, text, strlen(text), &profile, e))
		return -1;
	if (str_empty(profile.default_action) && !profile.syscalls.n)
		return 0; /* an empty profile is none, as runc has it */
	if (seccomp_compile(&profile, out, e)) {
		seccomp_program_done(out);
		return -1;
	}
	if (cached)
		cache_store(cache_dir, key, text, out);
	return 0;
}

void seccomp_program_done(struct seccomp_program *p)
{
	/* The strings of a cache entry lie in the mapping, those of a fresh program are its own. */
	const char *first = p->memory, *end = first ? first + p->memory_size : NULL;

	if (p->listener_path && !(p->listener_path >= first && p->listener_path < end))
		free((void *)(uintptr_t)p->listener_path);
	if (p->listener_metadata && !(p->listener_metadata >= first && p->listener_metadata < end))
		free((void *)(uintptr_t)p->listener_metadata);
	if (p->memory)
		munmap(p->memory, p->memory_size);
	*p = (struct seccomp_program){ 0 };
}

int seccomp_install(const struct seccomp_program *p, int *listener, struct err *e)
{
	struct sock_fprog prog = { (unsigned short)p->n, (struct sock_filter *)(uintptr_t)p->v };
	unsigned flags = p->flags;

	*listener = -1;
	if (!p->n)
		return 0;
	if (fault_point("seccomp.install", e))
		return -1;
	if (p->notify)
		flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	else
		flags &= ~(unsigned)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	/* Both tell by their result, so the kernel wants to know which is meant. */
	if (p->notify && (flags & SECCOMP_FILTER_FLAG_TSYNC))
		flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
	long rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	if (rc < 0)
		return err_sys(e, "error loading seccomp filter");
	if (p->notify)
		*listener = (int)rc;
	else if (rc > 0)
		return err_set(e, ERR_INTERNAL,
			"error loading seccomp filter: thread %ld cannot take it", rc);
	return 0;
}
