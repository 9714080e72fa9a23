/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tare-layer and whoever spawned it say to each other over one SEQPACKET socket. Both are built
 * from the same tree, so these are plain structs; only the used part of a message is sent. Header only:
 * the image room links nothing of this room.
 *
 *	tare-layer archive		0 the stream, 3 an empty directory, 4 the socket
 *		for each member MEMBER, answered by one byte LAYER_GO; with a file STORED follows. When a pipe
 *		comes with the answer, the file's content goes into it and not into the directory. At last END,
 *		or ERROR.
 *	tare-layer unpack [DIGEST]	0 the layer's file, 3 the layer's directory, 4 the socket,
 *					5 the file for tar-split.json.gz
 *		PROGRESS … DONE, or ERROR
 *	tare-layer unpack-blob DIGEST	as unpack, of bytes that come from anywhere
 *		DONE or ERROR; when the bytes do not hash to DIGEST, that is the error, whatever else is wrong
 *	tare-layer pack upper|tree	0 where the tar goes, 3 the directory, 4 the socket
 *	tare-layer pack entry NAME AS	the same of one entry of the directory, called AS
 *		PACKED, or ERROR
 *	tare-layer assemble FORM [verify]	0 the layer's tar-split.json.gz, 3 the layer's directory, 4 the socket,
 *					5 where the layer's tar goes
 *		PROGRESS … ASSEMBLED, or ERROR. FORM is "plain", "gzip" or "zstd", with a level if wanted: "gzip:1".
 *		The same tar, form and level give the same bytes. With "verify" the tar's own digest is told, too.
 *		ERROR is of kind ERR_CANCELLED when nobody reads what is written.
 *	tare-layer compose		3 an empty directory, 4 the socket, 5 where the archive goes
 *		ENTRY is answered by WRITTEN when all that comes from here is in the output: with a descriptor its content,
 *		too; a file's without one comes from somebody else right after. MEASURE with a tar-split's descriptor is
 *		answered by MEASURED. At last END, answered by END; or ERROR. Which is the answer, too, when nobody asks
 *		any more.
 *
 * unpack's DIGEST says that the file's bytes are known to hash to it, so a plain tar need not be hashed again.
 */
#ifndef TARE_LAYER_PROTO_H
#define TARE_LAYER_PROTO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sha.h"

#define LAYER_FD_STREAM 0
#define LAYER_FD_DIR	3
#define LAYER_FD_SOCKET 4
#define LAYER_FD_SPLIT	5
#define LAYER_FD_OUT	5

#define LAYER_GO 'g'

/* Longest name of an archive member; longer ones are refused (digests and ids need 80). */
#define LAYER_NAME_MAX	  1024
#define LAYER_MEMBERS_MAX 65536

enum layer_msg_type {
	LAYER_MSG_MEMBER = 1,
	LAYER_MSG_STORED,
	LAYER_MSG_END,
	LAYER_MSG_PROGRESS,
	LAYER_MSG_DONE,
	LAYER_MSG_ERROR,
	LAYER_MSG_PACKED,
	LAYER_MSG_ASSEMBLED,
	LAYER_MSG_ENTRY,
	LAYER_MSG_WRITTEN,
	LAYER_MSG_MEASURE,
	LAYER_MSG_MEASURED,
};

enum layer_member_type { LAYER_MEMBER_FILE, LAYER_MEMBER_LINK, LAYER_MEMBER_DIR };

/* How a file begins. */
enum layer_looks { LAYER_LOOKS_OTHER, LAYER_LOOKS_TAR, LAYER_LOOKS_COMPRESSED };

/* One member of the archive. A file's content will be in the directory, named "m" and its number. */
struct layer_member {
	uint32_t number;
	uint32_t type;	 /* enum layer_member_type; hard links and symlinks are both LINK */
	int32_t is_hard; /* LINK: target is a member's name, not relative to this one */
	uint32_t looks;	 /* FILE: enum layer_looks */
	int64_t size;
	char name[LAYER_NAME_MAX]; /* cleaned: no "./", "..", double or trailing slash */
	char target[LAYER_NAME_MAX];
};

/* The content of the member reported last is there. */
struct layer_stored {
	char digest[SHA_DIGEST_TEXT + 1]; /* sha256 of it; "" when it went into a pipe */
};

struct layer_done {
	char diff_id[SHA_DIGEST_TEXT + 1]; /* of the uncompressed tar */
	int64_t size;			   /* sum of the files' sizes: layerdb's "size" */
	int64_t entries;
};

struct layer_packed {
	int64_t entries;
	int64_t bytes; /* of the tar */
};

struct layer_assembled {
	char digest[SHA_DIGEST_TEXT + 1];  /* of the bytes written; "" for plain without "verify" */
	char diff_id[SHA_DIGEST_TEXT + 1]; /* of the tar; "" without "verify" */
	int64_t size;			   /* bytes written */
	int64_t tar_size;
};

/* A member of an archive to be written: owned by root, 0644 or, a directory, 0755. */
struct layer_entry {
	uint32_t type;	      /* enum layer_member_type; LINK is a symlink */
	uint32_t has_content; /* FILE: a descriptor comes with it */
	int64_t size;
	int64_t mtime; /* seconds since 1970 */
	char name[LAYER_NAME_MAX];
	char target[LAYER_NAME_MAX];
};

struct layer_msg {
	uint32_t type;
	union {
		struct layer_member member;
		struct layer_stored stored;
		int64_t progress; /* unpack: bytes of the layer's file read so far; assemble: of its tar made */
		struct layer_done done;
		struct layer_packed packed;
		struct layer_assembled assembled;
		struct layer_entry entry;
		int64_t measured; /* bytes of the tar */
		struct err err;
	};
};

/* Bytes to send for a message of this type. */
static inline size_t layer_msg_size(uint32_t type)
{
	static const size_t sizes[] = {
		[LAYER_MSG_MEMBER] = sizeof(struct layer_member),
		[LAYER_MSG_STORED] = sizeof(struct layer_stored),
		[LAYER_MSG_PROGRESS] = sizeof(int64_t),
		[LAYER_MSG_DONE] = sizeof(struct layer_done),
		[LAYER_MSG_ERROR] = sizeof(struct err),
		[LAYER_MSG_PACKED] = sizeof(struct layer_packed),
		[LAYER_MSG_ASSEMBLED] = sizeof(struct layer_assembled),
		[LAYER_MSG_ENTRY] = sizeof(struct layer_entry),
		[LAYER_MSG_MEASURED] = sizeof(int64_t),
	};
	size_t body = type < sizeof(sizes) / sizeof(sizes[0]) ? sizes[type] : 0;

	return offsetof(struct layer_msg, member) + body;
}

#endif
