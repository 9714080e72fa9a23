/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fmt.Sprintf over template values: flags, width, precision, '*', and the %!… texts for what does not
 * fit. %p and explicit argument indexes ([1]) are not spoken; they print as Go prints an unknown verb.
 */
#include "go_value.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

struct directive {
	bool minus, plus, sharp, space, zero;
	int width; /* -1: none */
	int prec;  /* -1: none */
	uint32_t verb;
};

struct printer {
	struct buf *out;
	struct arena *a;
	const struct go_val *args;
	size_t n, next;
};

static void pad(struct buf *out, const struct directive *d, struct slice s)
{
	size_t have = utf8_count(s);
	size_t fill = d->width > 0 && (size_t)d->width > have ? (size_t)d->width - have : 0;

	if (!d->minus)
		buf_pad(out, ' ', fill);
	buf_add(out, s.p, s.n);
	if (d->minus)
		buf_pad(out, ' ', fill);
}

/* Sign, zeros by width or precision, digits. */
static void pad_number(
	struct buf *out, const struct directive *d, const char *sign, const char *digits)
{
	own_buf b = { 0 };
	size_t len = strlen(sign) + strlen(digits);
	size_t want = d->prec >= 0			     ? (size_t)d->prec + strlen(sign)
		      : d->zero && !d->minus && d->width > 0 ? (size_t)d->width
							     : 0;

	buf_init(&b, 4096);
	buf_str(&b, sign);
	if (want > len)
		buf_pad(&b, '0', want - len);
	buf_str(&b, digits);
	pad(out, d, (struct slice){ b.data, b.len });
}

static const char *sign_of(const struct directive *d, bool negative)
{
	return negative ? "-" : d->plus ? "+" : d->space ? " " : "";
}

static void bad_verb(struct printer *p, uint32_t verb, struct go_val v)
{
	char c[4];
	size_t n = utf8_encode(verb, c);

	buf_str(p->out, "%!");
	buf_add(p->out, c, n);
	buf_char(p->out, '(');
	if (v.type)
		buf_fmt(p->out, "%s=", go_type_name(p->a, v.type));
	go_print(p->out, p->a, v);
	buf_char(p->out, ')');
}

static void to_base(char out[68], uint64_t u, unsigned base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char *p = out + 67;
	char *q = out;

	*p = '\0';
	do {
		*--p = digits[u % base];
		u /= base;
	} while (u);
	while ((*q++ = *p++))
		;
}

static void print_rune(struct printer *p, const struct directive *d, uint64_t u)
{
	char c[4];
	char text[24];
	size_t n = utf8_encode(u > 0x10ffff ? UTF8_BROKEN : (uint32_t)u, c);

	if (d->verb == 'c') {
		pad(p->out, d, (struct slice){ c, n });
	} else if (d->verb == 'U') {
		snprintf(text, sizeof(text), "U+%04llX", (unsigned long long)u);
		pad(p->out, d, slice_str(text));
	} else {
		snprintf(text, sizeof(text), "'%.*s'", (int)n, c);
		pad(p->out, d, slice_str(text));
	}
}

static void print_integer(struct printer *p, const struct directive *d, struct go_val v)
{
	bool negative = v.type->kind == GO_INT && v.i < 0;
	uint64_t u = negative ? 0 - (uint64_t)v.i : v.u;
	char digits[68];
	char sign[4];

	snprintf(sign, sizeof(sign), "%s", sign_of(d, negative));
	switch (d->verb) {
	case 'v':
	case 'd':
		to_base(digits, u, 10, false);
		break;
	case 'b':
		to_base(digits, u, 2, false);
		break;
	case 'o':
		to_base(digits, u, 8, false);
		if (d->sharp)
			snprintf(sign, sizeof(sign), "%s0", sign_of(d, negative));
		break;
	case 'x':
	case 'X':
		to_base(digits, u, 16, d->verb == 'X');
		if (d->sharp)
			snprintf(sign, sizeof(sign), "%s0%c", sign_of(d, negative), (char)d->verb);
		break;
	case 'c':
	case 'q':
	case 'U':
		print_rune(p, d, u);
		return;
	default:
		bad_verb(p, d->verb, v);
		return;
	}
	pad_number(p->out, d, sign, digits);
}

