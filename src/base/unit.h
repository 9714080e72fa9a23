/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and durations, read and written as docker does (go-units). */
#ifndef TARE_BASE_UNIT_H
#define TARE_BASE_UNIT_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define UNIT_TEXT 48

/* "512m", "1.5GiB", "10kb": powers of 1024 (RAMInBytes). Error: invalid size: 'x'. -1 is allowed. */
int unit_parse_bytes(const char *s, int64_t *bytes, struct err *e);
/* Go's time.ParseDuration: "300ms", "1h30m", "-1.5h". Error: time: invalid duration "x". */
int unit_parse_duration(const char *s, int64_t *ns, struct err *e);

/* Powers of 1000, precision digits (docker: 3 for images, 4 elsewhere): "5.57MB", "0B". */
const char *unit_size(char out[UNIT_TEXT], double bytes, int precision);
/* Powers of 1024, 4 digits: "1.5MiB". */
const char *unit_bytes(char out[UNIT_TEXT], double bytes);
/* Go-units HumanDuration: "Less than a second", "5 seconds", "About a minute", "3 weeks". */
const char *unit_human_duration(char out[UNIT_TEXT], int64_t seconds);
/* Go's Duration.String: "1m30s", "1.5s", "0s". */
const char *unit_duration(char out[UNIT_TEXT], int64_t ns);

#endif
