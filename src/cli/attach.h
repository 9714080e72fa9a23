/* SPDX-License-Identifier: Apache-2.0 */
/* What run, start and attach share: a container's attach call and its wait call. */
#ifndef TARE_CLI_ATTACH_H
#define TARE_CLI_ATTACH_H

#include "session.h"

/* Opens the hijacked connection for what s wants attached (s->io must be set). */
int attach_open(struct session *s, const char *id, struct err *e);
/* Opens POST wait with that condition ("" : until it is not running) as s->wait. */
int attach_open_wait(struct session *s, const char *id, const char *condition, struct err *e);
/* --detach-keys, else config.json's. */
const char *attach_keys(struct cli *c, const char *option);

#endif
