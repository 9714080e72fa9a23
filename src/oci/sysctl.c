/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of sysctls as sysctl.d(5) has them: whichever of '.' and '/' comes first is what separates, and the other
 * is then part of a name. "net/ipv4/conf/eth0.5/mtu" and "net.ipv4.conf.eth0/5.mtu" are the same.
 */
#include <stdio.h>
#include <string.h>

#include "oci/runtime_spec.h"

static void swap_separators(char *name)
{
	for (; *name; name++)
		*name = *name == '.' ? '/' : *name == '/' ? '.' : *name;
}

int oci_sysctl_dotted(const char *name, char *out, size_t size, struct err *e)
{
	int n = snprintf(out, size, "%s", name);

	if (n <= 0 || (size_t)n >= size)
		return err_set(e, ERR_INVALID, "invalid sysctl \"%s\"", name);
	if (out[strcspn(out, "./")] == '/')
		swap_separators(out);
	return 0;
}

int oci_sysctl_path(const char *name, char *out, size_t size, struct err *e)
{
	if (oci_sysctl_dotted(name, out, size, e))
		return -1;
	swap_separators(out);
	/* Relative to /proc/sys, and to stay there. */
	for (const char *part = out;;) {
		size_t len = strcspn(part, "/");
		if (len == 0 || (len <= 2 && strncmp(part, "..", len) == 0))
			return err_set(e, ERR_INVALID, "invalid sysctl \"%s\"", name);
		if (!part[len])
			return 0;
		part += len + 1;
	}
}
