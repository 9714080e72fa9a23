/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a container, in ps and in system df. */
#include <string.h>

#include "base/unit.h"
#include "listing.h"
#include "oci/reference.h"
#include "ports.h"
#include "rows.h"

#define COMMAND_WIDTH 20
#define MOUNT_WIDTH   15

static const char *text(const struct container_row *r, const char *key)
{
	return json_str(json_get_ci(r->ctr, key), "");
}

static struct go_val col_command(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;
	const char *s = text(r, "Command");
	own_buf b = { 0 };

	if (r->trunc)
		s = listing_ellipsis(a, s, COMMAND_WIDTH);
	buf_init(&b, 1 << 20);
	go_quote(&b, slice_str(s));
	return go_str(arena_strndup(a, b.data, b.len));
}

static struct go_val col_created_at(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;

	return go_str(listing_local_time(a, json_i64(json_get_ci(r->ctr, "Created"), 0)));
}

static struct go_val col_id(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;

	return go_str(r->trunc ? listing_short_id(a, text(r, "Id")) : text(r, "Id"));
}

static struct go_val col_image(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;
	const char *image = text(r, "Image"), *id;
	struct oci_ref ref;
	struct err ignored;

	if (*image == '\0')
		return go_str("<no image>");
	if (!r->trunc)
		return go_str(image);
	id = listing_short_id(a, text(r, "ImageID"));
	if (str_eq(id, listing_short_id(a, image)))
		return go_str(id);
	if (oci_ref_parse(a, image, &ref, &ignored))
		return go_str(image);
	ref.digest = NULL;
	return go_str(oci_ref_familiar(a, &ref));
}

static struct go_val col_label(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;
	const char *key = arena_strndup(a, arg->p, arg->n);

	return go_str(json_str(json_get(json_get_ci(r->ctr, "Labels"), key), ""));
}

static struct go_val col_labels(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;

	return go_str(listing_labels(a, json_get_ci(r->ctr, "Labels")));
}

static struct go_val col_local_volumes(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;
	struct json *mounts = json_get_ci(r->ctr, "Mounts");
	int n = 0;

	for (size_t i = 0; i < json_len(mounts); i++)
		n += str_eq(json_str(json_get_ci(json_at(mounts, i), "Driver"), ""), "local");
	return go_str(arena_printf(a, "%d", n));
}

static struct go_val col_mounts(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;
	struct json *mounts = json_get_ci(r->ctr, "Mounts");
	own_buf b = { 0 };

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < json_len(mounts); i++) {
		struct json *m = json_at(mounts, i);
		const char *name = json_str(json_get_ci(m, "Name"), "");

		if (*name == '\0')
			name = json_str(json_get_ci(m, "Source"), "");
		if (r->trunc)
			name = listing_ellipsis(a, name, MOUNT_WIDTH);
		buf_fmt(&b, "%s%s", i ? "," : "", name);
	}
	return go_str(arena_strndup(a, b.data, b.len));
}

/* "/name" without its slash; truncated: the first that is no link's "a/b". */
static struct go_val col_names(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;
	struct json *names = json_get_ci(r->ctr, "Names");
	own_buf b = { 0 };

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < json_len(names); i++) {
		const char *name = json_str(json_at(names, i), "");

		name += *name != '\0';
		if (r->trunc && strchr(name, '/') == NULL)
			return go_str(name);
		buf_fmt(&b, "%s%s", i ? "," : "", name);
	}
	return go_str(arena_strndup(a, b.data, b.len));
}

static struct go_val col_networks(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;
	struct json *settings = json_get_ci(r->ctr, "NetworkSettings");
	own_buf b = { 0 };

	buf_init(&b, 1 << 20);
	for (struct json_iter it = json_iter(json_get_ci(settings, "Networks")); json_next(&it);)
		buf_fmt(&b, "%s%s", b.len ? "," : "", it.key);
	return go_str(arena_strndup(a, b.data, b.len));
}

static const struct go_field platform_fields[] = {
	{ "Architecture", "architecture", &go_string_type, 0 },
	{ "OS", "os", &go_string_type, 0 },
	{ "OSVersion", "os.version", &go_string_type, GO_OMITEMPTY },
	{ "OSFeatures", "os.features", &go_strings_type, GO_OMITEMPTY },
	{ "Variant", "variant", &go_string_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type platform_type = { GO_STRUCT, "formatter.Platform", NULL,
	platform_fields, NULL };
static const struct go_type platform_ptr = { GO_PTR, NULL, &platform_type, NULL, NULL };

static struct go_val col_platform(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;
	struct json *descriptor = json_get_ci(r->ctr, "ImageManifestDescriptor");

	return go_of(&platform_ptr, json_get_ci(descriptor, "platform"));
}

static struct go_val col_ports(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;

	return go_str(ports_display(a, json_get_ci(r->ctr, "Ports")));
}

static struct go_val col_running_for(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;

	return go_str(listing_ago(a, json_i64(json_get_ci(r->ctr, "Created"), 0)));
}

static struct go_val col_size(void *self, struct arena *a, const struct slice *arg)
{
	const struct container_row *r = self;
	int64_t rw = json_i64(json_get_ci(r->ctr, "SizeRw"), 0);
	int64_t whole = json_i64(json_get_ci(r->ctr, "SizeRootFs"), 0);
	char x[UNIT_TEXT], y[UNIT_TEXT];

	if (r->size_used)
		*r->size_used = true;
	if (whole <= 0 || r->no_virtual)
		return go_str(arena_strdup(a, unit_size(x, (double)rw, 3)));
	return go_str(arena_printf(
		a, "%s (virtual %s)", unit_size(x, (double)rw, 3), unit_size(y, (double)whole, 3)));
}

static struct go_val col_state(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(text(self, "State"));
}

static struct go_val col_status(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(text(self, "Status"));
}

static const struct go_method row_methods[] = {
	{ "Command", "COMMAND", col_command, false },
	{ "CreatedAt", "CREATED AT", col_created_at, false },
	{ "ID", "CONTAINER ID", col_id, false },
	{ "Image", "IMAGE", col_image, false },
	{ "Label", NULL, col_label, true },
	{ "Labels", "LABELS", col_labels, false },
	{ "LocalVolumes", "LOCAL VOLUMES", col_local_volumes, false },
	{ "Mounts", "MOUNTS", col_mounts, false },
	{ "Names", "NAMES", col_names, false },
	{ "Networks", "NETWORKS", col_networks, false },
	{ "Platform", "PLATFORM", col_platform, false },
	{ "Ports", "PORTS", col_ports, false },
	{ "RunningFor", "CREATED", col_running_for, false },
	{ "Size", "SIZE", col_size, false },
	{ "State", "STATE", col_state, false },
	{ "Status", "STATUS", col_status, false },
	{ 0 },
};
const struct go_type container_row_type = { GO_OBJECT, "*formatter.ContainerContext", NULL, NULL,
	row_methods };

const char *container_row_raw(struct arena *a, bool size)
{
	return arena_printf(a,
		"container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\n"
		"created_at: {{.CreatedAt}}\nstate: {{- pad .State 1 0}}\n"
		"status: {{- pad .Status 1 0}}\nnames: {{.Names}}\n"
		"labels: {{- pad .Labels 1 0}}\nports: {{- pad .Ports 1 0}}\n%s",
		size ? "size: {{.Size}}\\n" : "");
}
