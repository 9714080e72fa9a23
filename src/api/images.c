/* SPDX-License-Identifier: Apache-2.0 */
/* Images: list, inspect, history, tag, delete. Loading is in image_load.c. */
#include "image/image.h"

#include <string.h>

#include "base/clock.h"
#include "base/slice.h"
#include "engine/events.h"
#include "engine/inspect.h"
#include "images.h"
#include "oci/platform.h"
#include "routes.h"
#include "write.h"

static int64_t seconds(int64_t ns)
{
	return ns == CLOCK_NEVER ? 0 : ns / 1000000000;
}

/* Before 1.43 no digests were null, and an image without a name had two placeholders. */
static void write_names(const struct call *c, struct jsonw *w, const struct image_summary *s)
{
	static const char *no_tag[] = { "<none>:<none>" }, *no_digest[] = { "<none>@<none>" };
	struct str_list tags = s->repo_tags, digests = s->repo_digests;

	if (c->version >= API_V(1, 43)) {
		write_list_or_empty(w, "RepoDigests", &digests);
		write_list_or_empty(w, "RepoTags", &tags);
		return;
	}
	if (tags.n == 0 && digests.n == 0) {
		tags = (struct str_list){ no_tag, 1 };
		digests = (struct str_list){ no_digest, 1 };
	}
	write_list(w, "RepoDigests", &digests);
	write_list(w, "RepoTags", &tags);
}

void images_write_summary(const struct call *c, struct jsonw *w, const struct image_summary *s)
{
	jsonw_obj(w);
	jsonw_ki64(w, "Containers", s->n_containers);
	jsonw_ki64(w, "Created", seconds(s->created_ns));
	jsonw_kstr(w, "Id", s->id);
	write_map(w, "Labels", &s->labels);
	jsonw_kstr(w, "ParentId", s->parent);
	write_names(c, w, s);
	jsonw_ki64(w, "SharedSize", s->shared_bytes);
	jsonw_ki64(w, "Size", s->size_bytes);
	if (c->version < API_V(1, 44))
		jsonw_ki64(w, "VirtualSize", s->size_bytes);
	jsonw_obj_end(w);
}

/* The last value of a filter that takes one, or NULL. */
static const char *one_of(const struct filters *f, const char *name)
{
	const struct str_list *l = filters_get(f, name);

	return l && l->n ? l->v[l->n - 1] : NULL;
}

static int parse_until(const struct call *c, const char *text, int64_t *out, struct err *e)
{
	struct call with = *c;
	struct http_param param = { "until", text };

	with.query = (struct http_query){ &param, 1 };
	return call_time(&with, "until", out, e);
}

static int parse_query(struct call *c, struct image_query *q, bool *dangling, struct err *e)
{
	static const char *const allowed[] = { "dangling", "label", "before", "since", "reference",
		"until", NULL };
	struct filters f;

	if (call_filters(c, &f, e) || filters_check(&f, allowed, e))
		return -1;
	*q = (struct image_query){ .all = call_bool(c, "all") };
	if (filters_get(&f, "before"))
		q->before = *filters_get(&f, "before");
	if (filters_get(&f, "since"))
		q->since = *filters_get(&f, "since");
	q->with_shared_size = c->version >= API_V(1, 42) && call_bool(c, "shared-size");
	if (filters_get(&f, "reference"))
		q->references = *filters_get(&f, "reference");
	if (filters_get(&f, "label"))
		q->labels = *filters_get(&f, "label");
	if (c->version < API_V(1, 41) && *call_param(c, "filter"))
		str_list_add(c->arena, &q->references, call_param(c, "filter"));
	if (filters_get(&f, "dangling")) {
		if (filters_bool(&f, "dangling", false, dangling, e))
			return -1;
		q->dangling = dangling;
	}
	return one_of(&f, "until") ? parse_until(c, one_of(&f, "until"), &q->until_ns, e) : 0;
}

int image_get_list(struct call *c, struct err *e)
{
	struct image_summary_list list;
	struct image_query q;
	bool dangling;
	struct jsonw w;
	own_buf body = { 0 };

	if (parse_query(c, &q, &dangling, e) ||
		image_list(c->api->config.images, c->arena, &q, &list, e))
		return -1;
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	jsonw_arr(&w);
	for (size_t i = 0; i < list.n; i++)
		images_write_summary(c, &w, &list.v[i]);
	jsonw_arr_end(&w);
	return call_reply(c, 200, &body);
}

