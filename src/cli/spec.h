/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The little languages inside options of run and create: what users type to what the API takes. Results
 * live in the arena; errors are ERR_INVALID in docker's words.
 */
#ifndef TARE_CLI_SPEC_H
#define TARE_CLI_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "model/host_config.h"

/* One line of comma-separated values, "quoted, ""so""" where needed (Go's encoding/csv). */
int spec_csv(struct arena *a, const char *text, struct str_list *out, struct err *e);
/* strconv.ParseBool. */
bool spec_bool(const char *text, bool *out);
/* strconv.ParseInt and ParseUint in base 10; the error is Go's: strconv.ParseInt: parsing "x": … */
int spec_int(const char *text, int64_t *out, struct err *e);
int spec_uint(const char *text, unsigned bits, uint64_t *out, struct err *e);
/* The same without the function's name: strconv.Atoi's "invalid syntax" or "value out of range". */
int spec_atoi(const char *text, int64_t *out, struct err *e);

/* -v [source:]target[:options]. */
struct spec_volume {
	const char *source; /* NULL: an anonymous volume */
	const char *target;
	bool is_path; /* a source that is a path, not a volume's name */
};
int spec_volume(struct arena *a, const char *text, struct spec_volume *out, struct err *e);
/* What goes into HostConfig.Binds: "./x" made absolute. */
const char *spec_volume_bind(struct arena *a, const char *text, const struct spec_volume *v);

/* --mount type=bind,src=/a,dst=/b,…; *warning: a line for stderr, or NULL. */
int spec_mount(
	struct arena *a, const char *text, struct mount *out, const char **warning, struct err *e);

/* -p [[ip:]host:]container[/proto] or published=…,target=…; adds to both. */
int spec_publish(struct arena *a, const char *text, struct str_list *exposed,
	struct port_map *bindings, struct err *e);
/* --expose 80-90/tcp. */
int spec_expose(struct arena *a, const char *text, struct str_list *exposed, struct err *e);

/* A file of KEY=VALUE lines; KEY alone takes its value from the environment, or, without use_env or
 * value, is left out. */
int spec_env_file(
	struct arena *a, const char *path, bool use_env, struct str_list *out, struct err *e);
/* The same of text already read. */
int spec_env_text(struct arena *a, const char *text, size_t n, bool use_env, struct str_list *out,
	struct err *e);

/* --network NAME or name=…,alias=…,ip=… */
struct spec_network {
	const char *target;
	struct endpoint_settings endpoint; /* aliases absent unless the long form was used */
	const char *ipv4, *ipv6;
	struct str_list link_local_ips;
};
int spec_network(struct arena *a, const char *text, struct spec_network *out, struct err *e);
bool spec_network_is_user_defined(const char *target);

int spec_device(struct arena *a, const char *text, struct device_mapping *out, struct err *e);
/* vendor.com/class=name */
bool spec_device_is_cdi(const char *text);
int spec_device_cgroup_rule(const char *text, struct err *e);
int spec_ulimit(struct arena *a, const char *text, struct ulimit *out, struct err *e);
int spec_gpus(struct arena *a, const char *text, struct device_request *out, struct err *e);
int spec_weight_device(struct arena *a, const char *text, struct weight_device *out, struct err *e);
/* is_bytes: the rate takes a unit. */
int spec_throttle_device(struct arena *a, const char *text, bool is_bytes,
	struct throttle_device *out, struct err *e);

/* --restart always, on-failure:3 */
int spec_restart(struct arena *a, const char *text, struct restart_policy *out, struct err *e);
/* A seccomp profile's file is read and put in place of its name. */
int spec_security_opt(struct arena *a, const char *text, const char **out, struct err *e);

/* Checked and normalised: *out is what is sent. */
int spec_env(struct arena *a, const char *text, const char **out, struct err *e);
int spec_label(const char *text, struct err *e);
int spec_sysctl(const char *text, struct err *e);
int spec_ip(struct arena *a, const char *text, const char **out, struct err *e);
int spec_mac(const char *text, struct err *e);
int spec_dns_search(struct arena *a, const char *text, const char **out, struct err *e);
int spec_extra_host(struct arena *a, const char *text, const char **out, struct err *e);
int spec_link(const char *text, struct err *e);
/* "1.5" in billionths. */
int spec_cpus(const char *text, int64_t *nano, struct err *e);

#endif
