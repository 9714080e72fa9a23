/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who exists: containers by id, by name and by id prefix. Names are reserved before a container is
 * registered, so two creates cannot get the same one. Nothing blocks under the registry's lock.
 */
#ifndef TARE_ENGINE_REGISTRY_H
#define TARE_ENGINE_REGISTRY_H

#include "container.h"

struct registry;

struct registry *registry_new(void);
/* Drops its references. */
void registry_free(struct registry *r);

/* "Invalid container name (x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", ERR_INVALID. */
int registry_check_name(const char *name, struct err *e);
/*
 * Takes name (without '/') for container id, or with name NULL an invented one; the result lies in a. ERR_CONFLICT
 * with feature row B17's sentence when another has it.
 */
const char *registry_reserve(
	struct registry *r, struct arena *a, const char *name, const char *id, struct err *e);
/* Gives name back when it is id's. */
void registry_release(struct registry *r, const char *name, const char *id);
/*
 * Enters c, whose name is reserved, and takes a reference of its own. False when the id is known already.
 */
bool registry_add(struct registry *r, struct container *c);
/* Takes c and its name out; the registry's reference goes. */
void registry_remove(struct registry *r, struct container *c);
/* Renames c to a name reserved for its id before; the old one is released. Returns the old one in a. */
const char *registry_rename(
	struct registry *r, struct arena *a, struct container *c, const char *name);

/* Finds by feature row B16; the caller owns the reference. NULL with ERR_NOT_FOUND or ERR_INVALID. */
struct container *registry_find(struct registry *r, const char *name, struct err *e);
/* By full id only; NULL when there is none. */
struct container *registry_get(struct registry *r, const char *id);

/* References to all, in a, newest first; release with ctr_list_unref. */
struct ctr_list {
	struct container **v;
	size_t n;
};
void registry_all(struct registry *r, struct arena *a, struct ctr_list *out);
void ctr_list_unref(struct ctr_list *l);

#endif
