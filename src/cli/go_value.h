/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as a Go template sees them: JSON documents read through a description of the Go type docker
 * decodes them into (field names, order, omitempty, nil-ness), values made by functions, and objects
 * with methods (the rows of ps). Nothing is decoded ahead: a field is looked up when it is asked for.
 */
#ifndef TARE_CLI_GO_VALUE_H
#define TARE_CLI_GO_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/slice.h"

enum go_kind {
	GO_BOOL,
	GO_INT,
	GO_UINT,
	GO_FLOAT,
	GO_STRING,
	GO_NUMBER, /* json.Number: the number's text */
	GO_SLICE,
	GO_MAP, /* keys are strings */
	GO_STRUCT,
	GO_PTR,
	GO_ANY,	   /* interface{} */
	GO_TIME,   /* time.Time */
	GO_OBJECT, /* *T with methods; never nil */
};

struct go_type {
	enum go_kind kind;
	const char *name;	    /* as %T prints it; NULL: made from elem ("[]string", "*T") */
	const struct go_type *elem; /* of SLICE, MAP, PTR */
	const struct go_field *fields;	 /* of STRUCT; ends with name NULL */
	const struct go_method *methods; /* of OBJECT; sorted by name; ends with name NULL */
};

enum go_field_flag {
	GO_OMITEMPTY = 1,
	GO_EMBEDDED = 2, /* the members stand in the same JSON object */
	GO_NOT_JSON = 4, /* json:"-" */
};

struct go_field {
	const char *name;
	const char *key; /* in JSON; NULL: as name */
	const struct go_type *type;
	unsigned flags;
};

struct go_list;

struct go_val {
	const struct go_type *type; /* NULL: no value at all (reflect's invalid Value) */
	union {
		bool b;
		int64_t i;
		uint64_t u;
		double f;
		struct slice s;
		struct json *node;	    /* others; NULL: nil, or zero */
		const struct go_list *list; /* SLICE made here */
		void *self;		    /* OBJECT */
	};
	bool is_list; /* SLICE: list, not node */
};

struct go_list {
	struct go_val *v;
	size_t n;
};

/* A method takes n_args strings or none; NULL header: not a column (FullHeader, Label). */
struct go_method {
	const char *name;
	const char *header; /* of its column in a table */
	struct go_val (*call)(void *self, struct arena *a, const struct slice *arg);
	bool has_arg; /* one string: .Label "x" */
};

#define GO_NONE ((struct go_val){ .type = NULL })

/* Initialisers of descriptions. */
#define GO_PTR_TO(t)                          \
	{                                     \
		GO_PTR, NULL, (t), NULL, NULL \
	}
#define GO_LIST_OF(t)                           \
	{                                       \
		GO_SLICE, NULL, (t), NULL, NULL \
	}
#define GO_MAP_OF(t)                          \
	{                                     \
		GO_MAP, NULL, (t), NULL, NULL \
	}
#define GO_STRUCT_OF(name, fields)                      \
	{                                               \
		GO_STRUCT, (name), NULL, (fields), NULL \
	}

extern const struct go_type go_bool_type, go_int_type, go_int64_type, go_uint_type, go_uint16_type,
	go_uint64_type, go_float_type, go_string_type, go_number_type, go_any_type,
	go_any_slice_type, go_any_map_type, go_strings_type, go_string_map_type, go_time_type,
	go_empty_type;

/* The value of type that node (NULL or null: absent) decodes to. Strings point into the document. */
struct go_val go_of(const struct go_type *type, struct json *node);
struct go_val go_str(const char *s);
struct go_val go_strn(const char *s, size_t n);
struct go_val go_int(int64_t i);
struct go_val go_bool(bool b);
struct go_val go_object(const struct go_type *type, void *self);

/* What %T prints. */
const char *go_type_name(struct arena *a, const struct go_type *t);

/* True for a nil pointer, interface, map or slice. */
bool go_is_nil(struct go_val v);
/* What a pointer or interface holds; a nil interface gives GO_NONE. */
struct go_val go_elem(struct go_val v);
/* Through all pointers and interfaces; *is_nil when it stopped at a nil one (then v is that one). */
struct go_val go_indirect(struct go_val v, bool *is_nil);
/* Only through an interface. */
struct go_val go_unwrap(struct go_val v);
/* text/template's truth. */
bool go_truth(struct go_val v);

/* The text of a STRING or NUMBER. */
struct slice go_text(struct arena *a, struct go_val v);
/* Of SLICE, MAP and STRING. */
size_t go_len(struct go_val v);
struct go_val go_at(struct go_val slice, size_t i);
/* Member of a STRUCT by its Go name; false: there is none of that name. */
bool go_field(struct go_val v, const char *name, struct go_val *out);
/* False when the type (not the value) has no such field. */
bool go_type_has_field(const struct go_type *t, const char *name);
/* Entry of a MAP; false: not there. */
bool go_entry(struct go_val map, const char *key, struct go_val *out);
/* The keys of a MAP in order of bytes, as fmt and encoding/json list them. */
struct str_list go_keys(struct arena *a, struct go_val map);
const struct go_method *go_method_find(const struct go_type *t, const char *name);

/* Writes v as fmt.Print does (%v). */
void go_print(struct buf *out, struct arena *a, struct go_val v);
/* %+v: with the names of struct members. */
void go_print_named(struct buf *out, struct arena *a, struct go_val v);
/* Writes v as encoding/json does; escape_html: < > & as \u003c… */
void go_json(struct buf *out, struct arena *a, struct go_val v, bool escape_html);
/* strconv.Quote. */
void go_quote(struct buf *out, struct slice s);
/* strconv.FormatFloat(f, 'g'-like, shortest) as %v writes float64. */
void go_print_float(struct buf *out, double f);
/* time.Time.String of an RFC 3339 text; the text itself when it is none. */
void go_print_time(struct buf *out, const char *rfc3339);
/* fmt.Sprintf. */
void go_printf(
	struct buf *out, struct arena *a, struct slice format, const struct go_val *args, size_t n);

#endif
