/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structs to JSON and back, driven by one table per struct. Keys match as Go's decoder matches them:
 * exactly, else in any case. What is decoded lives in the arena. Unknown members are ignored unless
 * the table has a REST row: then they are kept as text and written back at the end of the object.
 *
 *	static const struct bind_field port_fields[] = {
 *		BIND(STR, struct port, host_ip, "HostIp", 0),
 *		BIND_NEST(OBJ, struct port, range, "Range", BIND_OMITEMPTY, range_fields, struct range),
 *		BIND_END
 *	};
 */
#ifndef TARE_BASE_BIND_H
#define TARE_BASE_BIND_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "json.h"
#include "jsonw.h"

enum bind_type {
	BIND_T_END = 0,
	BIND_T_STR,    /* const char *; NULL is written "" */
	BIND_T_BOOL,   /* bool */
	BIND_T_I32,    /* int32_t */
	BIND_T_I64,    /* int64_t */
	BIND_T_U16,    /* uint16_t */
	BIND_T_U32,    /* uint32_t */
	BIND_T_U64,    /* uint64_t */
	BIND_T_F64,    /* double */
	BIND_T_BOOLP,  /* bool *; NULL is null */
	BIND_T_I64P,   /* int64_t *; NULL is null */
	BIND_T_U32P,   /* uint32_t * */
	BIND_T_U64P,   /* uint64_t * */
	BIND_T_STRP,   /* const char *; NULL is null, "" is "" */
	BIND_T_STRS,   /* struct str_list; absent is null */
	BIND_T_STRS1,  /* the same, a lone string is taken as a list of one (Cmd, Entrypoint) */
	BIND_T_STRMAP, /* struct str_map */
	BIND_T_U32S,   /* struct { uint32_t *v; size_t n; }; absent is null */
	BIND_T_SET,    /* struct str_list written as {"k":{},…} (ExposedPorts, Volumes) */
	BIND_T_OBJ,    /* struct, in place */
	BIND_T_OBJP,   /* struct *; NULL is null */
	BIND_T_OBJS,   /* struct { T *v; size_t n; } */
	BIND_T_OBJMAP, /* struct { const char **keys; T *v; size_t n; } */
	BIND_T_OBJSMAP, /* map of lists: struct { const char **keys; struct { T *v; size_t n; } *v; size_t n; } */
	BIND_T_RAW,  /* const char *: the member's JSON text, whatever it is; NULL is null */
	BIND_T_REST, /* const char *: unknown members as JSON text "{…}"; NULL when none */
};

enum bind_flag {
	BIND_OMITEMPTY = 1,  /* not written when zero, NULL, "" or empty (Go's omitempty) */
	BIND_EMPTY_LIST = 2, /* an absent list or map is written [] or {}, not null */
};

struct bind_field {
	enum bind_type type;
	unsigned flags;
	size_t offset;
	const char *key;
	const struct bind_field *fields; /* of nested structs */
	size_t size;			 /* of one nested struct */
};

#define BIND(t, s, member, key, flags)                                   \
	{                                                                \
		BIND_T_##t, (flags), offsetof(s, member), (key), NULL, 0 \
	}
#define BIND_NEST(t, s, member, key, flags, fields, nested)                               \
	{                                                                                 \
		BIND_T_##t, (flags), offsetof(s, member), (key), (fields), sizeof(nested) \
	}
#define BIND_END                                \
	{                                       \
		BIND_T_END, 0, 0, NULL, NULL, 0 \
	}

/*
 * Fills *out (zeroed or holding defaults: absent members and nulls leave it alone) from obj. A value of
 * the wrong kind is ERR_INVALID: "cannot unmarshal string into Go struct field Config.Env of type []string"
 * shaped, with the path of the member.
 */
int bind_decode(struct arena *a, const struct json *obj, const struct bind_field *fields, void *out,
	struct err *e);
/* Writes one object value. */
void bind_encode(struct jsonw *w, const struct bind_field *fields, const void *in);
/* Writes the members only, into an object the caller has open. */
void bind_encode_members(struct jsonw *w, const struct bind_field *fields, const void *in);

#endif
