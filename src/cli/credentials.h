/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the user is at which registry: kept in config.json, or by a helper program of the user's choice
 * (docker-credential-NAME: credsStore, credHelpers) which is asked over stdin and stdout.
 */
#ifndef TARE_CLI_CREDENTIALS_H
#define TARE_CLI_CREDENTIALS_H

#include "cli.h"

/* docker.io's entry has the name of its first index. */
#define CREDENTIALS_HUB "https://index.docker.io/v1/"

/* Strings are never NULL; "" is not set. */
struct credentials {
	const char *username, *password;
	const char *email;
	const char *identity_token; /* to get access tokens with */
	const char *registry_token;
	const char *server_address;
};
#define CREDENTIALS_NONE                \
	{                               \
		"", "", "", "", "", "", \
	}

/* What is stored for server, or nothing. -1 (out then is what config.json has): the helper failed. */
int credentials_get(struct cli *c, const char *server, struct credentials *out, struct err *e);
/* Stores it under its server address; a password in plain text is warned of once. */
int credentials_store(struct cli *c, const struct credentials *auth, struct err *e);
int credentials_erase(struct cli *c, const char *server, struct err *e);

/* "docker.io" and "index.docker.io" are CREDENTIALS_HUB, other domains themselves. */
const char *credentials_key(const char *domain);
/* "https://host:5000/v2" is "host:5000". */
const char *credentials_host(struct arena *a, const char *url);
/* The API's AuthConfig as JSON, only what is set. */
const char *credentials_json(struct arena *a, const struct credentials *auth);
/* The X-Registry-Auth header: that JSON in base64. */
const char *credentials_header(struct arena *a, const struct credentials *auth);

#endif
