/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deleting an interface makes its caller wait for RCU (20 to 30 ms), cutting it off takes
 * microseconds. So an unplugged container's host end is set down (its bridge port forwards nothing
 * from then on, what the bridge learned of it is forgotten) and put into the doomed group; a thread
 * deletes the whole group, however many have gathered meanwhile, with one wait.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/thread.h"
#include "net/net_int.h"
#include "sys/netlink_route.h"

static void delete_doomed(struct net *n)
{
	own_netlink_batch b = { 0 };
	struct err e;

	/*
	 * A socket of its own, as the wait must not hold up the shared one; opened long before, as
	 * this thread may have been started by one inside a container's namespace, and is in there
	 * too.
	 */
	netlink_batch_init(&b);
	netlink_put_group_delete(&b, NET_GROUP_DOOMED);
	/* ENODEV: the kernel was faster, their namespace is gone */
	if (netlink_send(n->reaper_route, &b, &e) < 0 && e.sys != ENODEV)
		log_warn("net: %s, ignoring", e.msg);
}

static bool take_work(struct net *n)
{
	own_lock guard = lock_take(&n->reaper_lock);

	if (n->reaper_wanted) {
		n->reaper_wanted = false;
		return true;
	}
	n->reaper_runs = false;
	pthread_cond_broadcast(&n->reaper_idle);
	return false;
}

static void reap(void *arg)
{
	struct net *n = arg;

	while (take_work(n))
		delete_doomed(n);
}

/* Whether the caller has to start the thread. */
static bool want(struct net *n)
{
	own_lock guard = lock_take(&n->reaper_lock);
	bool was_running = n->reaper_runs;

	n->reaper_wanted = n->reaper_runs = true;
	return !was_running;
}

static void wake_reaper(struct net *n)
{
	struct err e;

	if (!want(n))
		return;
	if (thread_detach(reap, n, &e) < 0) {
		log_warn("net: delete interfaces without a thread: %s, ignoring", e.msg);
		reap(n);
	}
}

void reaper_doom(struct net *n, const char *const *ifnames, size_t n_ifnames)
{
	struct err e;

	if (!n_ifnames)
		return;
	own_netlink_batch b = { 0 };
	netlink_batch_init(&b);
	for (size_t i = 0; i < n_ifnames; i++)
		netlink_put_change(&b, &(struct netlink_change){
					       .name = ifnames[i],
					       .updown = NETLINK_DOWN,
					       .group = NET_GROUP_DOOMED,
				       });
	if (netlink_send(n->route, &b, &e) < 0 && e.sys != ENODEV)
		log_warn("net: unplug: %s, ignoring", e.msg);
	wake_reaper(n);
}

void reaper_wait(struct net *n)
{
	own_lock guard = lock_take(&n->reaper_lock);

	while (n->reaper_runs)
		pthread_cond_wait(&n->reaper_idle, &n->reaper_lock);
}
