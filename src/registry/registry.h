/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's side of tare-xfer, which speaks to registries (feature rows E7–E14): one struct registry is one
 * repository and one process without privileges. Credentials travel to it by descriptor, never in arguments or the
 * environment. The registry is a stranger: everything that comes from it is bounded and checked here or by the
 * caller.
 *
 * All functions block, and are thread-safe: several blobs may be fetched at once through one registry. Which
 * endpoints are asked (mirrors first, http for insecure ones), tokens, redirects (credentials never follow to
 * another host), retries with back-off and resuming by Range are tare-xfer's business; a call fails when all
 * that is used up.
 *
 * Errors carry Docker's texts (feature row B24): ERR_NOT_FOUND "manifest for x:tag not found: manifest unknown: …",
 * "pull access denied for x, repository does not exist or may require 'docker login': …", ERR_UNAUTHORIZED
 * "unauthorized: …", "toomanyrequests: …" as the registry says it, and for a network that fails what dockerd says:
 * `Get "https://host/v2/": dialing …`.
 */
#ifndef TARE_REGISTRY_H
#define TARE_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "oci/digest.h"
#include "oci/reference.h"

/* Largest manifest, index or tag list taken in; distribution's own limit. */
#define REGISTRY_DOCUMENT_MOST (4 * 1024 * 1024)

struct registry;

/* The daemon's configuration; constant while a registry is open, the caller's. */
struct registry_settings {
	struct str_list mirrors;  /* for docker.io, URLs in the order they are tried */
	struct str_list insecure; /* host[:port] or CIDR; 127.0.0.0/8 and ::1/128 always are */
	struct str_list
		nondistributable; /* host[:port] or CIDR: foreign layers are pushed there, too */
	unsigned downloads,
		uploads;       /* for whoever pulls and pushes: at once; 0: dockerd's 3 and 5 */
	const char *certs_dir; /* HOST[:PORT]/{*.crt,*.cert,*.key,hosts.toml} */
	const char *http_proxy, *https_proxy, *no_proxy; /* NULL: none */
	unsigned attempts; /* of one transfer, dockerd's max-download-attempts; 0: 5 */
	unsigned stall_s;  /* a transfer without a byte for so long has failed; 0: 30 */
	const char *user_agent;
	const char *program; /* tare-xfer's path; NULL: beside this program, else ../libexec/tare */
};

/* X-Registry-Auth as it came (feature row B13); NULL members were not given. */
struct registry_auth {
	const char *username, *password;
	const char *identity_token; /* a refresh token for OAuth2 */
	const char *registry_token; /* a bearer token, used as it is */
	const char *server_address;
};

/* Whether layers that are not for distribution may be pushed to this domain. */
bool registry_takes_nondistributable(const struct registry_settings *settings, const char *domain);
/* Whether a list of host[:port] and CIDR names this domain, by its literal address as well. */
bool registry_is_listed(const struct str_list *list, const char *domain);

struct registry_opts {
	const struct registry_settings *settings;
	const struct oci_ref *repository; /* domain and path */
	const struct registry_auth *auth; /* NULL: anonymous */
	bool for_push;			  /* the token shall allow it; no mirrors then */
	bool plain_errors; /* what the registry says itself, not what a pull would say of it */
	const struct str_list *mount_from; /* paths of repositories to mount from, or NULL */
	/* Told when a transfer is tried again in so many seconds; NULL: nobody. Called from any thread. */
	void (*retrying)(void *arg, const char *digest, unsigned seconds);
	void *arg;
};

/* Starts the process; nothing is asked yet. *out is closed by the caller when no call is under way. */
int registry_open(const struct registry_opts *opts, struct registry **out, struct err *e);
void registry_close(struct registry *r);
/* From any thread: all calls under way and to come fail with ERR_CANCELLED "context canceled". */
void registry_cancel(struct registry *r);

/* --- Manifests ---------------------------------------------------------------------------------- */

struct registry_document {
	const char *media_type;
	char digest[OCI_DIGEST_SIZE]; /* of text; verified when it was asked for by digest */
	const char *text;	      /* NULL after a HEAD */
	size_t n;
};

/* what is a tag or a digest. Accepts every kind of manifest and index. The text lies in a. */
int registry_get_manifest(struct registry *r, struct arena *a, const char *what,
	struct registry_document *out, struct err *e);
/* Only media type, digest (as the registry says it) and n. */
int registry_head_manifest(struct registry *r, struct arena *a, const char *what,
	struct registry_document *out, struct err *e);
