/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching to a monitor, for containers and execs alike. */
#ifndef TARE_ENGINE_ATTACH_INT_H
#define TARE_ENGINE_ATTACH_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/attach.h"
#include "monitor/client.h"

/* "Invalid detach keys (x) provided", ERR_INVALID. *n is 0 for the default sequence. */
int attach_parse_keys(
	const char *text, unsigned char out[MONITOR_KEYS_MAX], size_t *n, struct err *e);
/* enum monitor_attach_flag */
uint32_t attach_flags(const struct engine_client *client, bool tty);
/* Hands client over to the monitor of run_dir; on success its fd is closed here and -1. */
int attach_to_monitor(const char *run_dir, struct engine_client *client, bool tty, struct err *e);
int resize_by_monitor(const char *run_dir, uint16_t rows, uint16_t columns, struct err *e);

#endif
