/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers are the machine's own: the file goes nowhere. In order: magic, checksum of what follows, the two counts, layers
 * (digest, size), images by digest (digest, where), and what is said of each image there.
 */
#include "index.h"

#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

#define MAGIC	   "tareidx1"
#define MAGIC_SIZE 8
#define RAW	   (SHA_HEX / 2)
#define HEAD	   (MAGIC_SIZE + sizeof(uint64_t) + 2 * sizeof(uint32_t))
#define LAYER_SIZE (RAW + sizeof(int64_t))
#define IMAGE_SIZE (RAW + sizeof(uint32_t))

struct index {
	const char *text;
	size_t n;
	uint32_t n_layers, n_images;
	const char *layers, *images;
};

static uint64_t checksum(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325, word;

	for (; n >= sizeof(word); p += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * 0x100000001b3;
		h ^= h >> 29;
	}
	for (; n; p++, n--)
		h = (h ^ (unsigned char)*p) * 0x100000001b3;
	return h;
}

static void to_raw(const char *id, unsigned char out[RAW])
{
	const char *hex = oci_digest_hex(id);

	for (size_t i = 0; i < RAW; i++)
		out[i] = (unsigned char)(parse_hex_digit(hex[2 * i]) << 4 |
					 parse_hex_digit(hex[2 * i + 1]));
}

/* --- Writing ------------------------------------------------------------------------------------- */

static int by_id(const void *x, const void *y)
{
	const struct index_image *a = x, *b = y;

	return strcmp(a->id, b->id);
}

static void put_u32(struct buf *out, size_t v)
{
	uint32_t n = (uint32_t)v;

	buf_add(out, &n, sizeof(n));
}

static void put_text(struct buf *out, const char *s)
{
	size_t n = strlen(s);

	put_u32(out, n);
	buf_add(out, s, n);
}

static void put_image(struct buf *out, const struct index_image *img)
{
	buf_add(out, &img->created_ns, sizeof(img->created_ns));
	put_u32(out, img->n_layers);
	buf_add(out, img->layers, img->n_layers * sizeof(*img->layers));
	/* One more than there are: none at all is not the same as an empty list. */
	put_u32(out, img->labels.keys ? img->labels.n + 1 : 0);
	for (size_t i = 0; i < img->labels.n; i++) {
		put_text(out, img->labels.keys[i]);
		put_text(out, img->labels.v[i]);
	}
}

void index_seal(char *text, size_t n)
{
	size_t from = MAGIC_SIZE + sizeof(uint64_t);
	uint64_t sum;

	if (n < from)
		return;
	sum = checksum(text + from, n - from);
	memcpy(text, MAGIC, MAGIC_SIZE);
	memcpy(text + MAGIC_SIZE, &sum, sizeof(sum));
}

void index_print(const struct index_layer *layers, size_t n_layers, struct index_image *images,
	size_t n_images, struct buf *out)
{
	unsigned char raw[RAW];
	uint64_t sum = 0;
	own_buf bodies = { 0 };

	qsort(images, n_images, sizeof(*images), by_id);
	buf_init(&bodies, out->max);
	buf_add(out, MAGIC, MAGIC_SIZE);
	buf_add(out, &sum, sizeof(sum));
	put_u32(out, n_layers);
	put_u32(out, n_images);
	for (size_t i = 0; i < n_layers; i++) {
		to_raw(layers[i].chain_id, raw);
		buf_add(out, raw, RAW);
		buf_add(out, &layers[i].size, sizeof(layers[i].size));
	}
	size_t bodies_at = HEAD + n_layers * LAYER_SIZE + n_images * IMAGE_SIZE;
	for (size_t i = 0; i < n_images; i++) {
		to_raw(images[i].id, raw);
		buf_add(out, raw, RAW);
		put_u32(out, bodies_at + bodies.len);
		put_image(&bodies, &images[i]);
	}
	buf_add(out, bodies.data, bodies.len);
	if (buf_ok(out))
		index_seal(out->data, out->len);
}

/* --- Reading ------------------------------------------------------------------------------------- */

struct index *index_new(const char *text, size_t n)
{
	struct index x = { .text = text, .n = n };
	size_t from = MAGIC_SIZE + sizeof(uint64_t);
	uint64_t sum;

