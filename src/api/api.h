/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Docker dialect over http/: one table of routes, one file a resource. Handlers decode, call one
 * verb of the engine (or image, net), encode; nothing is decided here that another room knows better.
 */
#ifndef TARE_API_API_H
#define TARE_API_API_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "http/server.h"
#include "model/host_config.h"

#define API_VERSION	"1.50"
#define API_MIN_VERSION "1.24"
#define API_DOCKER	"28.2.2" /* the Docker release this dialect is that of */

struct engine;
struct image_store;
struct net;
struct registry_settings;

/* What the daemon's own options add to every container that does not say otherwise. */
struct api_defaults {
	struct log_config log; /* type "json-file" or "none" */
	struct ulimit_list ulimits;
	struct str_list dns, dns_options, dns_search;
	const char *runtime; /* NULL: none */
	bool init;
};

/* Everything is the daemon's and outlives the api; texts are not copied. */
struct api_config {
	struct engine *engine;
	struct image_store *images;
	struct net *net;
	const char *data_root;
	const char *engine_id;	   /* info's ID */
	const char *layer_program; /* NULL: beside this one */
	struct str_list labels;	   /* of the daemon */
	struct str_list warnings;  /* for info: about listeners and the like */
	struct api_defaults defaults;
	const struct registry_settings *registries;
	bool debug;
	bool systemd_cgroup; /* info's CgroupDriver */
	bool has_firewall;   /* false with --iptables=false */
};

struct api;

/* Copies the struct. The caller frees with api_free once no request is served any more. */
struct api *api_new(const struct api_config *c);
void api_free(struct api *a);
/* Changes what a reload may change; requests under way keep what they have seen. */
void api_set_debug(struct api *a, bool debug);
void api_set_registries(struct api *a, const struct registry_settings *registries);

/* The handler and refuse of http_server_spec; arg is the api. */
void api_serve(void *arg, struct http_request *rq);
void api_refuse(void *arg, struct http_request *rq, int status, const char *text);

#endif
