/* SPDX-License-Identifier: Apache-2.0 */
/* Calls the daemon makes to a registry for the user: with their credentials, asked for when they are refused. */
#ifndef TARE_CLI_REGISTRY_AUTH_H
#define TARE_CLI_REGISTRY_AUTH_H

#include "credentials.h"

struct registry_call {
	const char *method;
	const char *target;
	const char *domain; /* of the registry: "docker.io" */
	const char *verb;   /* "Login prior to VERB:" when the daemon wants other credentials */
};

/*
 * Opens the call with what is stored for the registry (an unreadable store counts as empty). A 401 asks the user, as docker
 * does, and the call is made once more. NULL with e.
 */
struct client_stream *registry_call_open(
	struct cli *c, const struct registry_call *call, struct err *e);
/* One try with this X-Registry-Auth. */
struct client_stream *registry_call_with(
	struct cli *c, const struct registry_call *call, const char *header, struct err *e);

/*
 * Asks for user and password where "" was given; user_default is offered. Errors are docker's ("Error: Non-null
 * Username Required").
 */
int registry_auth_ask(struct cli *c, const char *user, const char *password,
	const char *user_default, const char *server, struct credentials *out, struct err *e);

#endif
