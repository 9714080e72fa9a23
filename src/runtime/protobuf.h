/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The little of Protocol Buffers' wire format that CRIU's RPC needs (criu.h): numbers, strings and messages in
 * messages. Nothing is generated; who calls knows the field numbers.
 */
#ifndef TARE_RUNTIME_PROTOBUF_H
#define TARE_RUNTIME_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/* bool, enum, uint32, and int32 (sign-extended, as the format has it). */
void protobuf_put_number(struct buf *out, unsigned field, int64_t value);
void protobuf_put_bytes(struct buf *out, unsigned field, const void *data, size_t n);
void protobuf_put_str(struct buf *out, unsigned field, const char *s);
/* What was built in part as a message of its own. */
void protobuf_put_message(struct buf *out, unsigned field, const struct buf *part);

struct protobuf_field {
	unsigned number;
	bool is_bytes;
	uint64_t value;	    /* else; an int32 is its lower half */
	struct slice bytes; /* string, message; points into the text read */
};

/* The next field of *rest, which moves on: 1, 0 at the end, -1 when the bytes make no sense. */
int protobuf_next(struct slice *rest, struct protobuf_field *out);

#endif
