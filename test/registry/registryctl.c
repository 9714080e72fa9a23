/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/registry.h by hand, for black-box tests without a daemon: registryctl [OPTION…] VERB NAME [ARG…]. What was
 * got goes to stdout, what was reported and errors ("KIND: text", exit 1) to stderr.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/slice.h"
#include "base/thread.h"
#include "registry/registry.h"

struct ctl {
	struct arena *a;
	struct registry_settings settings;
	struct registry_auth auth;
	bool has_auth, for_push;
	struct str_list mount_from;
	struct registry *r;
	unsigned times, pause_s; /* the verb, again and again */
	int argc;
	char **argv;
};

static const char *arg(const struct ctl *c, int i)
{
	return i < c->argc ? c->argv[i] : "";
}

static int print_document(const struct registry_document *d)
{
	fprintf(stderr, "# %s %s %zu\n", d->media_type, d->digest, d->n);
	if (d->text)
		fwrite(d->text, 1, d->n, stdout);
	return 0;
}

static int report(void *unused, int64_t bytes, struct err *e)
{
	fprintf(stderr, "# bytes %" PRId64 "\n", bytes);
	return 0;
}

static void retrying(void *unused, const char *digest, unsigned seconds)
{
	fprintf(stderr, "# retry in %u\n", seconds);
}

static int do_get(struct ctl *c, struct err *e)
{
	struct registry_document d;

	return registry_get_manifest(c->r, c->a, arg(c, 0), &d, e) || print_document(&d);
}

static int do_head(struct ctl *c, struct err *e)
{
	struct registry_document d;

	return registry_head_manifest(c->r, c->a, arg(c, 0), &d, e) || print_document(&d);
}

/* put WHAT TYPE FILE */
static int do_put(struct ctl *c, struct err *e)
{
	struct registry_document d = { .media_type = arg(c, 1) };
	own_buf text = { 0 };
	char piece[4096];
	ssize_t n;
	own_fd fd = open(arg(c, 2), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "open %s", arg(c, 2));
	buf_init(&text, REGISTRY_DOCUMENT_MOST);
	while ((n = io_read_some(fd, piece, sizeof(piece), e)) > 0)
		buf_add(&text, piece, (size_t)n);
	d.text = text.data;
	d.n = text.len;
	return n < 0 ? -1 : registry_put_manifest(c->r, arg(c, 0), &d, e);
}

static int do_tags(struct ctl *c, struct err *e)
{
	struct str_list tags;

	if (registry_list_tags(c->r, c->a, &tags, e))
		return -1;
	for (size_t i = 0; i < tags.n; i++)
		printf("%s\n", tags.v[i]);
	return 0;
}

static int do_referrers(struct ctl *c, struct err *e)
{
	struct registry_document d;

	return registry_get_referrers(
		       c->r, c->a, arg(c, 0), c->argc > 1 ? arg(c, 1) : NULL, &d, e) ||
	       print_document(&d);
}

struct copy {
	int from;
};

static void copy_out(void *p)
{
	struct copy *c = p;
	char piece[65536];
	ssize_t n;

	while ((n = read(c->from, piece, sizeof(piece))) > 0)
		if (fwrite(piece, 1, (size_t)n, stdout) != (size_t)n)
			break;
	close(c->from);
}

/* fetch DIGEST SIZE FILE|- [pipe [URL…]]: into FILE after what it holds, and to stdout */
static int do_fetch(struct ctl *c, struct err *e)
{
	struct registry_fetch f = { .digest = arg(c, 0), .file = -1, .pipe = -1, .report = report };
	bool has_pipe = strcmp(arg(c, 3), "pipe") == 0;
	struct str_list urls = { 0 };
	struct copy copy;
	pthread_t t;
	int fds[2];

	f.size = strtoll(arg(c, 1), NULL, 10);
	for (int i = 4; i < c->argc; i++)
		str_list_add(c->a, &urls, arg(c, i));
	f.urls = urls.n ? &urls : NULL;
	own_fd file = -1;
	if (strcmp(arg(c, 2), "-") != 0) {
		struct stat st;
		file = open(arg(c, 2), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (file < 0 || fstat(file, &st))
			return err_sys(e, "open %s", arg(c, 2));
		f.file = file;
		f.offset = st.st_size;
	}
	if (has_pipe) {
		if (pipe2(fds, O_CLOEXEC))
			return err_sys(e, "make pipe");
		copy.from = fds[0];
		f.pipe = fds[1];
		if (thread_start(&t, copy_out, &copy, e))
			return -1;
	}
	int rc = registry_fetch_blob(c->r, &f, e);
	if (has_pipe)
		thread_join(t);
	return rc;
}

static int do_blob(struct ctl *c, struct err *e)
{
	struct registry_document d;

	return registry_get_blob(c->r, c->a, arg(c, 0), 1 << 20, &d, e) || print_document(&d);
}

static int do_find(struct ctl *c, struct err *e)
{
	int64_t size;

	if (registry_find_blob(c->r, arg(c, 0), &size, e))
		return -1;
	printf("%" PRId64 "\n", size);
	return 0;
}

/* mount DIGEST FROM */
static int do_mount(struct ctl *c, struct err *e)
{
	bool is_mounted;

	if (registry_mount_blob(c->r, arg(c, 0), arg(c, 1), &is_mounted, e))
		return -1;
	puts(is_mounted ? "mounted" : "not mounted");
	return 0;
}

static int give_digest(void *p, const char **digest, struct err *e)
{
	*digest = p;
	return 0;
}

/* upload DIGEST < blob */
static int do_upload(struct ctl *c, struct err *e)
{
	struct registry_upload u = {
		.in = 0, .digest = give_digest, .report = NULL, .arg = c->argv[0]
	};

	return registry_upload_blob(c->r, &u, e);
}

static int do_login(struct ctl *c, struct err *e)
{
	const char *token;

	if (registry_check_login(&c->settings, &c->auth, c->a, &token, e))
		return -1;
	printf("token %s\n", token);
	return 0;
}

static int do_search(struct ctl *c, struct err *e)
{
	struct registry_hits hits;

	if (registry_search(
		    &c->settings, c->has_auth ? &c->auth : NULL, c->a, arg(c, 0), 25, &hits, e))
		return -1;
	for (size_t i = 0; i < hits.n; i++)
		printf("%s\t%s\t%" PRId64 "\t%d%d\n", hits.v[i].name, hits.v[i].description,
			hits.v[i].stars, hits.v[i].is_official, hits.v[i].is_automated);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct ctl *c, struct err *e);
	bool is_bare; /* no repository */
} verbs[] = {
	{ "get", do_get },
	{ "head", do_head },
	{ "put", do_put },
	{ "tags", do_tags },
	{ "referrers", do_referrers },
	{ "fetch", do_fetch },
	{ "blob", do_blob },
	{ "find", do_find },
	{ "mount", do_mount },
	{ "upload", do_upload },
	{ "login", do_login, true },
	{ "search", do_search, true },
};

