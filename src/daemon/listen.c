/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the daemon's sockets. Who connects is the http server's business. */
#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "base/unixsock.h"

#define FIRST_PASSED_FD 3 /* sd_listen_fds(3) */

struct opening {
	struct arena *a;
	const char *group;
	bool group_was_given;
	struct listeners *out;
};

static int add(struct opening *o, int fd, const char *path, struct err *e)
{
	if (o->out->n == LISTEN_MAX) {
		close(fd);
		return err_set(e, ERR_INVALID, "more than %d sockets to listen on", LISTEN_MAX);
	}
	o->out->fds[o->out->n] = fd;
	o->out->paths[o->out->n] = path;
	o->out->n++;
	return 0;
}

/* The group in /etc/group itself, where it nearly always is: name services cost an idle daemon 300 KB. */
static bool find_local_group(const char *name, gid_t *out)
{
	char buf[16384];
	struct group g, *found = NULL;
	FILE *f = fopen("/etc/group", "re");

	if (!f)
		return false;
	while (fgetgrent_r(f, &g, buf, sizeof(buf), &found) == 0 && strcmp(g.gr_name, name) != 0)
		found = NULL;
	fclose(f);
	if (found)
		*out = found->gr_gid;
	return found != NULL;
}

/* A group that another name service knows (LDAP, systemd-userdb). */
static bool find_served_group(const char *name, gid_t *out)
{
	char buf[16384];
	struct group g, *found = NULL;

	getgrnam_r(name, &g, buf, sizeof(buf), &found);
	if (found)
		*out = found->gr_gid;
	return found != NULL;
}

/* The group's number, 0 when the default one does not exist. */
static int find_group(const struct opening *o, const char *path, gid_t *out, struct err *e)
{
	uint32_t number;

	*out = 0;
	if (str_empty(o->group) || find_local_group(o->group, out) ||
		find_served_group(o->group, out))
		return 0;
	if (parse_u32(slice_str(o->group), &number))
		*out = number;
	else if (o->group_was_given)
		return err_set(e, ERR_INVALID, "can't create unix socket %s: group %s not found",
			path, o->group);
	else
		log_warn("could not change group %s to %s: group %s not found", path, o->group,
			o->group);
	return 0;
}

static int open_unix(struct opening *o, const char *path, struct err *e)
{
	own_fd fd = -1;
	gid_t gid;
	char *dir = arena_strdup(o->a, path);
	char *slash = strrchr(dir, '/');

	if (*path != '/')
		return err_set(
			e, ERR_INVALID, "unix://%s: the socket's path must be absolute", path);
	if (find_group(o, path, &gid, e))
		return -1;
	*slash = '\0';
	if (*dir && fs_mkdir_p(AT_FDCWD, dir, 0755, e))
		return -1;
	fd = unixsock_listen(path, SOCK_STREAM, 0660, e);
	if (fd < 0)
		return err_in(e, "can't create unix socket %s", path);
	if (gid != 0 && chown(path, 0, gid))
		return err_sys(e, "chown %s", path);
	return add(o, take_fd(&fd), arena_strdup(o->a, path), e);
}

static bool is_loopback(const struct sockaddr *sa)
{
	const struct sockaddr_in *v4 = (const void *)sa;
	const struct sockaddr_in6 *v6 = (const void *)sa;

	if (sa->sa_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return sa->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static int listen_on(const struct addrinfo *ai)
{
	own_fd fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, SOMAXCONN))
		return -1;
	return take_fd(&fd);
}

