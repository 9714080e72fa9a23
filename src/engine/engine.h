/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: what a container is and what may be done to it when. Opened once by the daemon; every
 * other function of this room takes it and may be called from any thread. Functions block until their
 * work is done and answer with typed structs whose memory lies in the caller's arena; they know no
 * HTTP and no JSON text. Error texts are Docker's, kinds are those of base/err.h.
 *
 * Wherever a function takes `name`, it is looked up as Docker does (feature row B16): full id, then name
 * (a leading '/' is allowed), then unique id prefix. Unknown: ERR_NOT_FOUND "No such container: x";
 * ambiguous: ERR_INVALID "multiple IDs found with provided prefix: x".
 */
#ifndef TARE_ENGINE_ENGINE_H
#define TARE_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"

struct engine;
struct image_store;
struct net;

/* All texts are copied; images and net stay the daemon's and outlive the engine. */
struct engine_config {
	const char *data_root; /* containers/ and volumes/ are made below it */
	const char *exec_root; /* c/, runtime/, seccomp/ are made below it */
	const char
		*monitor; /* paths of the programs; NULL: beside this one, else ../libexec/tare */
	const char *runtime;
	const char *init;
	const char *cgroup_parent; /* NULL: "/docker", with systemd "system.slice" */
	bool systemd_cgroup;	   /* containers' groups are made by systemd */
	struct image_store *images;
	struct net *net;
};

/*
 * Makes the folders, starts the thread that watches monitors. Nothing is read yet: engine_restore does.
 * *e on failure; the caller closes with engine_close.
 */
struct engine *engine_open(const struct engine_config *c, struct err *e);
/*
 * Reads containers/, finds those that still run (their monitor answers), settles those that ended or
 * were lost while nobody looked, removes half-made ones. Restart policies are carried out by
 * engine_restart_policies, after the daemon listens. A container that cannot be read is logged and skipped.
 */
int engine_restore(struct engine *eng, struct err *e);
/* Starts what restart policies want started after a daemon start (always; unless-stopped unless it was). */
void engine_restart_policies(struct engine *eng);
/* Stops watching and frees all. Containers keep running. NULL is fine. */
void engine_close(struct engine *eng);

struct engine_counts {
	uint32_t total;
	uint32_t running;
	uint32_t paused;
	uint32_t stopped;
	uint32_t event_listeners;
};

void engine_get_counts(struct engine *eng, struct engine_counts *out);

/*
 * Whether a container is made from image_id ("sha256:…"); a running one is preferred. out_id (may be NULL)
 * gets its full id, *is_running whether it runs. For rmi and image prune; arg is the engine, so that it
 * fits a callback.
 */
bool engine_image_in_use(
	void *arg, const char *image_id, char out_id[ID_HEX + 1], bool *is_running);

/*
 * All containers as users of images, in a: what image_remove wants to know. Waits until those that were removed last hold no
 * layer any more.
 */
struct image_users;
void engine_image_users(struct engine *eng, struct arena *a, struct image_users *out);

/* The runtimes a container may name, for info: "io.containerd.runc.v2", "runc", "tare". */
extern const char *const engine_runtimes[];

#endif
