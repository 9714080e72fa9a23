/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the user on stdout, answers from stdin, and notes that stand out. */
#ifndef TARE_CLI_PROMPT_H
#define TARE_CLI_PROMPT_H

#include "cli.h"

/*
 * Shows message and reads a line, blanks around it dropped; "" at the end of input. A signal (interrupt, terminate) ends
 * the command as the user wanted: -1 with nothing to say, which is exit code 0.
 */
int prompt_line(struct cli *c, const char *message, const char **out, struct err *e);
/* The same with what is typed not shown; the terminal is as before in any case. */
int prompt_secret(struct cli *c, const char *message, const char **out, struct err *e);
/* "MESSAGE [y/N] "; *out: yes was said. */
int prompt_confirm(struct cli *c, const char *message, bool *out, struct err *e);

/* An "Info ->" paragraph on fd: text's further lines stand below its first. */
void prompt_note(struct cli *c, int fd, const char *text);

#endif
