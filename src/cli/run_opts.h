/* SPDX-License-Identifier: Apache-2.0 */
/* What run and create are told: options fill the API's structs where they map one to one. */
#ifndef TARE_CLI_RUN_OPTS_H
#define TARE_CLI_RUN_OPTS_H

#include "base/opt.h"
#include "cli.h"
#include "model/container_config.h"
#include "model/host_config.h"
#include "model/network_settings.h"
#include "spec.h"

struct run_opts {
	struct opts_common common;
	/* of the command itself */
	const char *name, *pull, *platform, *detach_keys;
	bool detach, quiet, sig_proxy, use_api_socket, disable_content_trust;
	/* straight into the request */
	struct container_config config;
	struct host_config host;
	struct networking_config networking;
	/* made into the request by run_config_finish */
	const char *entrypoint, *restart, *ip, *ip6;
	bool has_entrypoint, init, has_init, has_stop_timeout, oom_kill_disable, no_healthcheck;
	int64_t stop_timeout, memory_swappiness, pids_limit;
	struct health_config health;
	struct str_list attach, env, env_files, labels, label_files, volumes, tmpfs, publish,
		expose, devices, log_opts, storage_opts, link_local_ips, aliases, links,
		security_opts;
	const char *health_cmd;
	struct spec_network *networks;
	size_t n_networks;
	struct {
		bool cpu_count, cpu_percent, io_maxbandwidth, io_maxiops;
	} windows;		  /* given, though they mean nothing here */
	struct str_list warnings; /* for stderr, before the request */
};

extern const struct opt run_shared_opts[]; /* of both */
extern const struct opt run_only_opts[];
extern const struct opt create_only_opts[];
extern const struct run_opts run_defaults;

/* The rows' setters (run_setters.c): check, normalise, append. */
#define RUN_SETTER(name) int run_set_##name(struct opt_ctx *ctx, const char *value, struct err *e)
RUN_SETTER(add_host);
RUN_SETTER(annotation);
RUN_SETTER(attach);
RUN_SETTER(blkio_weight);
RUN_SETTER(blkio_weight_device);
RUN_SETTER(cpus);
RUN_SETTER(device_cgroup_rule);
RUN_SETTER(device_read_bps);
RUN_SETTER(device_read_iops);
RUN_SETTER(device_write_bps);
RUN_SETTER(device_write_iops);
RUN_SETTER(dns);
RUN_SETTER(dns_search);
RUN_SETTER(env);
RUN_SETTER(gpus);
RUN_SETTER(io_maxbandwidth);
RUN_SETTER(kernel_memory);
RUN_SETTER(label);
RUN_SETTER(link);
RUN_SETTER(memory);
RUN_SETTER(memory_reservation);
RUN_SETTER(mount);
RUN_SETTER(network);
RUN_SETTER(shm_size);
RUN_SETTER(sysctl);
RUN_SETTER(ulimit);

/* Refuses options that only Windows daemons know. */
int run_config_check_platform(const struct run_opts *o, struct err *e);
/* Adds what is missing of the three structs; image and command come from args. */
int run_config_finish(
	struct cli *c, struct run_opts *o, const struct str_list *args, struct err *e);
/* The body of POST /containers/create. */
const char *run_config_body(struct cli *c, const struct run_opts *o);

#endif