static void print_floating(struct printer *p, const struct directive *d, struct go_val v)
{
	char text[400];
	int prec = d->prec < 0 ? 6 : d->prec;
	double f = v.f < 0 ? -v.f : v.f;
	own_buf b = { 0 };
	struct directive no_prec = *d;

	buf_init(&b, 512);
	switch (d->verb) {
	case 'f':
	case 'F':
		snprintf(text, sizeof(text), "%.*f", prec, f);
		break;
	case 'e':
		snprintf(text, sizeof(text), "%.*e", prec, f);
		break;
	case 'E':
		snprintf(text, sizeof(text), "%.*E", prec, f);
		break;
	case 'v':
	case 'g':
	case 'G':
		if (d->prec < 0) {
			go_print_float(&b, f);
			snprintf(text, sizeof(text), "%s", b.data);
		} else {
			snprintf(text, sizeof(text), "%.*g", prec, f);
		}
		break;
	default:
		bad_verb(p, d->verb, v);
		return;
	}
	no_prec.prec = -1;
	pad_number(p->out, &no_prec, sign_of(d, v.f < 0), text);
}

static struct slice cut_runes(struct slice s, int max)
{
	struct slice rest = s;
	size_t len;

	for (int i = 0; i < max && rest.n > 0; i++, rest.p += len, rest.n -= len)
		utf8_next(rest, &len);
	return (struct slice){ s.p, s.n - rest.n };
}

static void print_string(struct printer *p, const struct directive *d, struct go_val v)
{
	struct slice s = go_text(p->a, v);
	own_buf b = { 0 };

	if (d->prec >= 0)
		s = cut_runes(s, d->prec);
	buf_init(&b, 8 * s.n + 64);
	switch (d->verb) {
	case 'v':
		if (d->sharp)
			go_quote(&b, s);
		else
			buf_add(&b, s.p, s.n);
		break;
	case 's':
		buf_add(&b, s.p, s.n);
		break;
	case 'q':
		if (d->sharp && memchr(s.p, '`', s.n) == NULL)
			buf_fmt(&b, "`%.*s`", (int)s.n, s.p);
		else
			go_quote(&b, s);
		break;
	case 'x':
	case 'X':
		for (size_t i = 0; i < s.n; i++)
			buf_fmt(&b, d->verb == 'x' ? "%02x" : "%02X", (unsigned char)s.p[i]);
		break;
	default:
		bad_verb(p, d->verb, v);
		return;
	}
	pad(p->out, d, (struct slice){ b.data, b.len });
}

static void print_arg(struct printer *p, const struct directive *d, struct go_val v);

static void print_each(struct printer *p, const struct directive *d, struct go_val v)
{
	buf_char(p->out, '[');
	for (size_t i = 0; i < go_len(v); i++) {
		if (i)
			buf_char(p->out, ' ');
		print_arg(p, d, go_at(v, i));
	}
	buf_char(p->out, ']');
}

static void print_entries(struct printer *p, const struct directive *d, struct go_val v)
{
	struct str_list keys = go_keys(p->a, v);

	buf_str(p->out, "map[");
	for (size_t i = 0; i < keys.n; i++) {
		struct go_val value = GO_NONE;

		if (i)
			buf_char(p->out, ' ');
		print_arg(p, d, go_str(keys.v[i]));
		buf_char(p->out, ':');
		go_entry(v, keys.v[i], &value);
		print_arg(p, d, value);
	}
	buf_char(p->out, ']');
}

static void print_whole(struct printer *p, const struct directive *d, struct go_val v)
{
	own_buf b = { 0 };

	buf_init(&b, 1 << 20);
	if (d->plus)
		go_print_named(&b, p->a, v);
	else
		go_print(&b, p->a, v);
	pad(p->out, d, (struct slice){ b.data, b.len });
}

