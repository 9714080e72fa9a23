/* SPDX-License-Identifier: Apache-2.0 */
/* One request, one answer, on two sockets: one here, one in the namespace the device goes to. */
#include "sys/netdev.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/slice.h"
#include "sys/ns.h"

#define ANSWER_MOST    32768
#define ADDRESSES_MOST 64

struct request {
	struct nlmsghdr head;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg address;
	};
	char attributes[256];
};

struct address {
	uint8_t family, prefix_len;
	uint8_t local[16], peer[16];
	bool has_peer;
};

struct addresses {
	struct address v[ADDRESSES_MOST];
	size_t n;
};

static int open_socket(struct err *e)
{
	own_fd s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };

	/* Connected to the kernel: nobody else can answer. */
	if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof(to)))
		return err_sys(e, "open netlink socket");
	return take_fd(&s);
}

static int open_socket_in(int netns, struct err *e)
{
	own_fd here = ns_open(getpid(), ns_find("network"), e);

	if (here < 0 || ns_join(netns, ns_find("network"), e))
		return -1;
	int s = open_socket(e);
	/* Nothing sensible can go on in a namespace that is not ours. */
	if (setns(here, CLONE_NEWNET))
		abort();
	return s;
}

static void begin(struct request *r, uint16_t type, uint16_t flags, size_t body)
{
	*r = (struct request){ .head = {
				       .nlmsg_len = (uint32_t)NLMSG_LENGTH(body),
				       .nlmsg_type = type,
				       .nlmsg_flags = NLM_F_REQUEST | flags,
			       } };
}

/* Requests have room for all we put in: names and two addresses. */
static void put(struct request *r, uint16_t type, const void *data, size_t n)
{
	struct rtattr *a = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(n);
	memcpy(RTA_DATA(a), data, n);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + (uint32_t)RTA_ALIGN(a->rta_len);
}

/* Sends a request that wants an ACK; errno tells why not. */
static int do_request(int s, struct request *r)
{
	char answer[4096] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n;

	r->head.nlmsg_flags |= NLM_F_ACK;
	if (send(s, r, r->head.nlmsg_len, 0) < 0)
		return -1;
	do
		n = recv(s, answer, sizeof(answer), 0);
	while (n < 0 && errno == EINTR);
	const struct nlmsghdr *h = (const struct nlmsghdr *)answer;
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) || h->nlmsg_type != NLMSG_ERROR) {
		errno = n < 0 ? errno : EPROTO;
		return -1;
	}
	errno = -((const struct nlmsgerr *)NLMSG_DATA(h))->error;
	return errno ? -1 : 0;
}

/* Only permanent global addresses: others belong to the network they were learned in. */
static void keep_address(const struct nlmsghdr *h, unsigned index, struct addresses *out)
{
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	int left = (int)IFA_PAYLOAD(h);
	uint32_t flags = m->ifa_flags;
	struct address a = { .family = m->ifa_family, .prefix_len = m->ifa_prefixlen };
	const void *local = NULL, *address = NULL;
	size_t size = m->ifa_family == AF_INET ? 4 : 16;

	for (const struct rtattr *t = IFA_RTA(m); RTA_OK(t, left); t = RTA_NEXT(t, left)) {
		if (t->rta_type == IFA_FLAGS && RTA_PAYLOAD(t) >= sizeof(flags))
			memcpy(&flags, RTA_DATA(t), sizeof(flags));
		if (t->rta_type == IFA_LOCAL && RTA_PAYLOAD(t) >= size)
			local = RTA_DATA(t);
		if (t->rta_type == IFA_ADDRESS && RTA_PAYLOAD(t) >= size)
			address = RTA_DATA(t);
	}
	if (m->ifa_index != index || m->ifa_scope != RT_SCOPE_UNIVERSE ||
		!(flags & IFA_F_PERMANENT) || !(local || address) || out->n == ADDRESSES_MOST)
		return;
	memcpy(a.local, local ? local : address, size);
	memcpy(a.peer, address ? address : local, size);
	a.has_peer = memcmp(a.local, a.peer, size) != 0;
	out->v[out->n++] = a;
}

