/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container object and the matrix of its life: state × verb → next state, or the sentence that
 * refuses it. Nothing else in the engine decides what is allowed when.
 *
 * Two locks. `verb` serialises what changes the container and may be held for long (a start, the cleaning up
 * after an exit). `lock` guards the fields marked so and is held for moments. Order: verb, the registry's
 * lock, lock. What is marked fixed never changes once the container is registered.
 */
#ifndef TARE_ENGINE_CONTAINER_H
#define TARE_ENGINE_CONTAINER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/id.h"
#include "base/list.h"
#include "engine/engine.h"
#include "health.h"
#include "model/container.h"
#include "monitor/client.h"
#include "net/net.h"

enum ctr_state {
	CTR_CREATED,
	CTR_RUNNING,
	CTR_PAUSED,
	CTR_RESTARTING, /* ended; its restart policy starts it again soon */
	CTR_REMOVING,
	CTR_EXITED,
	CTR_DEAD, /* could not be removed completely */
	CTR_N_STATES
};

enum ctr_verb {
	CTR_START,
	CTR_STOP,
	CTR_KILL,
	CTR_PAUSE,
	CTR_UNPAUSE,
	CTR_ATTACH,
	CTR_EXEC,
	CTR_RESIZE,
	CTR_RENAME,
	CTR_COMMIT,
	CTR_EXPORT,
	CTR_REMOVE,
	CTR_FORCE_REMOVE,
	CTR_N_VERBS
};

/* "created" … as the API spells it. */
const char *ctr_state_name(enum ctr_state s);
/* CTR_N_STATES when unknown. */
enum ctr_state ctr_state_find(const char *name);
/* Docker counts paused and restarting containers as running. */
bool ctr_state_runs(enum ctr_state s);

/* One mount of a container. type bind, volume or tmpfs; paths are clean and absolute. */
struct ctr_mount {
	const char *type;
	const char *source; /* host path */
	const char *destination;
	const char *name;   /* of a volume */
	const char *driver; /* of a volume: "local" */
	const char *mode;   /* as given with -v */
	const char *propagation;
	bool rw;
	bool is_anonymous;  /* a volume that goes with the container */
	bool is_new;	    /* a volume this create made */
	bool is_taken_over; /* by --volumes-from: others may be mounted over it */
	bool no_copy;	    /* a new volume is not filled from the image */
	bool makes_source;  /* -v: a missing host directory is made */
	bool non_recursive;
	bool ro_top_only;    /* read-only, but not what is mounted below it */
	bool ro_forced;	     /* recursive read-only or fail */
	const char *options; /* of a tmpfs, comma-separated */
	struct mount spec;   /* as asked for with --mount; zeroed for -v */
};

struct ctr_mounts {
	struct ctr_mount *v;
	size_t n;
};

/* How it is in its life: plain, copied for snapshots (error apart). */
struct ctr_life {
	enum ctr_state state;
	pid_t pid; /* 0: no process */
	int64_t exit_code;
	bool oom_killed;
	int64_t started_ns; /* CLOCK_NEVER: never */
	int64_t finished_ns;
	int64_t restart_count;
	bool was_started;	  /* at least once */
	bool was_stopped_by_hand; /* stop or kill: unless-stopped stays down */
	bool exit_on_next;	  /* the next exit ends it whatever the restart policy says */
	uint32_t run;		  /* counts starts: tells a late report from a current one */
	uint32_t backoff_ms;	  /* of the last restart; 0: none yet */
};

/* A client waiting to be handed to the monitor at start. */
struct ctr_parked {
	struct list link;
	int fd;
	uint32_t flags;
	unsigned char keys[MONITOR_KEYS_MAX];
	size_t n_keys;
	void *early;
	size_t n_early;
};

struct container {
	/* fixed */
	struct arena *arena; /* holds this struct and all fixed members */
	char id[ID_HEX + 1];
	int64_t created_ns;
	struct container_config config;
	struct host_config host;
	struct endpoint_map wanted; /* networks asked for, by name */
	const char *image_id;	    /* "sha256:…" */
	const char *path;
	struct str_list args;
	const char *os;
	const char *dir;      /* data root: containers/<id> */
	const char *run_dir;  /* exec root: c/<id> */
	const char *log_path; /* "" without a file */
	const char *cgroup_path;
	struct ctr_mounts mounts;
	const char *rest;      /* members of config.v2.json we do not know, or NULL */
	const char *host_rest; /* the same of hostconfig.json */
	const char *net_rest;  /* the same of its NetworkSettings */
	bool was_found;	       /* on disk when this daemon started: not made by it */
	atomic_uint refs;

	pthread_mutex_t verb; /* one change at a time; first in the order */
	pthread_mutex_t disk; /* one writer of config.v2.json; between verb and lock */

	pthread_mutex_t lock; /* guards all below; last in the order */
	char *name;	      /* without '/'; changed only with the registry's lock held too */
	char *error;	      /* of the last start, or NULL */
	struct ctr_life life;
	struct ctr_health health;
	struct net_sandbox sandbox;
	struct net_endpoint *endpoints; /* while plugged in */
	size_t n_endpoints;
	struct list waits;  /* struct engine_wait */
	struct list parked; /* struct ctr_parked */
};

/* A new container object with one reference; id, dirs and locks are set, all else is zero. */
struct container *ctr_new(const char *id, const char *data_root, const char *exec_root);
struct container *ctr_ref(struct container *c);
/* The last reference frees it and closes parked clients. NULL is fine. */
void ctr_unref(struct container *c);
static inline void ctr_cleanup(struct container **c)
{
	ctr_unref(*c);
}
#define own_ctr __attribute__((cleanup(ctr_cleanup))) struct container *

/* Replaces the error text; NULL clears it. With lock held. */
void ctr_set_error(struct container *c, const char *text);

/*
 * Whether verb is allowed now: 0, or Docker's refusal. given is what the client called the container.
 * With lock held.
 */
int ctr_allow(const struct container *c, enum ctr_verb verb, const char *given, struct err *e);

/* A consistent copy of the life; state decides nothing that happens after. */
struct ctr_life ctr_life(struct container *c);
/* The name now, copied into a. */
const char *ctr_name(struct container *c, struct arena *a);

#endif
