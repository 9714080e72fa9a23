/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a probe's result. No I/O. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/slice.h"
#include "health.h"
#include "model/copy.h"

#define MS	       1000000LL
#define SECOND	       1000000000LL
#define INTERVAL       (30 * SECOND)
#define START_INTERVAL (5 * SECOND)
#define RETRIES	       3

int health_check_config(const struct health_config *h, struct err *e)
{
	if (!h)
		return 0;
	const struct {
		const char *name;
		int64_t ns;
	} times[] = { { "Interval", h->interval_ns }, { "Timeout", h->timeout_ns },
		{ "StartPeriod", h->start_period_ns }, { "StartInterval", h->start_interval_ns } };

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		if (times[i].ns != 0 && times[i].ns < MS)
			return err_set(e, ERR_INVALID, "%s in Healthcheck cannot be less than 1ms",
				times[i].name);
	if (h->retries < 0)
		return err_set(e, ERR_INVALID, "Retries in Healthcheck cannot be negative");
	return 0;
}

static void inherit(int64_t *to, int64_t from)
{
	if (!*to)
		*to = from;
}

void health_inherit(
	struct arena *a, struct container_config *c, const struct oci_healthcheck *image)
{
	struct health_config *h = c->healthcheck;

	if (!image)
		return;
	if (!h)
		h = c->healthcheck = ARENA_NEW(a, struct health_config);
	if (!h->test.n)
		str_list_copy(a, &image->test, &h->test);
	inherit(&h->interval_ns, image->interval);
	inherit(&h->timeout_ns, image->timeout);
	inherit(&h->start_period_ns, image->start_period);
	inherit(&h->start_interval_ns, image->start_interval);
	inherit(&h->retries, image->retries);
}

bool health_is_checked(const struct container_config *c)
{
	return c->healthcheck && c->healthcheck->test.n &&
	       !str_eq(c->healthcheck->test.v[0], "NONE");
}

const char *health_status_name(enum health_status s)
{
	static const char *const names[] = { "none", "starting", "healthy", "unhealthy" };

	return names[s];
}

static void append(struct ctr_health *h, const struct health_entry *result)
{
	if (h->n == HEALTH_RESULTS) {
		free(h->results[0].output);
		memmove(h->results, h->results + 1, (HEALTH_RESULTS - 1) * sizeof(*h->results));
		h->n--;
	}
	h->results[h->n++] = *result;
}

/* While a container starts, failures count only once its start period is over. */
static bool counts(const struct ctr_health *h, const struct health_config *config, int64_t age_ns)
{
	return h->status != HEALTH_STARTING || age_ns >= config->start_period_ns;
}

bool health_take(struct ctr_health *h, const struct health_config *config,
	const struct health_entry *result, int64_t age_ns)
{
	enum health_status before = h->status;
	int64_t retries = config->retries ? config->retries : RETRIES;

	append(h, result);
	if (result->exit_code == 0) {
		h->streak = 0;
		h->status = HEALTH_HEALTHY;
	} else if (counts(h, config, age_ns) && ++h->streak >= retries) {
		h->status = HEALTH_UNHEALTHY;
	}
	return h->status != before;
}

int64_t health_interval(
	const struct ctr_health *h, const struct health_config *config, int64_t age_ns)
{
	if (h->status == HEALTH_STARTING && age_ns < config->start_period_ns)
		return config->start_interval_ns ? config->start_interval_ns : START_INTERVAL;
	return config->interval_ns ? config->interval_ns : INTERVAL;
}

static const char *time_text(struct arena *a, int64_t ns)
{
	char text[CLOCK_TEXT];

	return arena_strdup(a, clock_rfc3339(text, ns));
}

struct health *health_show(
	struct arena *a, const struct ctr_health *h, const struct container_config *c)
{
	struct health *out;

	if (!health_is_checked(c) || (h->status == HEALTH_NONE && h->n == 0))
		return NULL;
	out = ARENA_NEW(a, struct health);
	out->status = health_status_name(h->status);
	out->failing_streak = h->streak;
	out->log.v = arena_array(a, h->n ? h->n : 1, sizeof(*out->log.v));
	for (out->log.n = 0; out->log.n < h->n; out->log.n++) {
		const struct health_entry *from = &h->results[out->log.n];

		out->log.v[out->log.n] = (struct health_result){
			.start = time_text(a, from->start_ns),
			.end = time_text(a, from->end_ns),
			.exit_code = from->exit_code,
			.output = arena_strdup(a, from->output),
		};
	}
	return out;
}

static int64_t time_read(const char *text)
{
	int64_t ns;

	return text && clock_parse_rfc3339(slice_str(text), &ns) ? ns : CLOCK_NEVER;
}

void health_read(struct ctr_health *h, const struct health *from)
{
	size_t first;

	if (!from)
		return;
	for (enum health_status s = HEALTH_NONE; s <= HEALTH_UNHEALTHY; s++)
		if (str_eq(from->status, health_status_name(s)))
			h->status = s;
	h->streak = from->failing_streak;
	first = from->log.n > HEALTH_RESULTS ? from->log.n - HEALTH_RESULTS : 0;
	for (size_t i = first; i < from->log.n; i++)
		append(h, &(struct health_entry){
				  .start_ns = time_read(from->log.v[i].start),
				  .end_ns = time_read(from->log.v[i].end),
				  .exit_code = from->log.v[i].exit_code,
				  .output = strdup(
					  from->log.v[i].output ? from->log.v[i].output : ""),
			  });
}

void health_free(struct ctr_health *h)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->results[i].output);
	h->n = 0;
}