static int list_addresses(int s, unsigned index, struct addresses *out, struct err *e)
{
	struct request r;
	own_mem char *answer = malloc(ANSWER_MOST);

	out->n = 0;
	if (!answer)
		abort();
	begin(&r, RTM_GETADDR, NLM_F_DUMP, sizeof(r.address));
	if (send(s, &r, r.head.nlmsg_len, 0) < 0)
		return err_sys(e, "fail to get ip addresses");
	for (;;) {
		ssize_t n = recv(s, answer, ANSWER_MOST, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(e, "fail to get ip addresses");
		int left = (int)n;
		for (const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)answer;
			NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return err_set(e, ERR_INTERNAL, "fail to get ip addresses");
			if (h->nlmsg_type == RTM_NEWADDR)
				keep_address(h, index, out);
		}
	}
}

static int set_up(int s, unsigned index, bool up)
{
	struct request r;

	begin(&r, RTM_NEWLINK, 0, sizeof(r.link));
	r.link.ifi_index = (int)index;
	r.link.ifi_change = IFF_UP;
	r.link.ifi_flags = up ? IFF_UP : 0;
	return do_request(s, &r);
}

/* Name and namespace in one request: its old name may be taken there. */
static int change_ns(int s, unsigned index, int netns, const char *name)
{
	struct request r;
	uint32_t fd = (uint32_t)netns;

	begin(&r, RTM_NEWLINK, 0, sizeof(r.link));
	r.link.ifi_index = (int)index;
	put(&r, IFLA_IFNAME, name, strlen(name) + 1);
	put(&r, IFLA_NET_NS_FD, &fd, sizeof(fd));
	return do_request(s, &r);
}

/* Its index there, which may be another: 0 when it is not. */
static unsigned find_link(int s, const char *name)
{
	char answer[16384] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *h = (const struct nlmsghdr *)answer;
	struct request r;

	begin(&r, RTM_GETLINK, 0, sizeof(r.link));
	put(&r, IFLA_IFNAME, name, strlen(name) + 1);
	if (send(s, &r, r.head.nlmsg_len, 0) < 0)
		return 0;
	ssize_t n = recv(s, answer, sizeof(answer), 0);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct ifinfomsg)) || h->nlmsg_type != RTM_NEWLINK)
		return 0;
	return (unsigned)((const struct ifinfomsg *)NLMSG_DATA(h))->ifi_index;
}

static int add_address(int s, unsigned index, const struct address *a)
{
	struct request r;
	size_t size = a->family == AF_INET ? 4 : 16;

	begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(r.address));
	r.address.ifa_family = a->family;
	r.address.ifa_prefixlen = a->prefix_len;
	r.address.ifa_index = index;
	put(&r, IFA_LOCAL, a->local, size);
	put(&r, IFA_ADDRESS, a->has_peer ? a->peer : a->local, size);
	return do_request(s, &r);
}

static int settle(int s, const char *name, const struct addresses *addresses, struct err *e)
{
	unsigned index = find_link(s, name);

	if (!index)
		return err_set(e, ERR_INTERNAL,
			"link not found for interface %s on the container's namespace", name);
	for (size_t i = 0; i < addresses->n; i++)
		if (add_address(s, index, &addresses->v[i]))
			return err_sys(e, "fail to set up address of %s", name);
	return set_up(s, index, true) ? err_sys(e, "fail to set up interface %s", name) : 0;
}

int netdev_move(const char *name, int netns, const char *new_name, struct err *e)
{
	struct addresses addresses;
	const char *there = str_empty(new_name) ? name : new_name;
	unsigned index = if_nametoindex(name);

	if (!index)
		return err_set(e, ERR_NOT_FOUND,
			"link not found for interface %s on runtime namespace: Link not found",
			name);
	own_fd here = open_socket(e);
	own_fd other = here < 0 ? -1 : open_socket_in(netns, e);
	if (other < 0)
		return -1;
	/* Before it goes down: IPv6 addresses are lost then. */
	if (list_addresses(here, index, &addresses, e) || fault_point("netdev.move", e))
		return -1;
	/* The kernel would move it first and find out then. */
	if (find_link(other, there))
		return err_set(e, ERR_CONFLICT, "fail to move network device %s: %s exists there",
			name, there);
	if (set_up(here, index, false))
		return err_sys(e, "fail to set link down");
	if (change_ns(here, index, netns, there))
		return err_sys(e, "fail to move network device %s", name);
	return settle(other, there, &addresses, e);
}
