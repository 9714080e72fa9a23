/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon is told: dockerd's flags and daemon.json, merged. Only what works is known; everything else is
 * an unknown flag or an unknown directive.
 */
#ifndef TARE_DAEMON_OPTIONS_H
#define TARE_DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "model/host_config.h"

/* Which were given as flags: "both as a flag and in the configuration file" is refused. */
struct options_given {
	bool debug, log_level, log_format, data_root, exec_root, pidfile, hosts, group, labels;
	bool cgroup_parent, default_runtime, exec_opts, storage_driver, init, live_restore;
	bool default_ulimits, log_driver, log_opts, dns, dns_opts, dns_search, shutdown_timeout_s;
	bool bridge, bip, fixed_cidr, default_gateway, ip, mtu;
	bool iptables, ip_forward, ip_forward_no_drop, ip_masq, icc;
	bool mirrors, insecure, nondistributable, downloads, uploads, attempts;
	bool http_proxy, https_proxy, no_proxy;
	bool config_file;
};

struct options {
	/* the daemon itself */
	bool help, version, validate;
	bool fsck, repair; /* check the data root in place of working on it */
	bool debug;
	const char *config_file;
	const char *log_level;	/* debug info warn error fatal */
	const char *log_format; /* text json */
	const char *data_root, *exec_root, *pidfile;
	struct str_list hosts;
	const char *group;
	struct str_list labels;
	int64_t shutdown_timeout_s;
	/* containers */
	const char *cgroup_parent;
	const char *default_runtime;
	struct str_list exec_opts;
	const char *storage_driver;
	bool init, live_restore;
	struct str_list default_ulimits; /* "nofile=1024:2048" */
	const char *log_driver;
	struct str_list log_opts; /* "max-size=10m" */
	struct str_list dns, dns_opts, dns_search;
	/* the default network */
	const char *bridge, *bip, *fixed_cidr, *default_gateway, *ip;
	int64_t mtu;
	bool iptables, ip_forward, ip_forward_no_drop, ip_masq, icc;
	/* registries */
	struct str_list mirrors, insecure, nondistributable;
	int64_t downloads, uploads, attempts;
	const char *http_proxy, *https_proxy, *no_proxy;

	struct options_given given;
};

#define OPTIONS_CONFIG_FILE "/etc/docker/daemon.json"

/*
 * Flags, then the file, then checks. Everything lies in a. ERR_INVALID in pflag's and dockerd's words. With
 * help or version set nothing but the flags was looked at.
 */
int options_read(struct arena *a, int argc, char **argv, struct options *out, struct err *e);
/* The flags alone; defaults where none was given. */
int options_parse(struct arena *a, int argc, char **argv, struct options *out, struct err *e);
/*
 * Takes text (the file's content; path is for messages) in: unknown directives, values of the wrong kind and
 * conflicts with flags are ERR_INVALID.
 */
int options_merge(
	struct arena *a, const char *path, const char *text, struct options *out, struct err *e);
/* What can be said about values without touching the system. */
int options_check(const struct options *o, struct err *e);
void options_help(struct buf *out);

/* --- values that containers need in another form --- */

/* "nofile=1024:2048" → struct; ERR_INVALID "invalid ulimit argument: x" and the like. */
int options_ulimits(
	struct arena *a, const struct options *o, struct ulimit_list *out, struct err *e);
/* The last native.cgroupdriver counts; cgroupfs when there is none. */
bool options_systemd_cgroup(const struct options *o);
/* "k=v" rows → map. */
int options_log(struct arena *a, const struct options *o, struct log_config *out, struct err *e);

/*
 * The registries' part, with the environment's proxies where the options say nothing; what it holds lies in a.
 * ERR_INVALID in dockerd's words: "invalid mirror: …", "insecure registry x should not contain '://'".
 */
struct registry_settings;
int options_registries(
	struct arena *a, const struct options *o, struct registry_settings *out, struct err *e);

#endif
