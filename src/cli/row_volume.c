/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a volume, in volume ls and in system df. */
#include "base/unit.h"
#include "listing.h"
#include "rows.h"

static const struct json *member(void *self, const char *key)
{
	return json_get_ci(((const struct volume_row *)self)->volume, key);
}

static struct go_val text(void *self, const char *key)
{
	return go_str(json_str(member(self, key), ""));
}

/* Volumes of a cluster have columns of their own; others have none of it. */
static struct go_val cluster_text(void *self, const char *key)
{
	const struct json *cluster = member(self, "ClusterVolume");

	if (json_type(cluster) != JSON_OBJ)
		return go_str("N/A");
	return go_str(json_str(json_get_ci(json_get_ci(cluster, "Spec"), key), ""));
}

static struct go_val col_availability(void *self, struct arena *a, const struct slice *arg)
{
	return cluster_text(self, "Availability");
}

static struct go_val col_driver(void *self, struct arena *a, const struct slice *arg)
{
	return text(self, "Driver");
}

static struct go_val col_group(void *self, struct arena *a, const struct slice *arg)
{
	return cluster_text(self, "Group");
}

static struct go_val col_label(void *self, struct arena *a, const struct slice *arg)
{
	const char *key = arena_strndup(a, arg->p, arg->n);

	return go_str(json_str(json_get(member(self, "Labels"), key), ""));
}

static struct go_val col_labels(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(listing_labels(a, member(self, "Labels")));
}

static struct go_val col_links(void *self, struct arena *a, const struct slice *arg)
{
	const struct json *usage = member(self, "UsageData");
	int64_t n = json_i64(json_get_ci(usage, "RefCount"), 0);

	if (json_type(usage) != JSON_OBJ)
		return go_str("N/A");
	return go_str(arena_printf(a, "%lld", (long long)n));
}

static struct go_val col_mountpoint(void *self, struct arena *a, const struct slice *arg)
{
	return text(self, "Mountpoint");
}

static struct go_val col_name(void *self, struct arena *a, const struct slice *arg)
{
	return text(self, "Name");
}

static struct go_val col_scope(void *self, struct arena *a, const struct slice *arg)
{
	return text(self, "Scope");
}

static struct go_val col_size(void *self, struct arena *a, const struct slice *arg)
{
	const struct json *usage = member(self, "UsageData");
	char size[UNIT_TEXT];

	if (json_type(usage) != JSON_OBJ)
		return go_str("N/A");
	return go_str(arena_strdup(
		a, unit_size(size, (double)json_i64(json_get_ci(usage, "Size"), 0), 4)));
}

static struct go_val col_status(void *self, struct arena *a, const struct slice *arg)
{
	const struct json *cluster = member(self, "ClusterVolume");
	size_t n = json_len(json_get_ci(cluster, "PublishStatus"));

	if (json_type(cluster) != JSON_OBJ)
		return go_str("N/A");
	if (*json_str(json_get_ci(json_get_ci(cluster, "Info"), "VolumeID"), "") == '\0')
		return go_str("pending creation");
	if (n == 0)
		return go_str("created");
	return go_str(arena_printf(a, "in use (%zu node%s)", n, n == 1 ? "" : "s"));
}

static const struct go_method row_methods[] = {
	{ "Availability", "AVAILABILITY", col_availability, false },
	{ "Driver", "DRIVER", col_driver, false },
	{ "Group", "GROUP", col_group, false },
	{ "Label", NULL, col_label, true },
	{ "Labels", "LABELS", col_labels, false },
	{ "Links", "LINKS", col_links, false },
	{ "Mountpoint", "MOUNTPOINT", col_mountpoint, false },
	{ "Name", "VOLUME NAME", col_name, false },
	{ "Scope", "SCOPE", col_scope, false },
	{ "Size", "SIZE", col_size, false },
	{ "Status", "STATUS", col_status, false },
	{ 0 },
};
const struct go_type volume_row_type = { GO_OBJECT, "*formatter.volumeContext", NULL, NULL,
	row_methods };
