/* SPDX-License-Identifier: Apache-2.0 */
/* One X509_STORE for the system, one more for each endpoint with CAs of its own; all live as long as the process. */
#include "tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>

#define CERTS_MOST 8

/* An endpoint, or (the first) whoever else. */
struct site {
	struct tls *tls;
	const struct xfer_endpoint *endpoint;
	bool with_client;
	X509_STORE *store; /* NULL until first needed */
	size_t n_certs;
	X509 *cert[CERTS_MOST];
	EVP_PKEY *key[CERTS_MOST];
};

struct tls {
	pthread_mutex_t lock; /* guards every store */
	const struct xfer_config *config;
	struct site *
		sites; /* [0] nobody's, then two for each endpoint: without and with client certificate */
};

static BIO *bio_of(const char *text)
{
	BIO *b = BIO_new_mem_buf(text, -1);

	if (!b)
		abort();
	return b;
}

/* A key with a passphrase would ask the terminal. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf, (void)size, (void)rwflag, (void)arg;
	return 0;
}

/* Adds every certificate of a PEM text; false when there is none. */
static bool add_ca(X509_STORE *store, const char *pem)
{
	BIO *b = bio_of(pem);
	X509 *cert;
	int n = 0;

	while ((cert = PEM_read_bio_X509(b, NULL, no_passphrase, NULL))) {
		X509_STORE_add_cert(store, cert);
		X509_free(cert);
		n++;
	}
	ERR_clear_error(); /* the end of the text is an error there */
	BIO_free(b);
	return n > 0;
}

static X509_STORE *store_of(struct site *site)
{
	struct tls *tls = site->tls;

	pthread_mutex_lock(&tls->lock);
	if (!site->store) {
		X509_STORE *store = X509_STORE_new();
		if (!store)
			abort();
		if (X509_STORE_load_file(store, "/etc/ssl/certs/ca-certificates.crt") != 1 &&
			X509_STORE_load_file(store, "/etc/pki/tls/certs/ca-bundle.crt") != 1)
			X509_STORE_set_default_paths(store);
		ERR_clear_error();
		for (size_t i = 0; site->endpoint && i < site->endpoint->ca.n; i++)
			add_ca(store, site->endpoint->ca.v[i]);
		site->store = store;
	}
	pthread_mutex_unlock(&tls->lock);
	return site->store;
}

/* The certificate whose issuer the server names, else the first: what Go does. */
static int choose_cert(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
	const struct site *site = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	const STACK_OF(X509_NAME) *names = SSL_get_client_CA_list(ssl);
	size_t chosen = 0;

	if (!site || site->n_certs == 0)
		return 0;
	for (size_t i = 0; i < site->n_certs; i++)
		for (int k = 0; names && k < sk_X509_NAME_num(names); k++)
			if (X509_NAME_cmp(X509_get_issuer_name(site->cert[i]),
				    sk_X509_NAME_value(names, k)) == 0) {
				chosen = i;
				i = site->n_certs - 1;
				break;
			}
	X509_up_ref(site->cert[chosen]);
	EVP_PKEY_up_ref(site->key[chosen]);
	*cert = site->cert[chosen];
	*key = site->key[chosen];
	return 1;
}

static CURLcode set_up_context(CURL *easy, void *context, void *arg)
{
	struct site *site = arg;
	SSL_CTX *ctx = context;

	(void)easy;
	/* Reading the CAs takes as long as a small pull: only for who looks at them. */
	if (!site->endpoint || !site->endpoint->skip_verify)
		SSL_CTX_set1_cert_store(ctx, store_of(site));
	if (site->with_client) {
		SSL_CTX_set_app_data(ctx, site);
		SSL_CTX_set_client_cert_cb(ctx, choose_cert);
	}
	return CURLE_OK;
}

static int read_certs(struct site *site, struct err *e)
{
	const struct xfer_endpoint *ep = site->endpoint;

	for (size_t i = 0; i < ep->certs.n && site->n_certs < CERTS_MOST; i++) {
		BIO *cert = bio_of(ep->certs.v[i].cert);
		BIO *key = bio_of(ep->certs.v[i].key);
		size_t n = site->n_certs;

		site->cert[n] = PEM_read_bio_X509(cert, NULL, no_passphrase, NULL);
		site->key[n] = PEM_read_bio_PrivateKey(key, NULL, no_passphrase, NULL);
		BIO_free(cert);
		BIO_free(key);
		if (!site->cert[n] || !site->key[n] ||
			X509_check_private_key(site->cert[n], site->key[n]) != 1)
			return err_set(e, ERR_INVALID,
				"%s: client certificate %zu and its key are not a PEM pair",
				ep->url, i + 1);
		site->n_certs++;
	}
	return 0;
}

struct tls *tls_new(const struct xfer_config *config, struct err *e)
{
	struct tls *tls = calloc(1, sizeof(*tls));

	if (!tls)
		abort();
	tls->config = config;
	tls->sites = calloc(1 + 2 * config->endpoints.n, sizeof(*tls->sites));
	if (!tls->sites)
		abort();
	pthread_mutex_init(&tls->lock, NULL);
	tls->sites[0].tls = tls;
	for (size_t i = 0; i < config->endpoints.n; i++) {
		struct site *bare = &tls->sites[1 + 2 * i], *full = bare + 1;

		bare->tls = full->tls = tls;
		bare->endpoint = full->endpoint = &config->endpoints.v[i];
		full->with_client = true;
		if (read_certs(full, e)) {
			free(tls->sites);
			free(tls);
			return NULL;
		}
	}
	return tls;
}

void tls_apply(struct tls *tls, CURL *easy, const struct xfer_endpoint *endpoint, bool with_client)
{
	struct site *site = tls->sites;
	bool skip = endpoint && endpoint->skip_verify;

	if (endpoint)
		site += 1 + 2 * (endpoint - tls->config->endpoints.v) + with_client;
	/* Connections are shared only between handles whose settings are equal; this one tells sites apart. */
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_up_context);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, site);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, skip ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, skip ? 0L : 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}
