/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container as later commands find it: ROOT/ID/state.json, and the status that follows from its process,
 * exec.fifo and freezer (doc/runtime.md).
 */
#ifndef TARE_RUNTIME_CONTAINER_H
#define TARE_RUNTIME_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "oci/runtime_spec.h"
#include "runtime.h"
#include "sys/cgroup.h"

#define CONTAINER_STATE	  "state.json"
#define CONTAINER_SECCOMP "seccomp.json"

enum container_status {
	CONTAINER_CREATING, /* only told to hooks */
	CONTAINER_CREATED,
	CONTAINER_RUNNING,
	CONTAINER_PAUSED,
	CONTAINER_STOPPED,
};

/* What state.json holds. */
struct container_record {
	const char *oci_version;
	const char *id;
	const char *bundle;  /* absolute */
	const char *rootfs;  /* absolute */
	const char *created; /* RFC 3339 */
	int32_t pid;
	uint64_t
		start_time; /* clock ticks since boot, field 22 of /proc/PID/stat: tells a reused pid */
	uint32_t namespaces;			 /* CLONE_NEW* the spec names: what exec joins */
	bool own_pid_ns;			 /* a new one: all processes end with init */
	const char *cgroup;			 /* cgroup_save's text; NULL: none */
	const char *personality;		 /* "LINUX32"; NULL: none */
	struct oci_memory_policy *memory_policy; /* NULL: none */
	const char *clos;			 /* resctrl directories; NULL: none */
	const char *clos_monitoring;
	bool made_clos;
	bool has_keyring; /* init is in a session keyring of its own */
	struct str_map annotations;
	struct oci_hook_list poststart;
	struct oci_hook_list poststop;
};

struct container {
	struct arena *arena;
	int dir; /* ROOT/ID */
	struct container_record record;
};

/* "created"; static storage. */
const char *container_status_name(enum container_status s);

/* runc's rule for names: "invalid container ID format", "container id cannot be empty". */
int container_check_id(const char *id, struct err *e);

/*
 * Makes ROOT/ID (and ROOT) and locks it. ERR_CONFLICT "container with given ID already exists". Returns
 * the directory's fd: closing it unlocks.
 */
int container_reserve(const struct runtime *rt, const char *id, struct err *e);
/* Removes ROOT/ID and all in it; missing is fine. */
int container_forget(const struct runtime *rt, const char *id, struct err *e);

enum container_lock { CONTAINER_NO_LOCK, CONTAINER_LOCK };

/*
 * Opens ROOT/ID and reads its record. With CONTAINER_LOCK waits until no other command changes it.
 * ERR_NOT_FOUND "container does not exist". *out: container_close.
 */
int container_open(const struct runtime *rt, const char *id, enum container_lock lock,
	struct container *out, struct err *e);
void container_close(struct container *c);
#define own_container __attribute__((cleanup(container_close))) struct container

/* The record in state.json's text; all it points to lies in a. ERR_INVALID. */
int container_parse(
	struct arena *a, const char *text, size_t n, struct container_record *out, struct err *e);
/* Writes state.json into dir. */
int container_save(int dir, const struct container_record *r, struct err *e);

/*
 * Start time of a process, for container_record. ERR_NOT_FOUND when it is gone or a zombie.
 */
int container_start_time(pid_t pid, uint64_t *out, struct err *e);
/* A pidfd of init, or -1 with ERR_NOT_FOUND when it has ended. */
int container_pidfd(const struct container *c, struct err *e);
enum container_status container_status(const struct container *c);
/* The group; ERR_NOT_FOUND when the container has none. */
struct cgroup *container_cgroup(const struct container *c, struct err *e);

/* The state as the runtime spec gives it to hooks, compact. */
void container_hook_state(
	const struct container_record *r, enum container_status s, pid_t pid, struct buf *out);

#endif
