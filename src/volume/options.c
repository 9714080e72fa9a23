/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local driver's options: what mount(8) would be told (moby's volume/local, local_unix.go). A volume with them is a mount
 * over its empty data directory.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "sys/mounts.h"
#include "volume_int.h"

bool volume_options_given(const struct str_map *options)
{
	return str_map_get(options, "device") || str_map_get(options, "type");
}

int volume_options_check(const struct str_map *options, struct err *e)
{
	static const char *const needed[] = { "device", "type" };

	for (size_t i = 0; i < options->n; i++) {
		const char *key = options->keys[i];

		if (str_eq(key, "size"))
			return err_set(e, ERR_INVALID,
				"quota size requested but no quota support: use type=tmpfs with o=size=%s, or "
				"a file system of its own",
				options->v[i]);
		if (!str_eq(key, "type") && !str_eq(key, "o") && !str_eq(key, "device"))
			return err_set(e, ERR_INVALID, "invalid option: \"%s\"", key);
	}
	for (size_t i = 0; options->n && i < 2; i++)
		if (!str_map_get(options, needed[i]))
			return err_set(
				e, ERR_INVALID, "missing required option: \"%s\"", needed[i]);
	return 0;
}

/* The kernel's nfs and cifs take no names: "addr=server" becomes "addr=192.0.2.1", as docker does it. */
static int resolve(struct arena *a, const char *host, const char **out, struct err *e)
{
	struct addrinfo *found, hints = { .ai_socktype = SOCK_STREAM };
	char text[INET6_ADDRSTRLEN];
	int rc = getaddrinfo(host, NULL, &hints, &found);

	if (rc)
		return err_set(e, ERR_INTERNAL,
			"error resolving passed in network volume address: lookup %s: %s", host,
			gai_strerror(rc));
	rc = getnameinfo(
		found->ai_addr, found->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(found);
	if (rc)
		return err_set(e, ERR_INTERNAL,
			"error resolving passed in network volume address: %s: %s", host,
			gai_strerror(rc));
	*out = arena_strdup(a, text);
	return 0;
}

static int split(
	struct arena *a, const char *text, bool resolves, struct str_list *out, struct err *e)
{
	struct slice rest = slice_str(text ? text : ""), one;

	for (bool more = rest.n > 0; more;) {
		const char *option, *address = NULL;

		more = slice_cut(rest, ',', &one, &rest);
		option = arena_strndup(a, one.p, one.n);
		if (resolves && str_starts(option, "addr=")) {
			if (resolve(a, option + 5, &address, e))
				return -1;
			option = arena_printf(a, "addr=%s", address);
		}
		str_list_add(a, out, option);
	}
	return 0;
}

static int failed(const struct str_map *options, const char *path, struct err *e)
{
	const char *o = str_map_get(options, "o");

	/* A device that is not there is no image that is not there. */
	e->kind = ERR_INTERNAL;
	return err_in(e, "failed to mount local volume: mount %s:%s, data: %s",
		str_map_get(options, "device"), path, o ? o : "");
}

int volume_options_mount(
	struct arena *a, const struct str_map *options, const char *path, struct err *e)
{
	const char *type = str_map_get(options, "type"), *device = str_map_get(options, "device");
	bool is_net = str_eq(type, "nfs") || str_eq(type, "nfs4") || str_eq(type, "cifs");
	struct str_list list = { 0 };
	struct mount_opts opts;

	if (split(a, str_map_get(options, "o"), is_net, &list, e) ||
		mount_parse_options(a, &list, &opts, e))
		return -1;
	own_fd target = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (target < 0)
		return err_sys(e, "open %s", path);
	own_fd mount = opts.bind ? mount_clone_path(AT_FDCWD, device, opts.recursive, e)
				 : mount_new(type, device, &opts, e);
	if (mount < 0 || mount_apply_opts(mount, &opts, e) ||
		(opts.propagation && mount_set_propagation(mount, opts.propagation, e)) ||
		mount_attach(mount, target, e))
		return failed(options, path, e);
	return 0;
}
