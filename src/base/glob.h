/* SPDX-License-Identifier: Apache-2.0 */
/* Go's path.Match patterns: * ? [a-z] [^x] and \ escapes; * does not cross '/'. */
#ifndef TARE_BASE_GLOB_H
#define TARE_BASE_GLOB_H

#include <stdbool.h>

bool glob_match(const char *pattern, const char *name);
/* False when the pattern is malformed (an unclosed class, a trailing backslash). */
bool glob_valid(const char *pattern);

#endif