/* Config as of API 1.50: what is not set is left out. */
static void write_config(struct jsonw *w, const struct oci_image_run *r)
{
	jsonw_key(w, "Config");
	jsonw_obj(w);
	write_str_if(w, "User", r->user);
	write_set(w, "ExposedPorts", &r->exposed_ports);
	if (r->env.n)
		write_list(w, "Env", &r->env);
	if (r->entrypoint.n)
		write_list(w, "Entrypoint", &r->entrypoint);
	if (r->cmd.n)
		write_list(w, "Cmd", &r->cmd);
	if (r->healthcheck) {
		jsonw_key(w, "Healthcheck");
		bind_encode(w, oci_healthcheck_fields, r->healthcheck);
	}
	if (r->args_escaped)
		jsonw_kbool(w, "ArgsEscaped", true);
	write_set(w, "Volumes", &r->volumes);
	write_str_if(w, "WorkingDir", r->working_dir);
	if (r->labels.n)
		write_map(w, "Labels", &r->labels);
	write_str_if(w, "StopSignal", r->stop_signal);
	if (r->on_build.n)
		write_list(w, "OnBuild", &r->on_build);
	if (r->shell.n)
		write_list(w, "Shell", &r->shell);
	jsonw_obj_end(w);
}

/* Before 1.50 it was a whole ContainerConfig. */
static void write_old_config(struct jsonw *w, const struct oci_image_run *r)
{
	struct container_config config = { .user = r->user,
		.exposed_ports = r->exposed_ports,
		.env = r->env,
		.cmd = r->cmd,
		.args_escaped = r->args_escaped,
		.volumes = r->volumes,
		.working_dir = r->working_dir,
		.entrypoint = r->entrypoint,
		.on_build = r->on_build,
		.labels = r->labels,
		.stop_signal = r->stop_signal,
		.shell = r->shell };
	struct health_config health;

	if (r->healthcheck) {
		health = (struct health_config){ r->healthcheck->test, r->healthcheck->interval,
			r->healthcheck->timeout, r->healthcheck->start_period,
			r->healthcheck->start_interval, r->healthcheck->retries };
		config.healthcheck = &health;
	}
	jsonw_key(w, "Config");
	bind_encode(w, container_config_fields, &config);
}

static void write_layers(struct jsonw *w, const struct image_info *info)
{
	jsonw_key(w, "GraphDriver");
	jsonw_obj(w);
	write_map(w, "Data", &info->graph_data);
	jsonw_kstr(w, "Name", IMAGE_DRIVER);
	jsonw_obj_end(w);
	jsonw_key(w, "RootFS");
	jsonw_obj(w);
	jsonw_kstr(w, "Type", "layers");
	if (info->config.rootfs.diff_ids.n)
		write_list(w, "Layers", &info->config.rootfs.diff_ids);
	jsonw_obj_end(w);
	jsonw_key(w, "Metadata");
	jsonw_obj(w);
	jsonw_key(w, "LastTagTime");
	if (info->last_tag_ns == CLOCK_NEVER) {
		jsonw_str(w, "0001-01-01T00:00:00Z");
	} else {
		char text[CLOCK_TEXT];

		jsonw_str(w, clock_rfc3339(text, info->last_tag_ns));
	}
	jsonw_obj_end(w);
}

static void write_created(const struct call *c, struct jsonw *w, int64_t ns)
{
	char text[CLOCK_TEXT];

	if (ns != CLOCK_NEVER)
		jsonw_kstr(w, "Created", clock_rfc3339(text, ns));
	else if (c->version < API_V(1, 44))
		jsonw_kstr(w, "Created", "0001-01-01T00:00:00Z");
}

/* Gone since 1.45. A config that is not understood shows as an empty one. */
static void write_container(const struct call *c, struct jsonw *w, const struct image_info *info)
{
	struct container_config config = { 0 };
	const char *text = info->container_config;
	struct err none;
	own_json doc = text ? json_parse(text, strlen(text), &none) : NULL;

	if (c->version >= API_V(1, 45))
		return;
	write_str_if(w, "Container", info->container);
	if (doc && bind_decode(c->arena, doc, container_config_fields, &config, &none))
		config = (struct container_config){ 0 };
	jsonw_key(w, "ContainerConfig");
	bind_encode(w, container_config_fields, &config);
}