	if (n < HEAD || memcmp(text, MAGIC, MAGIC_SIZE) != 0)
		return NULL;
	memcpy(&sum, text + MAGIC_SIZE, sizeof(sum));
	memcpy(&x.n_layers, text + from, sizeof(x.n_layers));
	memcpy(&x.n_images, text + from + sizeof(uint32_t), sizeof(x.n_images));
	if (HEAD + (uint64_t)x.n_layers * LAYER_SIZE + (uint64_t)x.n_images * IMAGE_SIZE > n ||
		sum != checksum(text + from, n - from))
		return NULL;
	x.layers = text + HEAD;
	x.images = x.layers + x.n_layers * LAYER_SIZE;
	struct index *out = malloc(sizeof(*out));
	if (!out)
		abort();
	*out = x;
	return out;
}

void index_free(struct index *x)
{
	free(x);
}

size_t index_images(const struct index *x)
{
	return x->n_images;
}

size_t index_layers(const struct index *x)
{
	return x->n_layers;
}

void index_layer(const struct index *x, size_t i, char chain_id[OCI_DIGEST_SIZE], int64_t *size)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *raw = (const unsigned char *)x->layers + i * LAYER_SIZE;
	char *p = chain_id + strlen("sha256:");

	memcpy(chain_id, "sha256:", strlen("sha256:"));
	for (size_t k = 0; k < RAW; k++) {
		*p++ = digits[raw[k] >> 4];
		*p++ = digits[raw[k] & 15];
	}
	*p = 0;
	memcpy(size, raw + RAW, sizeof(*size));
}

/* Takes n bytes from *rest; NULL when there are not as many. */
static const char *cut(struct slice *rest, size_t n)
{
	const char *p = rest->p;

	if (n > rest->n)
		return NULL;
	rest->p += n;
	rest->n -= n;
	return p;
}

static bool get_u32(struct slice *rest, uint32_t *out)
{
	const char *p = cut(rest, sizeof(*out));

	if (p)
		memcpy(out, p, sizeof(*out));
	return p;
}

static const char *get_text(struct slice *rest, struct arena *a)
{
	uint32_t n;
	const char *p = get_u32(rest, &n) ? cut(rest, n) : NULL;

	return p ? arena_strndup(a, p, n) : NULL;
}

static bool get_layers(
	const struct index *x, struct slice *rest, struct arena *a, struct index_image *out)
{
	uint32_t n;
	const char *p = get_u32(rest, &n) ? cut(rest, n * sizeof(uint32_t)) : NULL;

	if (!p)
		return false;
	uint32_t *v = arena_array(a, n + 1, sizeof(*v));
	memcpy(v, p, n * sizeof(*v));
	for (uint32_t i = 0; i < n; i++)
		if (v[i] >= x->n_layers)
			return false;
	out->layers = v;
	out->n_layers = n;
	return true;
}

static bool get_labels(struct slice *rest, struct arena *a, struct index_image *out)
{
	uint32_t n;

	if (!get_u32(rest, &n))
		return false;
	/* Each needs two lengths at least. */
	if (n == 0 || n - 1 > rest->n / (2 * sizeof(uint32_t)))
		return n == 0;
	out->labels.n = n - 1;
	out->labels.keys = arena_array(a, n, sizeof(*out->labels.keys));
	out->labels.v = arena_array(a, n, sizeof(*out->labels.v));
	for (size_t i = 0; i < out->labels.n; i++) {
		out->labels.keys[i] = get_text(rest, a);
		out->labels.v[i] = out->labels.keys[i] ? get_text(rest, a) : NULL;
		if (!out->labels.v[i])
			return false;
	}
	return true;
}

static bool get_image(const struct index *x, uint32_t at, struct arena *a, struct index_image *out)
{
	struct slice rest = { x->text + at, at < x->n ? x->n - at : 0 };
	const char *created = cut(&rest, sizeof(out->created_ns));

	if (!created)
		return false;
	memcpy(&out->created_ns, created, sizeof(out->created_ns));
	return get_layers(x, &rest, a, out) && get_labels(&rest, a, out);
}

bool index_find(const struct index *x, struct arena *a, const char *id, struct index_image *out)
{
	unsigned char raw[RAW];
	size_t lo = 0, hi = x->n_images;
	uint32_t at;

	to_raw(id, raw);
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const char *p = x->images + mid * IMAGE_SIZE;
		int c = memcmp(p, raw, RAW);
		if (c == 0) {
			memcpy(&at, p + RAW, sizeof(at));
			*out = (struct index_image){ .id = id };
			return get_image(x, at, a, out);
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}
