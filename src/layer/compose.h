/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes an image archive: a tar whose members are told one by one over a socket (proto.h, compose). The contents of
 * large members are written by others into the same output, between two of ours.
 */
#ifndef TARE_LAYER_COMPOSE_H
#define TARE_LAYER_COMPOSE_H

#include "base/err.h"

/* Answers what comes over socket until END, whose answer is the caller's. */
int compose_archive(int socket, int out, struct err *e);

#endif
