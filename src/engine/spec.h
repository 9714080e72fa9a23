/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OCI runtime spec of a container, composed as dockerd composes it. What the machine says (user ids,
 * devices, namespaces' paths) comes in as data, so the result depends on nothing else.
 */
#ifndef TARE_ENGINE_SPEC_H
#define TARE_ENGINE_SPEC_H

#include "container.h"
#include "oci/runtime_spec.h"
#include "security.h"

struct spec_input {
	const struct container *ctr; /* fixed members only */
	const char *rootfs;	     /* absolute path of the mounted root */
	struct oci_user user;
	struct security security;
	uint64_t caps;	      /* bounding set, sys/caps.h */
	const char *seccomp;  /* linux.seccomp's text, NULL: no filter */
	const char *apparmor; /* profile or NULL */
	const char *netns;    /* path; NULL: a new one; "": the host's */
	const char *pidns;    /* path; NULL: by PidMode */
	const char *shm_path; /* host tmpfs of a shareable IPC namespace, else NULL */
	const char *init;     /* tare-init's path, NULL: none wanted */
	const struct oci_device_list *host_devices; /* all of the host's: privileged only */
};

/* Fills *out in a; it points into in's memory too. ERR_INVALID for a device or limit that cannot be. */
int spec_compose(struct arena *a, const struct spec_input *in, struct oci_spec *out, struct err *e);

/* The parts, for exec: a process with the container's environment, capabilities and limits. */
void spec_process_env(struct arena *a, const struct container *c, bool tty, struct str_list *out);
/* uid 0 has all of mask; others only keep it as bounding set, as execve would leave them. */
struct oci_caps *spec_caps(struct arena *a, uint64_t mask, uint32_t uid);
void spec_rlimits(struct arena *a, const struct container *c, struct oci_rlimit_list *out);

/* spec_mounts.c */
int spec_mounts(
	struct arena *a, const struct spec_input *in, struct oci_mount_list *out, struct err *e);
/* spec_devices.c */
int spec_devices(
	struct arena *a, const struct spec_input *in, struct oci_linux *out, struct err *e);

#endif
