/* SPDX-License-Identifier: Apache-2.0 */
/* https://protobuf.dev/programming-guides/encoding */
#include "protobuf.h"

#include <string.h>

enum wire { WIRE_VARINT = 0, WIRE_I64 = 1, WIRE_BYTES = 2, WIRE_I32 = 5 };

#define FIELD_MOST 0x1fffffffu

static void put_varint(struct buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_char(out, (char)(v | 0x80));
	buf_char(out, (char)v);
}

void protobuf_put_number(struct buf *out, unsigned field, int64_t value)
{
	put_varint(out, (uint64_t)field << 3 | WIRE_VARINT);
	put_varint(out, (uint64_t)value);
}

void protobuf_put_bytes(struct buf *out, unsigned field, const void *data, size_t n)
{
	put_varint(out, (uint64_t)field << 3 | WIRE_BYTES);
	put_varint(out, n);
	buf_add(out, data, n);
}

void protobuf_put_str(struct buf *out, unsigned field, const char *s)
{
	protobuf_put_bytes(out, field, s, strlen(s));
}

void protobuf_put_message(struct buf *out, unsigned field, const struct buf *part)
{
	protobuf_put_bytes(out, field, part->data, part->len);
}

static void skip(struct slice *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

static bool take_varint(struct slice *s, uint64_t *out)
{
	*out = 0;
	for (unsigned shift = 0; s->n && shift < 64; shift += 7) {
		unsigned char c = (unsigned char)*s->p;
		skip(s, 1);
		*out |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return true;
	}
	return false;
}

static bool take_fixed(struct slice *s, size_t n, uint64_t *out)
{
	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		*out |= (uint64_t)(unsigned char)s->p[i] << (8 * i);
	skip(s, n);
	return true;
}

static bool take_bytes(struct slice *s, struct slice *out)
{
	uint64_t n;

	if (!take_varint(s, &n) || n > s->n)
		return false;
	*out = (struct slice){ s->p, (size_t)n };
	skip(s, (size_t)n);
	return true;
}

int protobuf_next(struct slice *rest, struct protobuf_field *out)
{
	uint64_t tag;
	bool ok;

	*out = (struct protobuf_field){ 0 };
	if (!rest->n)
		return 0;
	if (!take_varint(rest, &tag) || tag >> 3 == 0 || tag >> 3 > FIELD_MOST)
		return -1;
	out->number = (unsigned)(tag >> 3);
	switch ((enum wire)(tag & 7)) {
	case WIRE_VARINT:
		ok = take_varint(rest, &out->value);
		break;
	case WIRE_I64:
		ok = take_fixed(rest, 8, &out->value);
		break;
	case WIRE_I32:
		ok = take_fixed(rest, 4, &out->value);
		break;
	case WIRE_BYTES:
		out->is_bytes = true;
		ok = take_bytes(rest, &out->bytes);
		break;
	default:
		ok = false;
	}
	return ok ? 1 : -1;
}
