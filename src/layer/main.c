/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tare-layer: spawned by the image room, one process for one archive or one layer, confined before the
 * first byte is read. How it is called and what it answers is in proto.h.
 */
#include <limits.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/slice.h"
#include "base/unixsock.h"
#include "assemble.h"
#include "compose.h"
#include "confine.h"
#include "members.h"
#include "pack.h"
#include "proto.h"
#include "reader.h"
#include "sink.h"
#include "source.h"
#include "split.h"
#include "unpack.h"

#ifdef __SANITIZE_ADDRESS__
/* The leak checker needs /proc, which is not to be had where this program is confined to. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return 1;
}
#endif

#define WORDS_MOST	  3
#define PROGRESS_EVERY_NS (100 * 1000000LL)

static int send_msg(const struct layer_msg *msg, struct err *e)
{
	return unixsock_send(LAYER_FD_SOCKET, msg, layer_msg_size(msg->type), NULL, 0, e);
}

static int run_archive(int n, char **words, struct err *e)
{
	struct tar_reader_opts opts = { 0 };
	struct tar_reader *tar = NULL;
	struct source *src = NULL;
	char digest[SHA_DIGEST_TEXT + 1];

	if (confine_to(LAYER_FD_DIR, 0, e) || source_open(LAYER_FD_STREAM, &src, e))
		return -1;
	int rc = tar_reader_open(src, &opts, &tar, e);
	/* The rest is read, too: whoever writes the stream shall not get EPIPE for trailing zeros. */
	if (rc == 0 && (members_take(tar, LAYER_FD_DIR, LAYER_FD_SOCKET, e) ||
			       tar_reader_finish(tar, digest, e)))
		rc = -1;
	tar_reader_close(tar);
	source_close(src);
	struct layer_msg end = { .type = LAYER_MSG_END };
	return rc ? -1 : send_msg(&end, e);
}

/* Of what is being read, or of what is being made. */
struct progress {
	const struct source *src;
	const struct sink *sink;
	int64_t next_ns;
};

static int tick(void *arg, struct err *e)
{
	struct progress *p = arg;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	int64_t now_ns = now.tv_sec * 1000000000LL + now.tv_nsec;
	if (now_ns < p->next_ns)
		return 0;
	p->next_ns = now_ns + PROGRESS_EVERY_NS;
	struct layer_msg msg = { .type = LAYER_MSG_PROGRESS,
		.progress = p->src ? source_consumed(p->src) : sink_taken(p->sink) };
	return send_msg(&msg, e);
}

/* known: the digest of a plain tar, which nobody must compute again; NULL: it is not known. */
static int unpack_source(struct source *src, const char *known, const struct unpack_opts *opts,
	struct layer_done *done, struct err *e)
{
	struct unpack_result result;
	struct tar_reader *tar;
	/* A plain tar whose bytes were hashed on their way here is its own diff id. */
	bool is_known = known && source_get_form(src) == SOURCE_PLAIN;
	struct split *split = split_new(LAYER_FD_SPLIT);
	struct tar_reader_opts reader = { .split = split, .hash = !is_known };

	int rc = tar_reader_open(src, &reader, &tar, e);
	if (rc == 0) {
		rc = unpack_layer(tar, LAYER_FD_DIR, opts, &result, e);
		if (rc == 0)
			rc = tar_reader_finish(tar, done->diff_id, e);
		tar_reader_close(tar);
	}
	split_free(split);
	if (rc)
		return -1;
	if (is_known)
		snprintf(done->diff_id, sizeof(done->diff_id), "%s", known);
	done->size = result.size;
	done->entries = result.entries;
	return 0;
}

static int run_unpack(int n, char **words, struct err *e)
{
	struct layer_msg msg = { .type = LAYER_MSG_DONE };
	struct source *src;

	if (confine_to(LAYER_FD_DIR, confine_unpack_caps(), e))
		return -1;
	if (source_open(LAYER_FD_STREAM, &src, e))
		return -1;
	struct progress progress = { .src = src };
	struct unpack_opts opts = { .tick = tick, .arg = &progress };
	int rc = unpack_source(src, words[0], &opts, &msg.done, e);
	source_close(src);
	return rc ? -1 : send_msg(&msg, e);
}

/* Who fed it knows how far it is: no progress, which would have to be read by someone meanwhile. */
static int run_unpack_blob(int n, char **words, struct err *e)
{
	const char *expected = words[0];
	struct layer_msg msg = { .type = LAYER_MSG_DONE };
	char digest[SHA_DIGEST_TEXT + 1];
	struct unpack_opts opts = { 0 };
	struct source *src;
	struct err ignored;

	if (confine_to(LAYER_FD_DIR, confine_unpack_caps(), e))
		return -1;
	if (source_open(LAYER_FD_STREAM, &src, e))
		return -1;
	source_begin_hash(src);
	/* A plain tar's diff id is the digest that is being computed anyway. */
	int rc = unpack_source(src, expected, &opts, &msg.done, e);
	if (source_finish_hash(src, digest, &ignored) || strcmp(digest, expected) != 0)
		rc = err_set(e, ERR_INVALID, "filesystem layer verification failed for digest %s",
			expected);
	source_close(src);
	return rc ? -1 : send_msg(&msg, e);
}

