/* SPDX-License-Identifier: Apache-2.0 */
/* Merging an image's configuration into a container's, and dockerd's defaults. */
#include "defaults.h"

#include <unistd.h>

#include "base/slice.h"
#include "env_list.h"
#include "health.h"
#include "model/copy.h"

/* Adds those of from that are not in l. */
static void list_merge(struct arena *a, struct str_list *l, const struct str_list *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (!str_list_has(l, from->v[i]))
			str_list_add(a, l, from->v[i]);
}

static void text_merge(struct arena *a, const char **text, const char *from)
{
	if (str_empty(*text) && !str_empty(from))
		*text = arena_strdup(a, from);
}

/* An entrypoint given by the client drops the image's command; an empty one drops the image's entrypoint. */
static void command_merge(
	struct arena *a, struct container_config *c, const struct oci_image_run *image)
{
	if (!c->entrypoint.n) {
		if (!c->cmd.n)
			str_list_copy(a, &image->cmd, &c->cmd);
		if (!c->entrypoint.v)
			str_list_copy(a, &image->entrypoint, &c->entrypoint);
	}
	if (c->entrypoint.n == 1 && !*c->entrypoint.v[0])
		c->entrypoint = (struct str_list){ 0 };
}

void defaults_from_image(
	struct arena *a, struct container_config *c, const struct oci_image_run *image)
{
	text_merge(a, &c->user, image->user);
	text_merge(a, &c->working_dir, image->working_dir);
	text_merge(a, &c->stop_signal, image->stop_signal);
	list_merge(a, &c->exposed_ports, &image->exposed_ports);
	if (c->volumes.n)
		list_merge(a, &c->volumes, &image->volumes);
	else
		str_list_copy(a, &image->volumes, &c->volumes); /* inspect shows null then */
	env_add_missing(a, &c->env, &image->env);
	command_merge(a, c, image);
	for (size_t i = 0; i < image->labels.n; i++)
		if (!str_map_get(&c->labels, image->labels.keys[i]))
			str_map_set(a, &c->labels, image->labels.keys[i], image->labels.v[i]);
	health_inherit(a, c, image->healthcheck);
	if (!c->labels.keys)
		c->labels.keys = arena_alloc(a, sizeof(char *));
}

int defaults_command(struct arena *a, const struct container_config *c, const char **path,
	struct str_list *args, struct err *e)
{
	const struct str_list *parts[] = { &c->entrypoint, &c->cmd };

	*path = NULL;
	*args = (struct str_list){ .v = arena_alloc(a, sizeof(char *)) };
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < parts[i]->n; k++) {
			if (*path)
				str_list_add(a, args, parts[i]->v[k]);
			else
				*path = parts[i]->v[k];
		}
	}
	return *path ? 0 : err_set(e, ERR_INVALID, "no command specified");
}

static void text_default(const char **text, const char *value)
{
	if (str_empty(*text))
		*text = value;
}

void defaults_masked_paths(struct arena *a, struct str_list *out)
{
	static const char *const paths[] = { "/proc/asound", "/proc/acpi", "/proc/interrupts",
		"/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
		"/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
		"/sys/devices/virtual/powercap" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		str_list_add(a, out, paths[i]);
	for (long cpu = 0, n = sysconf(_SC_NPROCESSORS_CONF); cpu < n; cpu++) {
		const char *path =
			arena_printf(a, "/sys/devices/system/cpu/cpu%ld/thermal_throttle", cpu);

		if (access(path, F_OK) == 0)
			str_list_add(a, out, path);
	}
}

void defaults_readonly_paths(struct arena *a, struct str_list *out)
{
	static const char *const paths[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
		"/proc/sysrq-trigger" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		str_list_add(a, out, paths[i]);
}

void defaults_host(struct arena *a, struct host_config *h, bool private_cgroupns)
{
	text_default(&h->log_config.type, "json-file");
	if (!h->log_config.config.keys)
		h->log_config.config.keys = arena_alloc(a, sizeof(char *));
	text_default(&h->network_mode, "bridge");
	if (str_eq(h->network_mode, "default"))
		h->network_mode = "bridge";
	text_default(&h->restart_policy.name, "no");
	text_default(&h->ipc_mode, "private");
	text_default(&h->cgroupns_mode, h->privileged || !private_cgroupns ? "host" : "private");
	text_default(&h->runtime, "runc");
	text_default(&h->console_size, "[0,0]");
	if (!h->shm_size)
		h->shm_size = SHM_SIZE_DEFAULT;
	if (!h->port_bindings.keys)
		h->port_bindings.keys = arena_alloc(a, sizeof(char *));
	if (h->privileged)
		return;
	if (!h->masked_paths.v)
		defaults_masked_paths(a, &h->masked_paths);
	if (!h->readonly_paths.v)
		defaults_readonly_paths(a, &h->readonly_paths);
}
