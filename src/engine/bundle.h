/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a container's bundle: what the spec needs of this machine is looked up here. */
#ifndef TARE_ENGINE_BUNDLE_H
#define TARE_ENGINE_BUNDLE_H

#include "engine_int.h"
#include "network.h"
#include "oci/runtime_spec.h"

/* What c's process may do: capabilities, seccomp, AppArmor. Shared by start and exec. */
struct ctr_rights {
	uint64_t caps;
	const char *seccomp;  /* linux.seccomp's text or NULL */
	const char *apparmor; /* or NULL */
	bool no_new_privileges;
	bool writable_cgroups;
};
int ctr_rights(struct engine *eng, struct arena *a, const struct container *c, bool privileged,
	struct ctr_rights *out, struct err *e);

/*
 * Makes the run directory with config.json for a root mounted at rootfs. ERR_INTERNAL "unable to find user x:
 * no matching entries in passwd file" and such. Fault point bundle.write.
 */
int bundle_write(struct engine *eng, const struct container *c, const char *rootfs,
	const struct network_plugged *net, struct err *e);

#endif
