/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From options to a serving daemon and back. The sockets are open before anything is restored, so that clients
 * wait instead of failing; what need not be there for the first answer (bridge, firewall, restart policies) is
 * done beside it.
 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/id.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/slice.h"
#include "base/thread.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "image/image.h"
#include "image/registry.h"
#include "layout.h"
#include "listen.h"
#include "net/net.h"
#include "notify.h"
#include "pidfile.h"

#define DEFAULT_HOST  "unix:///var/run/docker.sock"
#define TRIM_AFTER_MS 2000
#define FILES_WANTED  65536 /* descriptors: a thousand clients and as many monitors */

struct daemon {
	struct options *o;
	struct arena *arena;
	int argc;
	char **argv;
	int root_lock;
	bool has_pidfile;
	struct loop *loop;
	int signals;
	struct listeners listeners;
	struct image_store *images;
	struct net *net;
	struct engine *engine;
	struct api *api;
	struct registry_settings registries; /* as started with; a reload makes new ones */
	struct http_server *server;
	const char *id;
	pthread_t background;
	bool has_background;
	pthread_t preload;
	bool has_preload;
	bool is_trimming;
};

static enum log_level level_of(const struct options *o)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = { { "debug", LOG_LVL_DEBUG }, { "warn", LOG_LVL_WARN },
		{ "error", LOG_LVL_ERROR }, { "fatal", LOG_LVL_ERROR } };

	if (o->debug)
		return LOG_LVL_DEBUG;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (str_eq(o->log_level, levels[i].name))
			return levels[i].level;
	return LOG_LVL_INFO;
}

static void set_up_log(const struct options *o)
{
	log_setup(STDERR_FILENO, level_of(o),
		str_eq(o->log_format, "json") ? LOG_FMT_JSON : LOG_FMT_TEXT);
}

