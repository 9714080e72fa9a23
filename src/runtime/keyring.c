/* SPDX-License-Identifier: Apache-2.0 */
/* keyctl(2) by its number; libkeyutils would be a library for two calls. */
#include "keyring.h"

#include <errno.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/lsm.h"

/*
 * What a new named session keyring may be used for (KEY_POS_ALL, KEY_USR_VIEW, READ, LINK), and searching by whoever
 * enters by name: the same user, or in a user namespace possibly another.
 */
#define PERMISSIONS	 0x3f130000u
#define USER_MAY_SEARCH	 0x00080000u
#define OTHER_MAY_SEARCH 0x00000008u

static long join(const char *id)
{
	char name[NAME_MAX + 8];

	snprintf(name, sizeof(name), "_ses.%s", id);
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
}

int keyring_make(const char *id, bool in_user_ns, const char *selinux_label, struct err *e)
{
	if (lsm_selinux_for_keys(selinux_label, e))
		return -1;
	long key = join(id);
	if (key < 0)
		return errno == ENOSYS ? 0 : err_sys(e, "unable to join session keyring");
	if (syscall(SYS_keyctl, KEYCTL_SETPERM, key,
		    PERMISSIONS | (in_user_ns ? OTHER_MAY_SEARCH : USER_MAY_SEARCH)))
		return err_sys(e, "unable to mod keyring permissions");
	return 0;
}

int keyring_join(const char *id, struct err *e)
{
	return join(id) < 0 && errno != ENOSYS ? err_sys(e, "unable to join session keyring") : 0;
}
