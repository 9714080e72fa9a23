/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs share: the engine's parts. Fixed after engine_open, so reading needs no lock. */
#ifndef TARE_ENGINE_ENGINE_INT_H
#define TARE_ENGINE_ENGINE_INT_H

#include "container.h"
#include "engine/engine.h"
#include "event_bus.h"
#include "image/image.h"
#include "limits.h"
#include "net/net.h"
#include "registry.h"
#include "sys/cgroup.h"

struct watcher;
struct exec_table;
struct seccomp_texts;

struct engine {
	struct arena *arena; /* holds this struct and the texts */
	const char *data_root;
	const char *exec_root;
	const char *runtime_root; /* exec_root/runtime: tare-runtime's --root */
	const char *monitor;
	const char *runtime;
	const char *init;
	const char *cgroup_parent;
	bool systemd_cgroup;
	uint64_t caps_available;   /* the daemon's own: more cannot be given */
	struct limits_host limits; /* what this machine can limit */
	struct image_store *images;
	struct volume_store *volumes;
	struct net *net;
	struct cgroup_host *cgroups;
	struct registry *registry;
	struct event_bus *bus;
	struct watcher *watcher;
	struct exec_table *execs;
	struct seccomp_texts *seccomp;
};

/*
 * Publishes a container event: its labels, image and name become attributes, then extra's (may be NULL). Takes
 * c's lock: call without it.
 */
void ctr_event(
	struct engine *eng, struct container *c, const char *action, const struct str_map *extra);
/* The same with one extra attribute. */
void ctr_event_with(struct engine *eng, struct container *c, const char *action, const char *key,
	const char *value);

#endif