/* Two heaps are enough for threads that mostly wait; what was freed goes back soon. */
static void set_up_process(void)
{
	struct rlimit files;
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	mallopt(M_ARENA_MAX, 2);
	mallopt(M_TRIM_THRESHOLD, 128 * 1024);
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	umask(022);
	sigaction(SIGPIPE, &ignore, NULL);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FILES_WANTED) {
		files.rlim_cur = files.rlim_max < FILES_WANTED ? files.rlim_max : FILES_WANTED;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* --- opening, in order; each has its part in stop() --- */

static int open_roots(struct daemon *d, struct err *e)
{
	if (fs_mkdir_p(AT_FDCWD, d->o->data_root, 0710, e) ||
		fs_mkdir_p(AT_FDCWD, d->o->exec_root, 0700, e))
		return -1;
	/* The pidfile first: what it says is what dockerd's users know. */
	d->has_pidfile = !str_empty(d->o->pidfile) && pidfile_write(d->o->pidfile, e) == 0;
	if (!str_empty(d->o->pidfile) && !d->has_pidfile)
		return -1;
	d->root_lock = pidfile_lock_root(d->o->data_root, e);
	return d->root_lock < 0 ? -1 : layout_make(d->root_lock, e);
}

/* The daemon's identity for info and events, made once. */
static int read_id(struct daemon *d, struct err *e)
{
	char uuid[ID_UUID + 1];

	d->id = fs_read_str(d->arena, d->root_lock, "engine-id", 256, e);
	if (d->id)
		return 0;
	if (e->kind != ERR_NOT_FOUND)
		return -1;
	id_uuid(uuid);
	d->id = arena_strdup(d->arena, uuid);
	return fs_replace(d->root_lock, "engine-id", uuid, ID_UUID, 0600, FS_NO_SYNC, e);
}

static int open_sockets(struct daemon *d, struct err *e)
{
	if (d->o->hosts.n == 0)
		str_list_add(d->arena, &d->o->hosts, DEFAULT_HOST);
	return listen_open(
		d->arena, &d->o->hosts, d->o->group, d->o->given.group, &d->listeners, e);
}

static int open_net(struct daemon *d, struct err *e)
{
	const struct options *o = d->o;
	struct net_config config = {
		.data_root = o->data_root,
		.run_root = o->exec_root,
		.bridge = o->bridge,
		.bip = o->bip,
		.fixed_cidr = o->fixed_cidr,
		.default_gateway = o->default_gateway,
		.default_ip = o->ip,
		.mtu = (uint32_t)o->mtu,
		.no_iptables = !o->iptables,
		.no_ip_forward = !o->ip_forward,
		.no_ip_forward_drop = o->ip_forward_no_drop,
		.no_ip_masq = !o->ip_masq,
		.no_icc = !o->icc,
	};

	return net_open(&config, &d->net, e);
}

static int open_engine(struct daemon *d, struct err *e)
{
	struct engine_config config = {
		.data_root = d->o->data_root,
		.exec_root = d->o->exec_root,
		.cgroup_parent = d->o->cgroup_parent,
		.systemd_cgroup = options_systemd_cgroup(d->o),
		.images = d->images,
		.net = d->net,
	};

	d->engine = engine_open(&config, e);
	return d->engine ? engine_restore(d->engine, e) : -1;
}

static int open_api(struct daemon *d, struct err *e)
{
	struct api_config config = {
		.engine = d->engine,
		.images = d->images,
		.net = d->net,
		.data_root = d->o->data_root,
		.engine_id = d->id,
		.labels = d->o->labels,
		.warnings = d->listeners.warnings,
		.defaults = { .dns = d->o->dns,
			.dns_options = d->o->dns_opts,
			.dns_search = d->o->dns_search,
			.runtime = d->o->default_runtime,
			.init = d->o->init },
		.debug = d->o->debug,
		.systemd_cgroup = options_systemd_cgroup(d->o),
		.has_firewall = d->o->iptables,
		.registries = &d->registries,
	};

	if (options_registries(d->arena, d->o, &d->registries, e))
		return -1;
	if (options_ulimits(d->arena, d->o, &config.defaults.ulimits, e) ||
		options_log(d->arena, d->o, &config.defaults.log, e))
		return -1;
	d->api = api_new(&config);
	return 0;
}

static void trim(void *arg)
{
	struct daemon *d = arg;

	d->is_trimming = false;
	malloc_trim(0);
}

/* The server is at rest: what the last requests needed is given back, unless more come at once. */
static void on_quiet(void *arg);

/* The server's callbacks know one argument, the daemon; requests go on to the api. */
static void on_request(void *arg, struct http_request *rq)
{
	struct daemon *d = arg;

	api_serve(d->api, rq);
}

static void on_refusal(void *arg, struct http_request *rq, int status, const char *text)
{
	struct daemon *d = arg;

	api_refuse(d->api, rq, status, text);
}

static void on_quiet(void *arg)
{
	struct daemon *d = arg;

	if (d->is_trimming)
		return;
	d->is_trimming = true;
	loop_after(d->loop, TRIM_AFTER_MS, trim, d);
}

static int open_server(struct daemon *d, struct err *e)
{
	struct http_server_spec spec = { .handler = on_request,
		.refuse = on_refusal,
		.quiet = on_quiet,
		.arg = d,
		.loop = d->loop };

	d->server = http_server_new(&spec, e);
	for (size_t i = 0; d->server && i < d->listeners.n; i++)
		if (http_server_listen(d->server, d->listeners.fds[i], e))
			return -1;
	return d->server ? 0 : -1;
}

/* --- signals --- */

/* Calls under way keep the old settings, so these stay: some hundred bytes a reload. */
static void reload_registries(struct daemon *d, const struct options *fresh)
{
	struct registry_settings *r = ARENA_NEW(d->arena, struct registry_settings);
	struct err e;

	if (options_registries(d->arena, fresh, r, &e))
		log_error("daemon: reload: %s", e.msg);
	else
		api_set_registries(d->api, r);
}

static void reload(struct daemon *d)
{
	struct options fresh;
	own_arena a = arena_new();
	struct err e;

	if (options_read(a, d->argc, d->argv, &fresh, &e)) {
		log_error("daemon: reload: %s", e.msg);
		return;
	}
	d->o->debug = fresh.debug;
	d->o->log_level = arena_strdup(d->arena, fresh.log_level);
	d->o->shutdown_timeout_s = fresh.shutdown_timeout_s;
	set_up_log(d->o);
	api_set_debug(d->api, d->o->debug);
	reload_registries(d, &fresh);
	log_info("daemon: reloaded: debug=%d log-level=%s shutdown-timeout=%lld", d->o->debug,
		d->o->log_level, (long long)d->o->shutdown_timeout_s);
	engine_publish(d->engine, "daemon", "reload", d->id, NULL);
}

static void on_signal(void *arg, uint32_t events)
{
	struct daemon *d = arg;
	struct signalfd_siginfo info;

	if (read(d->signals, &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGHUP:
		reload(d);
		break;
	case SIGUSR1:
		daemon_dump_threads();
		break;
	default:
		log_info("daemon: processing signal '%s'", strsignal((int)info.ssi_signo));
		loop_stop(d->loop);
	}
}

/* All signals are blocked before the first thread exists; these come through the loop. */
static int open_signals(struct daemon *d, struct err *e)
{
	sigset_t all, ours;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGHUP);
	sigaddset(&ours, SIGUSR1);
	d->signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	if (d->signals < 0)
		return err_sys(e, "signalfd");
	d->loop = loop_new(e);
	return d->loop ? loop_add(d->loop, d->signals, EPOLLIN, on_signal, d, e) : -1;
}

/* From now on being told again to end does so at once. */
static void let_signals_kill(void)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_UNBLOCK, &ends, NULL);
}

