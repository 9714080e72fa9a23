/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs are sys/netdev.h's and sys/resctrl.h's; here is when, and what the record keeps. */
#include "grants.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "sys/netdev.h"
#include "sys/ns.h"
#include "sys/resctrl.h"

int grants_move_devices(void *creation, struct err *e)
{
	const struct creation *c = creation;
	const struct oci_net_devices *d = &c->bundle.spec.linux.net_devices;

	if (!d->n)
		return 0;
	own_fd netns = ns_open(c->init.pid, ns_find("network"), e);
	if (netns < 0)
		return -1;
	for (size_t i = 0; i < d->n; i++)
		if (netdev_move(d->keys[i], netns, d->v[i].name, e))
			return err_in(e, "move netDevice %s to namespace /proc/%d/ns/net",
				d->keys[i], c->init.pid);
	return 0;
}

static struct resctrl class_of(const struct container_record *r)
{
	return (struct resctrl){
		.clos = r->clos, .monitoring = r->clos_monitoring, .made_clos = r->made_clos
	};
}

int grants_make_class(void *creation, struct err *e)
{
	struct creation *c = creation;
	const struct oci_intel_rdt *rdt = c->bundle.spec.linux.intel_rdt;
	struct arena *a = c->rt->arena;
	struct resctrl made;

	if (!rdt)
		return 0;
	const char *root = resctrl_find(a, e);
	if (!root || resctrl_apply(a, root, rdt, c->id, c->init.pid, &made, e))
		return -1;
	c->record.clos = made.clos;
	c->record.clos_monitoring = made.monitoring;
	c->record.made_clos = made.made_clos;
	return 0;
}

void grants_unmake_class(void *creation)
{
	const struct creation *c = creation;
	struct err e;

	if (grants_remove_class(&c->record, &e))
		log_warn("%s: %s, ignoring", c->id, e.msg);
}

int grants_join_class(const struct container_record *r, pid_t pid, struct err *e)
{
	const struct resctrl class = class_of(r);

	return resctrl_join(&class, pid, e);
}

int grants_remove_class(const struct container_record *r, struct err *e)
{
	const struct resctrl class = class_of(r);

	return resctrl_remove(&class, e);
}