/* dockerd's warnings; beyond loopback dockerd without TLS waits and goes on, tare refuses. */
static int open_tcp(struct opening *o, const char *address, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *found = NULL;
	struct slice host, port;
	int fd = -1, rc;

	if (!slice_rcut(slice_str(address), ':', &host, &port) || port.n == 0)
		return err_set(
			e, ERR_INVALID, "invalid bind address (tcp://%s): missing port", address);
	if (host.n > 1 && *host.p == '[')
		host = (struct slice){ host.p + 1, host.n - 2 };
	rc = getaddrinfo(host.n ? arena_strndup(o->a, host.p, host.n) : "localhost",
		arena_strndup(o->a, port.p, port.n), &hints, &found);
	if (rc)
		return err_set(e, ERR_INVALID, "invalid bind address (tcp://%s): %s", address,
			gai_strerror(rc));
	if (is_loopback(found->ai_addr))
		fd = listen_on(found);
	else
		rc = err_set(e, ERR_INVALID,
			"tcp://%s: tared does not listen without TLS beyond the loopback address: whoever "
			"reached it would be root on this machine",
			address);
	if (fd < 0 && rc == 0)
		rc = err_sys(e, "failed to load listeners: listen tcp %s: bind", address);
	freeaddrinfo(found);
	if (rc)
		return -1;
	log_warn(
		"Binding to IP address without --tlsverify is insecure and gives root access on this "
		"machine to everyone who has access to your network. host=tcp://%s",
		address);
	log_warn(
		"Binding to an IP address, even on localhost, can also give access to scripts run in a "
		"browser. Be safe out there! host=tcp://%s",
		address);
	str_list_add(o->a, &o->out->warnings,
		arena_printf(o->a,
			"[DEPRECATION NOTICE]: API is accessible on http://%s without encryption.\n"
			"         Access to the remote API is equivalent to root access on the host.",
			address));
	return add(o, fd, NULL, e);
}

/* Socket activation: "" takes all that systemd passed, "3" that one. */
static int open_passed(struct opening *o, const char *which, struct err *e)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	uint32_t n = 0, mine = 0, want = 0;

	if (!pid || !count || !parse_u32(slice_str(pid), &mine) || mine != (uint32_t)getpid() ||
		!parse_u32(slice_str(count), &n) || n == 0 || n > LISTEN_MAX)
		return err_set(e, ERR_INVALID,
			"no sockets found via socket activation: make sure the service was started by systemd");
	if (*which && strcmp(which, "*") != 0 && !parse_u32(slice_str(which), &want))
		return err_set(e, ERR_INVALID,
			"failed to parse systemd fd address: should be a number: %s", which);
	if (want && (want < FIRST_PASSED_FD || want >= FIRST_PASSED_FD + n))
		return err_set(e, ERR_INVALID, "not enough sockets passed for fd://%s", which);
	for (uint32_t fd = FIRST_PASSED_FD; fd < FIRST_PASSED_FD + n; fd++) {
		if (want && want != fd)
			continue;
		fcntl((int)fd, F_SETFD, FD_CLOEXEC);
		if (add(o, (int)fd, NULL, e))
			return -1;
	}
	return 0;
}

static const struct {
	const char *scheme;
	int (*open)(struct opening *o, const char *rest, struct err *e);
} schemes[] = { { "unix://", open_unix }, { "tcp://", open_tcp }, { "fd://", open_passed } };

static int open_host(struct opening *o, const char *host, struct err *e)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (str_starts(host, schemes[i].scheme))
			return schemes[i].open(o, host + strlen(schemes[i].scheme), e);
	return err_set(e, ERR_INVALID,
		"invalid bind address (%s): unsupported proto, expected \"unix\", "
		"\"tcp\" or \"fd\"",
		host);
}

int listen_open(struct arena *a, const struct str_list *hosts, const char *group,
	bool group_was_given, struct listeners *out, struct err *e)
{
	struct opening o = { a, group, group_was_given, out };

	*out = (struct listeners){ 0 };
	for (size_t i = 0; i < hosts->n; i++) {
		if (open_host(&o, hosts->v[i], e) == 0)
			continue;
		for (size_t k = 0; k < out->n; k++)
			close(out->fds[k]);
		listen_unlink(out);
		return -1;
	}
	/* What systemd passed was meant for this process, not for the programs it starts. */
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return 0;
}

void listen_unlink(const struct listeners *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->paths[i])
			unlink(l->paths[i]);
}