static void write_inspect(const struct call *c, struct jsonw *w, const struct image_info *info)
{
	const struct oci_image_config *config = &info->config;

	jsonw_obj(w);
	jsonw_kstr(w, "Id", info->id);
	write_list_or_empty(w, "RepoTags", &info->repo_tags);
	write_list_or_empty(w, "RepoDigests", &info->repo_digests);
	jsonw_kstr(w, "Parent", info->parent);
	jsonw_kstr(w, "Comment", info->comment);
	write_created(c, w, info->created_ns);
	write_container(c, w, info);
	jsonw_kstr(w, "DockerVersion", info->docker_version);
	jsonw_kstr(w, "Author", config->author);
	if (c->version < API_V(1, 50))
		write_old_config(w, &config->config);
	else
		write_config(w, &config->config);
	jsonw_kstr(w, "Architecture", config->architecture);
	write_str_if(w, "Variant", config->variant);
	jsonw_kstr(w, "Os", config->os);
	write_str_if(w, "OsVersion", config->os_version);
	jsonw_ki64(w, "Size", info->size_bytes);
	if (c->version < API_V(1, 44))
		jsonw_ki64(w, "VirtualSize", info->size_bytes);
	write_layers(w, info);
	jsonw_obj_end(w);
}

/* {"os":…,"architecture":…} of a parameter; *out is NULL when there is none. */
int images_platform(
	struct call *c, const char *key, uint32_t since, struct oci_platform **out, struct err *e)
{
	const char *text = call_param(c, key);
	own_json doc = NULL;

	*out = NULL;
	if (*text == '\0' || c->version < since)
		return 0;
	doc = json_parse(text, strlen(text), e);
	if (!doc)
		return err_in(e, "failed to parse platform");
	*out = ARENA_NEW(c->arena, struct oci_platform);
	if (bind_decode(c->arena, doc, oci_platform_fields, *out, e))
		return err_in(e, "failed to parse platform");
	if (str_empty((*out)->os) || str_empty((*out)->architecture))
		return err_set(e, ERR_INVALID, "both OS and Architecture must be provided");
	oci_platform_normalize(*out);
	return 0;
}

/* An image has one platform here; asking for another finds nothing. */
int images_check_platform(const struct image_info *info, const char *name,
	const struct oci_platform *want, struct err *e)
{
	struct oci_platform have = { .os = info->config.os,
		.architecture = info->config.architecture,
		.variant = info->config.variant };

	oci_platform_normalize(&have);
	if (!want || oci_platform_same(want, &have))
		return 0;
	return err_set(e, ERR_NOT_FOUND,
		"image with reference %s was found but does not provide the specified platform (%s/%s%s%s)",
		name, want->os, want->architecture, str_empty(want->variant) ? "" : "/",
		want->variant ? want->variant : "");
}

int image_get(struct call *c, struct err *e)
{
	struct oci_platform *want;
	struct image_info info;
	const char *id;
	struct jsonw w;
	own_buf body = { 0 };

	if (images_platform(c, "platform", API_V(1, 49), &want, e))
		return -1;
	if (want && call_bool(c, "manifests"))
		return err_set(e, ERR_INVALID,
			"conflicting options: manifests and platform options cannot both be set");
	if (image_resolve(c->api->config.images, c->arena, c->id, &id, e) ||
		image_inspect(c->api->config.images, c->arena, id, &info, e) ||
		images_check_platform(&info, c->id, want, e))
		return -1;
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	write_inspect(c, &w, &info);
	return call_reply(c, 200, &body);
}