/* --- the run --- */

/* Beside the first requests: a start that needs the network waits for it (or does it) itself. */
static void run_background(void *arg)
{
	struct daemon *d = arg;
	struct err e;

	if (net_setup(d->net, &e))
		log_error("network: %s", e.msg);
	engine_restart_policies(d->engine);
}

/* Beside all else: who asks for images first finds them read, or waits for what is left. */
static void run_preload(void *arg)
{
	struct daemon *d = arg;

	image_store_preload(d->images);
}

static int start(struct daemon *d, struct err *e)
{
	if (open_roots(d, e) || read_id(d, e) || open_signals(d, e) || open_sockets(d, e))
		return -1;
	d->images = image_store_open(d->o->data_root, e);
	if (!d->images)
		return -1;
	d->has_preload = thread_start(&d->preload, run_preload, d, e) == 0;
	if (!d->has_preload || open_net(d, e) || open_engine(d, e))
		return -1;
	if (open_api(d, e) || open_server(d, e))
		return -1;
	d->has_background = thread_start(&d->background, run_background, d, e) == 0;
	return d->has_background ? 0 : -1;
}

/* Undoes whatever start has done; false with requests that would not end, which still use all of it. */
static bool stop(struct daemon *d)
{
	int64_t grace_ms =
		d->o->shutdown_timeout_s < 0 ? INT32_MAX : d->o->shutdown_timeout_s * 1000;
	unsigned n_busy = 0;

	if (d->server) {
		http_server_stop(d->server);
		n_busy = http_server_drain(
			d->server, grace_ms > INT32_MAX ? INT32_MAX : (int)grace_ms);
	}
	if (d->has_background)
		thread_join(d->background);
	if (d->has_preload)
		thread_join(d->preload);
	if (n_busy > 0) {
		log_warn("daemon: requests are still under way, ignoring");
		return false;
	}
	http_server_free(d->server);
	api_free(d->api);
	engine_close(d->engine);
	net_close(d->net);
	image_store_close(d->images);
	loop_free(d->loop);
	if (d->signals >= 0)
		close(d->signals);
	return true;
}

static void release(struct daemon *d, bool is_at_rest)
{
	listen_unlink(&d->listeners);
	if (d->has_pidfile)
		pidfile_remove(d->o->pidfile);
	/* Nothing may be freed under the threads that go on, neither here nor by those who called us. */
	if (!is_at_rest)
		_exit(0);
	if (d->root_lock >= 0)
		close(d->root_lock);
	arena_free(d->arena);
}

int daemon_run(struct options *o, int argc, char **argv, struct err *e)
{
	struct daemon d = { .o = o, .argc = argc, .argv = argv, .root_lock = -1, .signals = -1 };
	int64_t begun = clock_monotonic_ns();
	int rc;

	set_up_log(o);
	set_up_process();
	d.arena = arena_new();
	rc = start(&d, e);
	if (rc == 0) {
		log_info("daemon: API listens after %lld ms",
			(long long)(clock_monotonic_ns() - begun) / 1000000);
		notify_systemd("READY=1");
		malloc_trim(0);
		rc = loop_run(d.loop, e);
		notify_systemd("STOPPING=1");
		let_signals_kill();
	}
	release(&d, stop(&d));
	if (rc == 0)
		log_info("daemon: shutdown complete");
	return rc;
}