static void print_arg(struct printer *p, const struct directive *d, struct go_val v)
{
	v = go_unwrap(v);
	if (d->verb == 'T') {
		pad(p->out, d, slice_str(go_type_name(p->a, v.type)));
		return;
	}
	if (v.type == NULL) {
		if (d->verb == 'v')
			pad(p->out, d, slice_str("<nil>"));
		else
			bad_verb(p, d->verb, v);
		return;
	}
	switch (v.type->kind) {
	case GO_BOOL:
		if (d->verb == 't' || d->verb == 'v')
			pad(p->out, d, slice_str(v.b ? "true" : "false"));
		else
			bad_verb(p, d->verb, v);
		break;
	case GO_INT:
	case GO_UINT:
		print_integer(p, d, v);
		break;
	case GO_FLOAT:
		print_floating(p, d, v);
		break;
	case GO_STRING:
	case GO_NUMBER:
		print_string(p, d, v);
		break;
	case GO_SLICE:
		print_each(p, d, v);
		break;
	case GO_MAP:
		print_entries(p, d, v);
		break;
	default:
		print_whole(p, d, v);
	}
}

static bool flag_of(struct directive *d, char c)
{
	bool *flag = c == '-'	? &d->minus
		     : c == '+' ? &d->plus
		     : c == '#' ? &d->sharp
		     : c == ' ' ? &d->space
		     : c == '0' ? &d->zero
				: NULL;

	if (flag)
		*flag = true;
	return flag != NULL;
}

/* A number, or '*' from the arguments; -1: none there. */
static int number_of(struct printer *p, struct slice *f, const char *what)
{
	int n = -1;

	if (f->n > 0 && *f->p == '*') {
		f->p++;
		f->n--;
		if (p->next < p->n && p->args[p->next].type == &go_int_type)
			return (int)p->args[p->next++].i;
		buf_fmt(p->out, "%%!(%s)", what);
		return -1;
	}
	while (f->n > 0 && isdigit((unsigned char)*f->p) && n < 100000) {
		n = (n < 0 ? 0 : n * 10) + (*f->p - '0');
		f->p++;
		f->n--;
	}
	return n;
}

static void one_directive(struct printer *p, struct slice *f)
{
	struct directive d = { .width = -1, .prec = -1 };
	size_t len;
	char c[4];

	while (f->n > 0 && flag_of(&d, *f->p)) {
		f->p++;
		f->n--;
	}
	d.width = number_of(p, f, "BADWIDTH");
	if (d.width < -1) {
		d.minus = true;
		d.width = -d.width;
	}
	if (f->n > 0 && *f->p == '.') {
		f->p++;
		f->n--;
		d.prec = number_of(p, f, "BADPREC");
		if (d.prec < 0)
			d.prec = 0;
	}
	if (f->n == 0) {
		buf_str(p->out, "%!(NOVERB)");
		return;
	}
	d.verb = utf8_next(*f, &len);
	f->p += len;
	f->n -= len;
	if (d.verb == '%') {
		buf_char(p->out, '%');
	} else if (p->next >= p->n) {
		buf_str(p->out, "%!");
		buf_add(p->out, c, utf8_encode(d.verb, c));
		buf_str(p->out, "(MISSING)");
	} else {
		print_arg(p, &d, p->args[p->next++]);
	}
}

void go_printf(
	struct buf *out, struct arena *a, struct slice format, const struct go_val *args, size_t n)
{
	struct printer p = { .out = out, .a = a, .args = args, .n = n };

	while (format.n > 0) {
		const char *percent = memchr(format.p, '%', format.n);
		size_t plain = percent ? (size_t)(percent - format.p) : format.n;

		buf_add(out, format.p, plain);
		format.p += plain;
		format.n -= plain;
		if (percent) {
			format.p++;
			format.n--;
			one_directive(&p, &format);
		}
	}
	if (p.next >= n)
		return;
	buf_str(out, "%!(EXTRA ");
	for (size_t i = p.next; i < n; i++) {
		if (i > p.next)
			buf_str(out, ", ");
		if (args[i].type)
			buf_fmt(out, "%s=", go_type_name(a, args[i].type));
		go_print(out, a, args[i]);
	}
	buf_char(out, ')');
}
