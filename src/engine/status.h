/* SPDX-License-Identifier: Apache-2.0 */
/* The words of `docker ps` about a container (feature row T11). Pure. */
#ifndef TARE_ENGINE_STATUS_H
#define TARE_ENGINE_STATUS_H

#include "container.h"

/* "Up 4 seconds (healthy)", "Exited (0) 3 minutes ago", "Created", … in a. */
const char *status_text(
	struct arena *a, const struct ctr_life *l, enum health_status health, int64_t now_ns);
/* The command as one line: arguments with blanks are quoted. */
const char *status_command(struct arena *a, const char *path, const struct str_list *args);
/* "80/tcp" → rows, ranges unfolded. */
void status_exposed_ports(
	struct arena *a, const struct str_list *exposed, struct port_summary_list *out);

#endif
