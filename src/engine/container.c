/* SPDX-License-Identifier: Apache-2.0 */
/* The container object's memory, and the matrix of what may be done when. */
#include "container.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/slice.h"

static const char *const state_names[CTR_N_STATES] = {
	[CTR_CREATED] = "created",
	[CTR_RUNNING] = "running",
	[CTR_PAUSED] = "paused",
	[CTR_RESTARTING] = "restarting",
	[CTR_REMOVING] = "removing",
	[CTR_EXITED] = "exited",
	[CTR_DEAD] = "dead",
};

const char *ctr_state_name(enum ctr_state s)
{
	return state_names[s];
}

enum ctr_state ctr_state_find(const char *name)
{
	enum ctr_state s = 0;

	while (s < CTR_N_STATES && !str_eq(state_names[s], name))
		s++;
	return s;
}

bool ctr_state_runs(enum ctr_state s)
{
	return s == CTR_RUNNING || s == CTR_PAUSED || s == CTR_RESTARTING;
}

/* Why a verb is refused. {id}, {name} and {given} are filled in; text NULL: allowed. */
struct refusal {
	enum err_kind kind;
	const char *text;
};

#define REFUSE(kind, text)         \
	{                          \
		ERR_##kind, (text) \
	}
#define NOT_RUNNING REFUSE(CONFLICT, "container {id} is not running")
#define MARKED	    REFUSE(CONFLICT, "container is marked for removal and cannot be started")
#define RESTARTS \
	REFUSE(CONFLICT, "Container {given} is restarting, wait until the container is running")
#define REMOVING       REFUSE(CONFLICT, "removal of container {given} is already in progress")
#define NO_KILL	       REFUSE(CONFLICT, "cannot kill container: {given}: container {id} is not running")
#define NO_REMOVE(why) REFUSE(CONFLICT, "cannot remove container \"/{name}\": container is " why)
#define STOP_FIRST     ": stop the container before removing or force remove"
#define NOTHING_TO_DO  REFUSE(NOT_MODIFIED, "container {id} is already so")
#define NOT_PAUSED     REFUSE(INTERNAL, "Container {id} is not paused")

static const struct refusal refusals[CTR_N_STATES][CTR_N_VERBS] = {
	[CTR_CREATED] = {
		[CTR_STOP] = NOTHING_TO_DO,
		[CTR_KILL] = NO_KILL,
		[CTR_PAUSE] = NOT_RUNNING,
		[CTR_UNPAUSE] = NOT_PAUSED,
		[CTR_EXEC] = NOT_RUNNING,
		[CTR_RESIZE] = NOT_RUNNING,
	},
	[CTR_RUNNING] = {
		[CTR_START] = NOTHING_TO_DO,
		[CTR_UNPAUSE] = NOT_PAUSED,
		[CTR_REMOVE] = NO_REMOVE("running" STOP_FIRST),
	},
	[CTR_PAUSED] = {
		[CTR_START] = REFUSE(CONFLICT, "cannot start a paused container, try unpause instead"),
		[CTR_PAUSE] = REFUSE(CONFLICT, "Container {id} is already paused"),
		[CTR_ATTACH] = REFUSE(CONFLICT,
			"container {given} is paused, unpause the container before attach"),
		[CTR_EXEC] = REFUSE(CONFLICT,
			"Container {given} is paused, unpause the container before exec"),
		[CTR_REMOVE] = NO_REMOVE("paused and must be unpaused first"),
	},
	[CTR_RESTARTING] = {
		[CTR_PAUSE] = REFUSE(CONFLICT,
			"Container {id} is restarting, wait until the container is running"),
		[CTR_UNPAUSE] = NOT_PAUSED,
		[CTR_ATTACH] = REFUSE(CONFLICT,
			"container {given} is restarting, wait until the container is running"),
		[CTR_EXEC] = RESTARTS,
		[CTR_RESIZE] = NOT_RUNNING,
		[CTR_REMOVE] = NO_REMOVE("restarting" STOP_FIRST),
	},
	[CTR_REMOVING] = {
		[CTR_START] = MARKED,
		[CTR_STOP] = NOTHING_TO_DO,
		[CTR_KILL] = NO_KILL,
		[CTR_PAUSE] = NOT_RUNNING,
		[CTR_UNPAUSE] = NOT_PAUSED,
		[CTR_ATTACH] = NOT_RUNNING,
		[CTR_EXEC] = NOT_RUNNING,
		[CTR_RESIZE] = NOT_RUNNING,
		[CTR_RENAME] = REMOVING,
		[CTR_COMMIT] = REFUSE(CONFLICT,
			"You cannot commit container {id} which is being removed"),
		[CTR_EXPORT] = REFUSE(CONFLICT,
			"You cannot export container {id} which is being removed"),
		[CTR_REMOVE] = REMOVING,
		[CTR_FORCE_REMOVE] = REMOVING,
	},
	[CTR_EXITED] = {
		[CTR_STOP] = NOTHING_TO_DO,
		[CTR_KILL] = NO_KILL,
		[CTR_PAUSE] = NOT_RUNNING,
		[CTR_UNPAUSE] = NOT_PAUSED,
		[CTR_EXEC] = NOT_RUNNING,
		[CTR_RESIZE] = NOT_RUNNING,
	},
	[CTR_DEAD] = {
		[CTR_START] = MARKED,
		[CTR_STOP] = NOTHING_TO_DO,
		[CTR_KILL] = NO_KILL,
		[CTR_PAUSE] = NOT_RUNNING,
		[CTR_UNPAUSE] = NOT_PAUSED,
		[CTR_ATTACH] = NOT_RUNNING,
		[CTR_EXEC] = NOT_RUNNING,
		[CTR_RESIZE] = NOT_RUNNING,
		[CTR_RENAME] = REFUSE(CONFLICT, "container {id} is dead and cannot be renamed"),
		[CTR_COMMIT] = REFUSE(CONFLICT, "You cannot commit container {id} which is Dead"),
		[CTR_EXPORT] = REFUSE(CONFLICT, "You cannot export container {id} which is Dead"),
	},
};