int image_get_history(struct call *c, struct err *e)
{
	struct image_history history;
	struct oci_platform *want;
	struct image_info info;
	const char *id;
	struct jsonw w;
	own_buf body = { 0 };

	if (images_platform(c, "platform", API_V(1, 48), &want, e) ||
		image_resolve(c->api->config.images, c->arena, c->id, &id, e) ||
		image_inspect(c->api->config.images, c->arena, id, &info, e) ||
		images_check_platform(&info, c->id, want, e) ||
		image_history(c->api->config.images, c->arena, id, &history, e))
		return -1;
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	jsonw_arr(&w);
	for (size_t i = 0; i < history.n; i++) {
		const struct image_history_row *row = &history.v[i];

		jsonw_obj(&w);
		jsonw_kstr(&w, "Comment", row->comment);
		jsonw_ki64(&w, "Created", seconds(row->created_ns));
		jsonw_kstr(&w, "CreatedBy", row->created_by);
		jsonw_kstr(&w, "Id", row->id);
		jsonw_ki64(&w, "Size", row->size_bytes);
		write_list(&w, "Tags", &row->tags);
		jsonw_obj_end(&w);
	}
	jsonw_arr_end(&w);
	return call_reply(c, 200, &body);
}

static void publish(struct call *c, const char *action, const char *id, const char *name,
	const struct str_map *labels)
{
	struct str_map attributes = { 0 };

	for (size_t i = 0; i < labels->n; i++)
		str_map_set(c->arena, &attributes, labels->keys[i], labels->v[i]);
	if (!str_empty(name))
		str_map_set(c->arena, &attributes, "name", name);
	engine_publish(c->api->config.engine, "image", action, id, &attributes);
}

void images_publish(struct call *c, const char *action, const char *id, const char *name)
{
	struct str_map labels = { 0 };
	struct err none;

	(void)image_labels(c->api->config.images, c->arena, id, &labels, &none);
	publish(c, action, id, name, &labels);
}

int image_post_tag(struct call *c, struct err *e)
{
	const char *id, *name;

	if (*call_param(c, "repo") == '\0')
		return err_set(e, ERR_INVALID, "invalid reference format");
	if (image_resolve(c->api->config.images, c->arena, c->id, &id, e) ||
		image_tag(c->api->config.images, c->arena, id, call_param(c, "repo"),
			call_param(c, "tag"), &name, e))
		return -1;
	images_publish(c, "tag", id, name);
	return call_reply_empty(c, 201);
}

void images_write_removed(struct call *c, struct jsonw *w, const struct image_removed_list *list)
{
	static const struct str_map none;

	jsonw_arr(w);
	for (size_t i = 0; i < list->n; i++) {
		const struct image_removed *r = &list->v[i];

		if (r->untagged)
			publish(c, "untag", r->image_id, r->image_id, &r->labels);
		else if (r->is_image)
			publish(c, "delete", r->deleted, r->deleted, &none);
		jsonw_obj(w);
		write_str_if(w, "Untagged", r->untagged);
		write_str_if(w, "Deleted", r->deleted);
		jsonw_obj_end(w);
	}
	jsonw_arr_end(w);
}

/* The platforms parameter of a removal: an image has one platform here, and must have the one that is asked for. */
static int check_platforms(struct call *c, struct err *e)
{
	struct oci_platform *want;
	struct image_info info;
	size_t n = 0;
	const char *id;

	for (size_t i = 0; i < c->query.n; i++)
		n += str_eq(c->query.v[i].key, "platforms") && *c->query.v[i].value;
	if (n > 1 && c->version >= API_V(1, 50))
		return err_set(e, ERR_INVALID, "multiple platforms are not supported");
	if (images_platform(c, "platforms", API_V(1, 50), &want, e))
		return -1;
	if (!want)
		return 0;
	return image_resolve(c->api->config.images, c->arena, c->id, &id, e) ||
			       image_inspect(c->api->config.images, c->arena, id, &info, e)
		       ? -1
		       : images_check_platform(&info, c->id, want, e);
}

int image_delete(struct call *c, struct err *e)
{
	struct image_remove_opts opts = { .force = call_bool(c, "force"),
		.no_prune = call_bool(c, "noprune") };
	struct image_removed_list removed = { 0 };
	struct jsonw w;
	own_buf body = { 0 };
	int rc;

	if (slice_trim(slice_str(c->id)).n == 0)
		return err_set(e, ERR_INVALID, "image name cannot be blank");
	if (check_platforms(c, e))
		return -1;
	engine_image_users(c->api->config.engine, c->arena, &opts.users);
	rc = image_remove(c->api->config.images, c->arena, c->id, &opts, &removed, e);
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	images_write_removed(c, &w, &removed);
	return rc ? -1 : call_reply(c, 200, &body);
}
