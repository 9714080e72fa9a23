/* SPDX-License-Identifier: Apache-2.0 */
/* Random identities from getrandom(2). */
#ifndef TARE_BASE_ID_H
#define TARE_BASE_ID_H

#include <stdbool.h>
#include <stddef.h>

#define ID_HEX	 64
#define ID_SHORT 12
#define ID_UUID	 36

/* 64 random lower-case hex digits whose first 12 are not all decimal (Docker's rule: a short id must
 * never read as a number). */
void id_hex64(char out[ID_HEX + 1]);
/* n random hex digits. */
void id_hex(char *out, size_t n);
/* 26 random upper-case base32 characters (overlay2's link names). */
void id_base32(char out[27]);
/* RFC 4122 version 4. */
void id_uuid(char out[ID_UUID + 1]);
/* "adjective_surname"; retry > 0 appends a digit, for when the first was taken. */
void id_name(char *out, size_t size, int retry);
bool id_is_hex(const char *s, size_t n);
/* Docker's name rule [a-zA-Z0-9][a-zA-Z0-9_.-]+ (feature row B17). */
bool id_is_name(const char *s);

#endif
