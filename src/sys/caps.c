/* SPDX-License-Identifier: Apache-2.0 */
/* The capability table, what Docker's flags make of it, and applying masks by capset(2) and prctl(2). */
#include "sys/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/slice.h"

#define BIT(cap) (UINT64_C(1) << (cap))

/* By number, linux/capability.h. */
static const char *const names[CAPS_COUNT] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

const char *caps_name(int cap)
{
	return cap >= 0 && cap < CAPS_COUNT ? names[cap] : NULL;
}

int caps_find(const char *name)
{
	const char *plain = name && strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;

	for (int i = 0; plain && i < CAPS_COUNT; i++)
		if (strcasecmp(names[i] + 4, plain) == 0)
			return i;
	return -1;
}

uint64_t caps_all(void)
{
	int last = CAPS_COUNT - 1;

	/* PR_CAPBSET_READ fails for what the kernel does not know; usually it knows all of them. */
	while (last > 0 && prctl(PR_CAPBSET_READ, last, 0, 0, 0) < 0)
		last--;
	return BIT(last + 1) - 1;
}

uint64_t caps_docker_default(void)
{
	return BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FSETID) | BIT(CAP_FOWNER) |
	       BIT(CAP_MKNOD) | BIT(CAP_NET_RAW) | BIT(CAP_SETGID) | BIT(CAP_SETUID) |
	       BIT(CAP_SETFCAP) | BIT(CAP_SETPCAP) | BIT(CAP_NET_BIND_SERVICE) |
	       BIT(CAP_SYS_CHROOT) | BIT(CAP_KILL) | BIT(CAP_AUDIT_WRITE);
}

/* One of --cap-add's or --cap-drop's lists as a mask; *all says that ALL is in it. */
static int read_list(const struct str_list *l, uint64_t available, const char *flag, uint64_t *mask,
	bool *all, struct err *e)
{
	*mask = 0;
	*all = false;
	for (size_t i = 0; l && i < l->n; i++) {
		int cap = caps_find(l->v[i]);
		char upper[64];
		size_t k = 0;
		if (strcasecmp(l->v[i], "ALL") == 0) {
			*all = true;
			continue;
		}
		if (cap >= 0 && (available & BIT(cap))) {
			*mask |= BIT(cap);
			continue;
		}
		for (; l->v[i][k] && k + 1 < sizeof(upper); k++)
			upper[k] = l->v[i][k] >= 'a' && l->v[i][k] <= 'z' ? l->v[i][k] - 32
									  : l->v[i][k];
		upper[k] = 0;
		return err_set(e, ERR_INVALID, "invalid %s: %s: \"%s%s\"", flag,
			cap < 0 ? "unknown capability"
				: "capability not supported by your kernel or not available in the current "
				  "environment",
			str_starts(upper, "CAP_") ? "" : "CAP_", upper);
	}
	return 0;
}

int caps_tweak(const struct caps_request *r, uint64_t *out, struct err *e)
{
	uint64_t add, drop;
	bool add_all, drop_all;

	if (read_list(&r->add, r->available, "CapAdd", &add, &add_all, e) ||
		read_list(&r->drop, r->available, "CapDrop", &drop, &drop_all, e))
		return -1;
	if (r->privileged)
		*out = r->available;
	else if (add_all)
		*out = r->available & ~drop;
	else if (drop_all)
		*out = add;
	else
		*out = (r->base & ~drop) | add;
	return 0;
}

void caps_to_list(struct arena *a, uint64_t mask, struct str_list *out)
{
	out->n = 0;
	out->v = arena_array(a, CAPS_COUNT, sizeof(*out->v));
	for (int i = 0; i < CAPS_COUNT; i++)
		if (mask & BIT(i))
			out->v[out->n++] = names[i];
}

uint64_t caps_from_list(const struct str_list *list, struct str_list *unknown, struct arena *a)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < list->n; i++) {
		int cap = caps_find(list->v[i]);
		if (cap >= 0)
			mask |= BIT(cap);
		else if (unknown)
			str_list_add(a, unknown, list->v[i]);
	}
	return mask;
}

void caps_from_oci(const struct oci_caps *c, struct caps *out)
{
	*out = (struct caps){
		.bounding = caps_from_list(&c->bounding, NULL, NULL),
		.permitted = caps_from_list(&c->permitted, NULL, NULL),
		.effective = caps_from_list(&c->effective, NULL, NULL),
		.inheritable = caps_from_list(&c->inheritable, NULL, NULL),
		.ambient = caps_from_list(&c->ambient, NULL, NULL),
	};
}

/* capget(2) alone: what may be changed depends on it. */
static int get_sets(struct caps *out, struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &head, data))
		return err_sys(e, "capget");
	out->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	out->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	out->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

int caps_get(struct caps *out, struct err *e)
{
	*out = (struct caps){ 0 };
	if (get_sets(out, e))
		return -1;
	for (int i = 0; i < CAPS_COUNT; i++) {
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			out->bounding |= BIT(i);
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
			out->ambient |= BIT(i);
	}
	return 0;
}

int caps_apply_bounding(const struct caps *c, struct err *e)
{
	for (int i = 0; i < CAPS_COUNT; i++) {
		if ((c->bounding & BIT(i)) || prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL) /* unknown to this kernel, as are those after it */
			break;
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			return err_sys(e, "drop %s from the bounding set", names[i]);
	}
	return 0;
}

int caps_keep(bool keep, struct err *e)
{
	return prctl(PR_SET_KEEPCAPS, keep, 0, 0, 0) ? err_sys(e, "prctl PR_SET_KEEPCAPS") : 0;
}

int caps_apply(const struct caps *c, struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct caps now = { 0 };

	if (get_sets(&now, e))
		return -1;
	uint64_t permitted = c->permitted & now.permitted;
	uint64_t effective = c->effective & permitted;
	uint64_t inheritable = c->inheritable & (now.permitted | now.inheritable);
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
			(uint32_t)(inheritable >> 32) },
	};
	if (syscall(SYS_capset, &head, data))
		return err_sys(e, "capset");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) && errno != EINVAL)
		return err_sys(e, "clear ambient capabilities");
	/* Only what is both permitted and inheritable can be ambient (capabilities(7)). */
	uint64_t ambient = c->ambient & permitted & inheritable;
	for (int i = 0; ambient && i < CAPS_COUNT; i++)
		if ((ambient & BIT(i)) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0))
			return err_sys(e, "raise ambient %s", names[i]);
	return 0;
}
