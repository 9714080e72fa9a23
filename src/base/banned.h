/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that do not compile here, each with what to use instead. Included into every file by
 * the build (-include); system headers are read first so that their own declarations stay legal.
 */
#ifndef TARE_BASE_BANNED_H
#define TARE_BASE_BANNED_H

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atoll gets
#pragma GCC poison system popen fork vfork localtime gmtime ctime asctime strncpy strncat

#endif