static int run(struct ctl *c, const char *verb, struct err *e)
{
	struct registry_opts opts = { .settings = &c->settings,
		.auth = c->has_auth ? &c->auth : NULL,
		.for_push = c->for_push,
		.mount_from = c->mount_from.n ? &c->mount_from : NULL,
		.retrying = retrying };
	struct oci_ref ref;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, verb) != 0)
			continue;
		if (verbs[i].is_bare)
			return verbs[i].run(c, e);
		if (oci_ref_parse(c->a, arg(c, 0), &ref, e))
			return -1;
		opts.repository = &ref;
		if (registry_open(&opts, &c->r, e))
			return -1;
		c->argc--;
		c->argv++;
		int rc = verbs[i].run(c, e);
		for (unsigned n = 1; rc == 0 && n < c->times; n++) {
			sleep(c->pause_s);
			rc = verbs[i].run(c, e);
		}
		registry_close(c->r);
		return rc;
	}
	return err_set(e, ERR_INVALID, "unknown verb %s", verb);
}

static void option(struct ctl *c, const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **into;
	} texts[] = {
		{ "--user", &c->auth.username },
		{ "--password", &c->auth.password },
		{ "--identity", &c->auth.identity_token },
		{ "--token", &c->auth.registry_token },
		{ "--server", &c->auth.server_address },
		{ "--certs", &c->settings.certs_dir },
		{ "--http-proxy", &c->settings.http_proxy },
		{ "--https-proxy", &c->settings.https_proxy },
		{ "--no-proxy", &c->settings.no_proxy },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].name, name) == 0) {
			*texts[i].into = value;
			c->has_auth |= i < 4;
		}
	if (strcmp(name, "--mirror") == 0)
		str_list_add(c->a, &c->settings.mirrors, value);
	if (strcmp(name, "--insecure") == 0)
		str_list_add(c->a, &c->settings.insecure, value);
	if (strcmp(name, "--mount-from") == 0)
		str_list_add(c->a, &c->mount_from, value);
	if (strcmp(name, "--attempts") == 0)
		c->settings.attempts = (unsigned)strtoul(value, NULL, 10);
	if (strcmp(name, "--times") == 0)
		c->times = (unsigned)strtoul(value, NULL, 10);
	if (strcmp(name, "--pause") == 0)
		c->pause_s = (unsigned)strtoul(value, NULL, 10);
	if (strcmp(name, "--stall") == 0)
		c->settings.stall_s = (unsigned)strtoul(value, NULL, 10);
}

int main(int argc, char **argv)
{
	own_arena a = arena_new();
	struct ctl c = { .a = a, .settings = { .program = getenv("TARE_XFER") } };
	struct err e;
	int i = 1;

	for (; i < argc && str_starts(argv[i], "--"); i++) {
		if (strcmp(argv[i], "--push") == 0)
			c.for_push = true;
		else if (i + 1 < argc)
			option(&c, argv[i], argv[i + 1]), i++;
	}
	if (i >= argc) {
		fprintf(stderr, "usage: registryctl [OPTION...] VERB [ARG...]\n");
		return 2;
	}
	c.argc = argc - i - 1;
	c.argv = argv + i + 1;
	if (run(&c, argv[i], &e)) {
		static const char *const kinds[] = { "internal", "invalid", "unauthorized",
			"forbidden", "not found", "conflict", "not modified", "not implemented",
			"unavailable", "cancelled" };
		fprintf(stderr, "%s: %s\n", kinds[e.kind], e.msg);
		return 1;
	}
	return 0;
}