/* *doc's media type and text go out under what; its digest is checked against the registry's answer. */
int registry_put_manifest(
	struct registry *r, const char *what, const struct registry_document *doc, struct err *e);
/* All tags, over as many pages as there are. */
int registry_list_tags(struct registry *r, struct arena *a, struct str_list *out, struct err *e);
/*
 * The index of what refers to digest, of an artifact type or all (NULL), with the fallback to the tag
 * sha256-<hex> where the registry has no such endpoint (E16). An empty index when there are none.
 */
int registry_get_referrers(struct registry *r, struct arena *a, const char *digest,
	const char *artifact_type, struct registry_document *out, struct err *e);

/* --- Blobs -------------------------------------------------------------------------------------- */

struct registry_fetch {
	const char *digest;
	int64_t size;		     /* as the manifest says; more bytes are an error */
	const struct str_list *urls; /* of a foreign layer, tried before the registry; NULL: none */
	int file; /* open for both; written from offset on, so that a later try can go on; -1: nowhere */
	int64_t offset; /* bytes the file has from an earlier try */
	/*
	 * All bytes from 0 on go here as they come, the file's first; -1: nowhere. Taken over: closed at the end,
	 * whatever it is. With a file as well, a slow reader does not hold up the network; the call returns
	 * when all has been read. offset needs a file.
	 */
	int pipe;
	/*
	 * Bytes so far, at most some ten times a second, from the calling thread; -1 (with e) cancels. NULL:
	 * nobody.
	 */
	int (*report)(void *arg, int64_t bytes, struct err *e);
	void *arg;
};

/*
 * Fetches a blob. The digest is NOT verified here but by whoever reads the pipe or the file: nothing is trusted
 * before. Size is. What the file holds after a failure is a prefix of what the registry sent.
 */
int registry_fetch_blob(struct registry *r, const struct registry_fetch *f, struct err *e);
/* A small blob (a config), at most `most` bytes, its digest verified. Text in a. */
int registry_get_blob(struct registry *r, struct arena *a, const char *digest, size_t most,
	struct registry_document *out, struct err *e);
/* Whether the repository has it: *size is -1 when not. */
int registry_find_blob(struct registry *r, const char *digest, int64_t *size, struct err *e);
/* Cross-repository mount. *is_mounted false: the registry wants an upload. */
int registry_mount_blob(struct registry *r, const char *digest, const char *from_path,
	bool *is_mounted, struct err *e);

struct registry_upload {
	int in; /* the bytes, until its end; the caller's */
	/*
	 * What the bytes hash to: asked at the end of in (it may be known only then). The string outlives the
	 * call.
	 */
	int (*digest)(void *arg, const char **digest, struct err *e);
	int (*report)(void *arg, int64_t bytes, struct err *e); /* as in registry_fetch */
	void *arg;
};

/*
 * Uploads one blob in one stream. in cannot be read twice: after ERR_UNAVAILABLE (the network failed) the
 * caller may try again with a new stream, as often as settings->attempts says.
 */
int registry_upload_blob(struct registry *r, const struct registry_upload *u, struct err *e);

/* --- What is no registry's ---------------------------------------------------------------------- */

struct registry_url {
	int pipe; /* all bytes go here as they come; taken over: closed at the end, whatever it is */
	int (*report)(void *arg, int64_t bytes, struct err *e); /* as in registry_fetch */
	void *arg;
};

/*
 * Fetches what a URL (http or https, redirects followed) stands for, once, with no credentials and the
 * system's CAs. A
 * reader of the pipe cannot tell an end from a failure: the answer does. ERR_NOT_FOUND and others "failed to
 * GET … with status 404 Not Found: …".
 */
int registry_fetch_url(const struct registry_settings *settings, const char *url,
	const struct registry_url *u, struct err *e);

/* --- Without a repository ----------------------------------------------------------------------- */

/*
 * `docker login`: asks the registry at auth->server_address whether the credentials are good. *identity_token:
 * the refresh token it gave, or "". ERR_UNAUTHORIZED `Get "https://host/v2/": unauthorized: …`.
 */
int registry_check_login(const struct registry_settings *settings, const struct registry_auth *auth,
	struct arena *a, const char **identity_token, struct err *e);

struct registry_hit {
	const char *name, *description;
	int64_t stars;
	bool is_official, is_automated;
};

struct registry_hits {
	struct registry_hit *v;
	size_t n;
};

/* `docker search`: the v1 search of term's registry (or docker.io's index); limit 1–100. */
int registry_search(const struct registry_settings *settings, const struct registry_auth *auth,
	struct arena *a, const char *term, unsigned limit, struct registry_hits *out,
	struct err *e);

#endif
