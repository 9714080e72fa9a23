/* SPDX-License-Identifier: Apache-2.0 */
/* Stop, kill and restart: signals, and waiting for what they do. */
#include <inttypes.h>
#include <signal.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/slice.h"
#include "engine_int.h"
#include "persist.h"
#include "signal_ctr.h"
#include "start.h"
#include "sys/signals.h"
#include "wait_int.h"

#define STOP_TIMEOUT_S 10
#define KILL_WAIT_MS   10000

static int stop_signal(const struct container *c, const char *wanted, int *out, struct err *e)
{
	const char *text = !str_empty(wanted) ? wanted : c->config.stop_signal;

	if (str_empty(text)) {
		*out = SIGTERM;
		return 0;
	}
	if (signal_parse(text, out, e))
		return err_set(e, ERR_INVALID, "Invalid signal: %s", text);
	return 0;
}

/*
 * Marks c as stopped by hand, so that no policy starts it again. A container between two restarts ends here: true.
 * With the verb lock held.
 */
static bool hold_down(struct engine *eng, struct container *c)
{
	(void)eng;
	pthread_mutex_lock(&c->lock);
	bool was_restarting = c->life.state == CTR_RESTARTING;
	c->life.was_stopped_by_hand = c->life.exit_on_next = true;
	if (was_restarting) {
		c->life.state = CTR_EXITED;
		waits_exited(c);
	}
	pthread_mutex_unlock(&c->lock);
	if (was_restarting)
		persist_state(c);
	return was_restarting;
}

int ctr_signal(struct engine *eng, struct container *c, int sig, struct err *e)
{
	own_arena a = arena_new();
	struct monitor *m;

	if (monitor_connect(c->run_dir, &m, e))
		return -1;
	int rc = monitor_signal(m, sig, e);
	monitor_close(m);
	if (rc)
		return -1;
	struct ctr_life l = ctr_life(c);
	if (l.state == CTR_PAUSED && (sig == SIGKILL || sig == SIGTERM)) {
		struct err frozen;

		if (ctr_thaw(eng, c, &frozen)) /* or the signal would wait for ever */
			log_warn("ctr %s: %s, ignoring", c->id, frozen.msg);
	}
	ctr_event_with(eng, c, "kill", "signal", arena_printf(a, "%d", sig));
	return 0;
}

static int timeout_ms(int64_t seconds)
{
	if (seconds < 0)
		return -1;
	return seconds > INT32_MAX / 1000 ? INT32_MAX : (int)seconds * 1000;
}

/* Signals, waits, kills. w waits for the exit already. */
static int stop_and_wait(struct engine *eng, struct container *c, struct engine_wait *w, int sig,
	int wait_ms, struct err *e)
{
	int rc;

	if (ctr_signal(eng, c, sig, e) && e->kind != ERR_NOT_FOUND && e->kind != ERR_CONFLICT)
		return err_in(e, "cannot stop container: %s", c->id);
	rc = wait_for(w, wait_ms, e);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	log_info("ctr %s: did not stop in time, killing it", c->id);
	if (ctr_signal(eng, c, SIGKILL, e) && e->kind != ERR_NOT_FOUND && e->kind != ERR_CONFLICT)
		return err_in(e, "cannot stop container: %s", c->id);
	rc = wait_for(w, KILL_WAIT_MS, e);
	if (rc > 0)
		return 0;
	return rc < 0 ? -1
		      : err_set(e, ERR_INTERNAL,
				"cannot stop container: %s: tried to kill container, but did not receive "
				"an exit event",
				c->id);
}

int ctr_kill_and_wait(struct engine *eng, struct container *c, struct err *e)
{
	/* Under one lock, or the exit waited for may be one that the restart policy makes up for. */
	pthread_mutex_lock(&c->verb);
	struct engine_wait *w = wait_begin(c, WAIT_NOT_RUNNING, e);
	bool ended = w && hold_down(eng, c);
	pthread_mutex_unlock(&c->verb);
	if (!w)
		return -1;
	int rc = ended ? 0 : stop_and_wait(eng, c, w, SIGKILL, KILL_WAIT_MS, e);
	engine_wait_free(w);
	return rc;
}

