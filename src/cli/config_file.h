/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing config.json: one member at a time, in docker's order and layout. What this version does not know stays as it
 * is. The file is replaced whole; its mode (0600 when it is new), its owner and a symbolic link to it are kept.
 */
#ifndef TARE_CLI_CONFIG_FILE_H
#define TARE_CLI_CONFIG_FILE_H

#include "cli.h"

/* Sets the member key to the JSON text value, or removes it (NULL). Errors as Go's os package words them. */
int config_file_set(struct cli *c, const char *key, const char *value, struct err *e);
/* ~/.docker/config.json, or where it is instead. */
const char *config_file_path(struct cli *c);

#endif
