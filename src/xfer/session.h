/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One repository at all its endpoints: which is asked next, with what authorization, and whether to ask again. Made
 * once for the process; every function may be called from any thread.
 */
#ifndef TARE_XFER_SESSION_H
#define TARE_XFER_SESSION_H

#include <pthread.h>

#include "exchange.h"
#include "token.h"

struct session_site {
	bool is_pinged;	   /* challenges are known */
	bool has_answered; /* any HTTP: this scheme is the right one */
	bool is_dead;	   /* did not answer at all; passed over while there is another */
	struct challenges challenges;
	struct str_list scopes; /* the server wanted beyond the repository's own */
};

struct session {
	const struct xfer_config *config;
	struct pump *pump;
	struct tls *tls;
	struct arena *arena; /* of sites and tokens; guarded by lock */
	pthread_mutex_t lock;
	struct session_site *sites; /* one for each endpoint of the configuration */
	struct tokens tokens;
};

/* Room for what a call waits with. */
struct session_call {
	struct session *session;
	struct arena *arena;
	struct exchange_env env; /* its channel, its reports */
	int retry_after_s;	 /* of the last answer, -1: not said */
	/* Told before each wait; NULL: nobody. */
	void (*retrying)(void *arg, unsigned seconds);
	void *arg;
};

enum session_need { SESSION_PULL, SESSION_RESOLVE, SESSION_PUSH };

/* All for nothing else but this process's only session; *e when its certificates are malformed. */
struct session *session_new(const struct xfer_config *config, struct err *e);
void session_call_init(struct session *s, struct session_call *c, struct arena *a, int channel);

/*
 * One request to one endpoint, with its authorization, renewed once when the server wants another. rq's url, endpoint and
 * authorization are set here; path is appended to the endpoint's url (NULL: rq->url is whole already). Errors as of
 * exchange_run; an answer of any status is a success.
 */
int session_ask(struct session_call *c, const struct xfer_endpoint *ep, const char *path,
	struct exchange_request *rq, struct exchange_answer *out, struct err *e);
/* The same; anything but a status of 200 … 299 is an error. code: see xfer_refusal, may be NULL. */
int session_get(struct session_call *c, const struct xfer_endpoint *ep, const char *path,
	struct exchange_request *rq, struct exchange_answer *out, char code[64], struct err *e);

struct session_attempt {
	enum session_need need;
	bool is_patient; /* a blob: as many attempts as configured, seconds apart; else a few, soon */
	/* 0; -1: ERR_UNAVAILABLE is tried again, anything else only at the next endpoint. */
	int (*run)(
		void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e);
	/* Bytes that came so far: attempts that bring some do not count. NULL: none ever come. */
	int64_t (*progress)(void *arg);
	void *arg;
};

/* Runs it at one endpoint after the other, then again, until it succeeds or all is used up. */
int session_try(struct session_call *c, const struct session_attempt *attempt, struct err *e);

/* "/v2/<path>/<rest>" without the "/v2". */
const char *session_path(struct session_call *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