/* Stops a container that may be stopped now; the verb lock is not held while waiting. */
static int stop(struct engine *eng, struct container *c, const char *name,
	const struct engine_stop *s, struct err *e)
{
	int sig;
	int64_t seconds = s->has_timeout	   ? s->timeout_s
			  : c->config.stop_timeout ? *c->config.stop_timeout
						   : STOP_TIMEOUT_S;

	if (stop_signal(c, s->signal, &sig, e))
		return -1;
	pthread_mutex_lock(&c->verb);
	pthread_mutex_lock(&c->lock);
	int refused = ctr_allow(c, CTR_STOP, name, e);
	pthread_mutex_unlock(&c->lock);
	struct engine_wait *w = refused ? NULL : wait_begin(c, WAIT_NOT_RUNNING, e);
	bool ended = w && hold_down(eng, c);
	pthread_mutex_unlock(&c->verb);
	if (!w)
		return -1;
	int rc = ended ? 0 : stop_and_wait(eng, c, w, sig, timeout_ms(seconds), e);
	engine_wait_free(w);
	if (rc == 0)
		ctr_event(eng, c, "stop", NULL);
	return rc;
}

int engine_stop(struct engine *eng, const char *name, const struct engine_stop *s, struct err *e)
{
	own_ctr c = registry_find(eng->registry, name, e);

	return c ? stop(eng, c, name, s, e) : -1;
}

int engine_restart(struct engine *eng, const char *name, const struct engine_stop *s, struct err *e)
{
	own_ctr c = registry_find(eng->registry, name, e);

	if (!c)
		return -1;
	if (stop(eng, c, name, s, e) && e->kind != ERR_NOT_MODIFIED)
		return err_in(e, "Cannot restart container %s", name);
	own_lock verb = lock_take(&c->verb);
	pthread_mutex_lock(&c->lock);
	int refused = ctr_allow(c, CTR_START, name, e);
	pthread_mutex_unlock(&c->lock);
	if (refused && e->kind == ERR_NOT_MODIFIED)
		return 0; /* somebody else started it meanwhile */
	if (refused || ctr_start(eng, c, e))
		return err_in(e, "Cannot restart container %s", name);
	ctr_event(eng, c, "restart", NULL);
	return 0;
}

int engine_kill(struct engine *eng, const char *name, const char *signal, struct err *e)
{
	int sig = SIGKILL;
	own_ctr c = registry_find(eng->registry, name, e);

	if (!c)
		return -1;
	if (!str_empty(signal) && signal_parse(signal, &sig, e))
		return err_set(e, ERR_INVALID, "Invalid signal: %s", signal);
	own_lock verb = lock_take(&c->verb);
	pthread_mutex_lock(&c->lock);
	int refused = ctr_allow(c, CTR_KILL, name, e);
	pthread_mutex_unlock(&c->lock);
	if (refused)
		return -1;
	int stops;
	struct err unused;
	if (stop_signal(c, NULL, &stops, &unused))
		stops = SIGTERM;
	if (str_empty(c->config.stop_signal) || sig == stops || sig == SIGKILL) {
		if (hold_down(eng, c))
			return 0;
	} else {
		pthread_mutex_lock(&c->lock);
		c->life.was_stopped_by_hand = true;
		pthread_mutex_unlock(&c->lock);
	}
	if (ctr_signal(eng, c, sig, e) == 0)
		return 0;
	if (e->kind == ERR_NOT_FOUND || e->kind == ERR_CONFLICT)
		return err_set(e, ERR_CONFLICT,
			"cannot kill container: %s: container %s is not running", name, c->id);
	return err_in(e, "cannot kill container: %s", name);
}