/* Fills the {placeholders} of a refusal. */
static void fill_in(const struct container *c, const char *text, const char *given, struct buf *out)
{
	const struct {
		const char *tag, *value;
	} tags[] = { { "{id}", c->id }, { "{name}", c->name }, { "{given}", given } };

	while (*text) {
		size_t i = 0;

		while (i < 3 && !str_starts(text, tags[i].tag))
			i++;
		if (i < 3) {
			buf_str(out, tags[i].value ? tags[i].value : c->id);
			text += strlen(tags[i].tag);
		} else {
			buf_char(out, *text++);
		}
	}
}

int ctr_allow(const struct container *c, enum ctr_verb verb, const char *given, struct err *e)
{
	const struct refusal *r = &refusals[c->life.state][verb];

	if (!r->text)
		return 0;
	own_buf text = { 0 };
	buf_init(&text, ERR_MSG_MAX);
	fill_in(c, r->text, given, &text);
	return err_set(e, r->kind, "%s", text.data);
}

struct container *ctr_new(const char *id, const char *data_root, const char *exec_root)
{
	struct arena *a = arena_new();
	struct container *c = ARENA_NEW(a, struct container);

	c->arena = a;
	snprintf(c->id, sizeof(c->id), "%s", id);
	c->dir = arena_printf(a, "%s/containers/%s", data_root, id);
	c->run_dir = arena_printf(a, "%s/c/%s", exec_root, id);
	c->log_path = "";
	c->os = "linux";
	atomic_init(&c->refs, 1);
	pthread_mutex_init(&c->verb, NULL);
	pthread_mutex_init(&c->disk, NULL);
	pthread_mutex_init(&c->lock, NULL);
	c->life.started_ns = c->life.finished_ns = CLOCK_NEVER;
	list_init(&c->waits);
	list_init(&c->parked);
	return c;
}

struct container *ctr_ref(struct container *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void ctr_unref(struct container *c)
{
	if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	list_for_each (&c->parked, p, struct ctr_parked, link) {
		close(p->fd);
		free(p->early);
		free(p);
	}
	pthread_mutex_destroy(&c->verb);
	pthread_mutex_destroy(&c->disk);
	pthread_mutex_destroy(&c->lock);
	free(c->name);
	free(c->error);
	free(c->endpoints);
	health_free(&c->health);
	arena_free(c->arena);
}

void ctr_set_error(struct container *c, const char *text)
{
	free(c->error);
	c->error = text ? strdup(text) : NULL;
}

struct ctr_life ctr_life(struct container *c)
{
	own_lock guard = lock_take(&c->lock);

	return c->life;
}

const char *ctr_name(struct container *c, struct arena *a)
{
	own_lock guard = lock_take(&c->lock);

	return arena_strdup(a, c->name ? c->name : "");
}
