/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tare-xfer and the daemon (image/registry.c) say to each other. Both are built from the same tree, so these
 * are plain structs; only the used part of a message is sent. Header only: the image room links nothing of this room.
 *
 *	tare-xfer	3 the control socket (SEQPACKET), 4 a memory file: the configuration as JSON (xfer/config.h)
 *
 * On the control socket the daemon sends nothing but CALLs, each with a channel (a SEQPACKET socket of its own) and the
 * descriptors it needs, in the order of enum xfer_fd. On the channel tare-xfer sends any number of PROGRESS,
 * RETRY and ASK (answered by an xfer_answer), at last DONE or ERROR. Whoever closes a channel gives the call up;
 * the end of the control socket ends the process.
 *
 * A call's text is a memory file: what a call brings along (a manifest, the URLs of a foreign layer) or room for
 * what it gets. The daemon seals its size and believes nothing of what it holds.
 */
#ifndef TARE_XFER_PROTO_H
#define TARE_XFER_PROTO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "oci/digest.h"

#define XFER_FD_SOCKET 3
#define XFER_FD_CONFIG 4

#define XFER_CONFIG_MOST (4 * 1024 * 1024)
/* Room for sha512 digests, too: they are refused later, with words. */
#define XFER_WHAT_SIZE	256
#define XFER_TYPE_SIZE	256
#define XFER_CALLS_MOST 64 /* at once */

enum xfer_call_type {
	XFER_GET_MANIFEST = 1, /* what; text: room */
	XFER_HEAD_MANIFEST,    /* what */
	XFER_PUT_MANIFEST,     /* what, media_type, n; text: the manifest */
	XFER_LIST_TAGS,	       /* text: room for one tag a line */
	XFER_GET_REFERRERS,    /* what, media_type: the artifact's or ""; text: room */
	XFER_FETCH_BLOB,       /* what, size, offset, n; text: URLs, one a line; file, pipe */
	XFER_GET_BLOB,	       /* what; text: room */
	XFER_FIND_BLOB,	       /* what */
	XFER_MOUNT_BLOB,       /* what, from */
	XFER_UPLOAD_BLOB,      /* file: the stream */
	XFER_LOGIN,	       /* text: room for an identity token */
	XFER_SEARCH,	       /* from: the term, n: the limit; text: room for JSON */
	XFER_FETCH_URL, /* n; text: the URL; pipe. No registry's: asked once, with no credentials */
	XFER_CALL_TYPES
};

enum xfer_fd { XFER_CHANNEL, XFER_TEXT, XFER_FILE, XFER_PIPE, XFER_FDS };

struct xfer_call {
	uint32_t type;
	uint32_t fds;		   /* bit n: a descriptor for enum xfer_fd n comes along */
	int64_t size;		   /* of a blob, -1: not known */
	int64_t offset;		   /* bytes the file has already */
	uint64_t n;		   /* bytes of text */
	char what[XFER_WHAT_SIZE]; /* tag or digest */
	char media_type[XFER_TYPE_SIZE];
	char from[XFER_WHAT_SIZE]; /* a repository's path, a search term */
};

enum xfer_msg_type {
	XFER_MSG_PROGRESS = 1,
	XFER_MSG_RETRY,
	XFER_MSG_ASK, /* what do the bytes hash to? */
	XFER_MSG_DONE,
	XFER_MSG_ERROR,
};

struct xfer_done {
	int64_t size; /* of the document; -1 when there is none */
	uint64_t n;   /* bytes of text */
	int32_t is_mounted;
	char media_type[XFER_TYPE_SIZE];
	char digest[OCI_DIGEST_SIZE]; /* as the registry says it, or "" */
};

struct xfer_msg {
	uint32_t type;
	union {
		int64_t progress; /* bytes so far */
		uint32_t seconds; /* until the next try */
		struct xfer_done done;
		struct err err;
	};
};

struct xfer_answer {
	char digest[OCI_DIGEST_SIZE]; /* "": none, the call is given up */
};

/* Bytes to send for a message of this type. */
static inline size_t xfer_msg_size(uint32_t type)
{
	static const size_t sizes[] = {
		[XFER_MSG_PROGRESS] = sizeof(int64_t),
		[XFER_MSG_RETRY] = sizeof(uint32_t),
		[XFER_MSG_DONE] = sizeof(struct xfer_done),
		[XFER_MSG_ERROR] = sizeof(struct err),
	};
	size_t body = type < sizeof(sizes) / sizeof(sizes[0]) ? sizes[type] : 0;

	return offsetof(struct xfer_msg, progress) + body;
}

#endif