/* A directory stays open on each level; what the hard limit forbids, the tree cannot have. */
static int raise_files(struct err *e)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return err_sys(e, "read the limit of open files");
	files.rlim_cur = files.rlim_max < PATH_MAX ? files.rlim_max : PATH_MAX;
	return setrlimit(RLIMIT_NOFILE, &files) ? err_sys(e, "set the limit of open files") : 0;
}

/* The words behind "pack"; false when they say nothing. */
static bool parse_pack(int n, char **words, struct pack_opts *out)
{
	*out = (struct pack_opts){ 0 };
	if (n == 3 && strcmp(words[0], "entry") == 0) {
		out->only = words[1];
		out->as = words[2];
		return true;
	}
	out->is_upper = n == 1 && strcmp(words[0], "upper") == 0;
	return out->is_upper || (n == 1 && strcmp(words[0], "tree") == 0);
}

static int run_pack(int n, char **words, struct err *e)
{
	struct layer_msg msg = { .type = LAYER_MSG_PACKED };
	struct pack_result result;
	struct pack_opts opts;

	if (!parse_pack(n, words, &opts))
		return err_set(e, ERR_INVALID, "pack: no such way: %s", words[0]);
	if (raise_files(e) || confine_to(LAYER_FD_DIR, confine_pack_caps(opts.is_upper), e) ||
		pack_tree(LAYER_FD_DIR, LAYER_FD_STREAM, &opts, &result, e))
		return -1;
	msg.packed.entries = result.entries;
	msg.packed.bytes = result.bytes;
	return send_msg(&msg, e);
}

static int assemble_into(struct sink *sink, struct layer_assembled *done, struct err *e)
{
	struct progress progress = { .sink = sink };
	struct assemble_opts opts = { .tick = tick, .arg = &progress };
	struct sink_result result;

	if (assemble_layer(LAYER_FD_STREAM, LAYER_FD_DIR, sink, &opts, e) ||
		sink_finish(sink, &result, e))
		return -1;
	snprintf(done->digest, sizeof(done->digest), "%s", result.digest);
	snprintf(done->diff_id, sizeof(done->diff_id), "%s", result.diff_id);
	done->size = result.size;
	done->tar_size = result.tar_size;
	return 0;
}

static int run_assemble(int n, char **words, struct err *e)
{
	struct layer_msg msg = { .type = LAYER_MSG_ASSEMBLED };
	struct sink_opts opts = { .form = words[0], .hash_tar = str_eq(words[1], "verify") };
	struct sink *sink;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		opts.threads = (unsigned)CPU_COUNT(&set);
	if (confine_to(LAYER_FD_DIR, confine_pack_caps(false), e) ||
		sink_open(LAYER_FD_OUT, &opts, &sink, e))
		return -1;
	int rc = assemble_into(sink, &msg.assembled, e);
	sink_close(sink);
	return rc ? -1 : send_msg(&msg, e);
}

static int run_compose(int n, char **words, struct err *e)
{
	struct layer_msg end = { .type = LAYER_MSG_END };

	if (confine_to(LAYER_FD_DIR, 0, e) || compose_archive(LAYER_FD_SOCKET, LAYER_FD_OUT, e))
		return -1;
	return send_msg(&end, e);
}

/* Words that are not there are NULL. */
static const struct verb {
	const char *name;
	int least, most; /* words behind it */
	int (*run)(int n, char **words, struct err *e);
} verbs[] = {
	{ "archive", 0, 0, run_archive },
	{ "unpack", 0, 1, run_unpack },
	{ "unpack-blob", 1, 1, run_unpack_blob },
	{ "pack", 1, 3, run_pack },
	{ "assemble", 1, 2, run_assemble },
	{ "compose", 0, 0, run_compose },
};

static const struct verb *find_verb(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, argv[1]) == 0 && argc - 2 >= verbs[i].least &&
			argc - 2 <= verbs[i].most)
			return &verbs[i];
	return NULL;
}

int main(int argc, char **argv)
{
	struct layer_msg msg = { .type = LAYER_MSG_ERROR };
	const struct verb *verb = find_verb(argc, argv);
	char *words[WORDS_MOST + 1] = { NULL };
	struct err ignored;

	if (!verb || verb->most > WORDS_MOST) {
		fprintf(stderr, "tare-layer is run by tared only\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		words[i - 2] = argv[i];
	/* Names in pax headers are UTF-8; libarchive checks them by the locale. */
	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);
	umask(0);
	int rc = verb->run(argc - 2, words, &msg.err);
	if (rc)
		send_msg(&msg, &ignored);
	return rc ? 1 : 0;
}
