/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon tells tare-xfer at its start, written and read as JSON by the same tables. Files that only root may
 * read (certificates, keys) come as their text. Header only, like proto.h.
 */
#ifndef TARE_XFER_CONFIG_H
#define TARE_XFER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bind.h"

/* A client certificate and its key, PEM. */
struct xfer_cert {
	const char *cert, *key;
};

struct xfer_header {
	const char *name, *value;
};

/* Where a repository may be had, in the order in which they are asked. */
struct xfer_endpoint {
	const char *url; /* "https://host:port/v2", without a slash at the end */
	bool can_pull, can_resolve, can_push;
	bool skip_verify;
	bool is_insecure;    /* an answer in plain text, or a way from https to http, is accepted */
	bool by_address;     /* insecure if its name leads into one of the cidrs (insecure.h) */
	bool is_origin;	     /* the credentials are for it */
	uint32_t connect_ms; /* 0: 30 s */
	struct str_list ca;  /* PEM texts, beside the system's */
	struct {
		struct xfer_cert *v;
		size_t n;
	} certs;
	struct {
		struct xfer_header *v;
		size_t n;
	} headers;
};

struct xfer_config {
	struct {
		struct xfer_endpoint *v;
		size_t n;
	} endpoints;
	const char *path;	   /* the repository's; "" for login and search */
	const char *familiar_name; /* "alpine": for messages; "": the registry's own stay */
	bool for_push;
	struct str_list mount_from;
	struct str_list cidrs; /* of insecure registries, beside loopback */
	bool has_auth;
	const char *username, *password, *identity_token, *registry_token;
	const char *http_proxy, *https_proxy, *no_proxy; /* NULL: none */
	uint32_t attempts;
	uint32_t stall_s; /* a transfer without a byte for so long has failed */
	const char *user_agent;
};

static const struct bind_field xfer_cert_fields[] = {
	BIND(STR, struct xfer_cert, cert, "cert", 0),
	BIND(STR, struct xfer_cert, key, "key", 0),
	BIND_END,
};

static const struct bind_field xfer_header_fields[] = {
	BIND(STR, struct xfer_header, name, "name", 0),
	BIND(STR, struct xfer_header, value, "value", 0),
	BIND_END,
};

static const struct bind_field xfer_endpoint_fields[] = {
	BIND(STR, struct xfer_endpoint, url, "url", 0),
	BIND(BOOL, struct xfer_endpoint, can_pull, "pull", 0),
	BIND(BOOL, struct xfer_endpoint, can_resolve, "resolve", 0),
	BIND(BOOL, struct xfer_endpoint, can_push, "push", 0),
	BIND(BOOL, struct xfer_endpoint, skip_verify, "skipVerify", 0),
	BIND(BOOL, struct xfer_endpoint, is_insecure, "insecure", 0),
	BIND(BOOL, struct xfer_endpoint, by_address, "byAddress", 0),
	BIND(BOOL, struct xfer_endpoint, is_origin, "origin", 0),
	BIND(U32, struct xfer_endpoint, connect_ms, "connectMs", BIND_OMITEMPTY),
	BIND(STRS, struct xfer_endpoint, ca, "ca", BIND_OMITEMPTY),
	BIND_NEST(OBJS, struct xfer_endpoint, certs, "certs", BIND_OMITEMPTY, xfer_cert_fields,
		struct xfer_cert),
	BIND_NEST(OBJS, struct xfer_endpoint, headers, "headers", BIND_OMITEMPTY,
		xfer_header_fields, struct xfer_header),
	BIND_END,
};

static const struct bind_field xfer_config_fields[] = {
	BIND_NEST(OBJS, struct xfer_config, endpoints, "endpoints", 0, xfer_endpoint_fields,
		struct xfer_endpoint),
	BIND(STR, struct xfer_config, path, "path", 0),
	BIND(STR, struct xfer_config, familiar_name, "familiarName", 0),
	BIND(BOOL, struct xfer_config, for_push, "push", 0),
	BIND(STRS, struct xfer_config, mount_from, "mountFrom", BIND_OMITEMPTY),
	BIND(STRS, struct xfer_config, cidrs, "cidrs", BIND_OMITEMPTY),
	BIND(BOOL, struct xfer_config, has_auth, "hasAuth", 0),
	BIND(STRP, struct xfer_config, username, "username", BIND_OMITEMPTY),
	BIND(STRP, struct xfer_config, password, "password", BIND_OMITEMPTY),
	BIND(STRP, struct xfer_config, identity_token, "identityToken", BIND_OMITEMPTY),
	BIND(STRP, struct xfer_config, registry_token, "registryToken", BIND_OMITEMPTY),
	BIND(STRP, struct xfer_config, http_proxy, "httpProxy", BIND_OMITEMPTY),
	BIND(STRP, struct xfer_config, https_proxy, "httpsProxy", BIND_OMITEMPTY),
	BIND(STRP, struct xfer_config, no_proxy, "noProxy", BIND_OMITEMPTY),
	BIND(U32, struct xfer_config, attempts, "attempts", 0),
	BIND(U32, struct xfer_config, stall_s, "stallSeconds", 0),
	BIND(STR, struct xfer_config, user_agent, "userAgent", 0),
	BIND_END,
};

#endif
