/* SPDX-License-Identifier: Apache-2.0 */
/* rtnetlink's messages for links, addresses, routes and neighbours, written and read. */
#include "sys/netlink_route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

void netlink_put_bridge(
	struct netlink_batch *b, const char *name, const uint8_t mac[NETLINK_MAC], uint32_t mtu)
{
	const struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
	struct nlmsghdr *h =
		netlink_message(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof(link));
	struct nlattr *info;

	netlink_label(b, "add bridge %s", name);
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	mnl_attr_put_u32(h, IFLA_TXQLEN, 0);
	if (mac)
		mnl_attr_put(h, IFLA_ADDRESS, NETLINK_MAC, mac);
	if (mtu)
		mnl_attr_put_u32(h, IFLA_MTU, mtu);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_str(h, IFLA_INFO_KIND, "bridge");
	mnl_attr_nest_end(h, info);
}

/*
 * No queue to wait in, as dockerd makes it, and one to send by: the kernel's default is one per
 * possible CPU, each with objects in sysfs, which serve nothing but XDP.
 */
static void put_queues(struct nlmsghdr *h)
{
	mnl_attr_put_u32(h, IFLA_TXQLEN, 0);
	mnl_attr_put_u32(h, IFLA_NUM_TX_QUEUES, 1);
	mnl_attr_put_u32(h, IFLA_NUM_RX_QUEUES, 1);
}

static void put_peer(struct nlmsghdr *h, const struct netlink_veth *v)
{
	struct nlattr *peer = mnl_attr_nest_start(h, VETH_INFO_PEER);

	/* Not up: veth refuses to open an end whose other end is not yet there (ENOTCONN). */
	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, v->peer_name);
	put_queues(h);
	mnl_attr_put_u32(h, IFLA_NET_NS_FD, (uint32_t)v->peer_netns);
	if (v->peer_mac)
		mnl_attr_put(h, IFLA_ADDRESS, NETLINK_MAC, v->peer_mac);
	if (v->mtu)
		mnl_attr_put_u32(h, IFLA_MTU, v->mtu);
	mnl_attr_nest_end(h, peer);
}

void netlink_put_veth(struct netlink_batch *b, const struct netlink_veth *v)
{
	const struct ifinfomsg link = {
		.ifi_family = AF_UNSPEC,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};
	struct nlmsghdr *h =
		netlink_message(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof(link));
	struct nlattr *info, *data;

	netlink_label(b, "add veth %s", v->name);
	mnl_attr_put_strz(h, IFLA_IFNAME, v->name);
	put_queues(h);
	if (v->mtu)
		mnl_attr_put_u32(h, IFLA_MTU, v->mtu);
	if (v->group)
		mnl_attr_put_u32(h, IFLA_GROUP, v->group);
	if (v->master)
		mnl_attr_put_u32(h, IFLA_MASTER, v->master);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_str(h, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	put_peer(h, v);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
}

void netlink_put_change(struct netlink_batch *b, const struct netlink_change *c)
{
	const struct ifinfomsg link = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = (int)c->index,
		.ifi_flags = c->updown == NETLINK_UP ? IFF_UP : 0,
		.ifi_change = c->updown == NETLINK_KEEP ? 0 : IFF_UP,
	};
	struct nlmsghdr *h = netlink_message(b, RTM_NEWLINK, 0, &link, sizeof(link));

	if (c->name)
		netlink_label(b, "set link %s", c->name);
	else
		netlink_label(b, "set link #%u", c->index);
	if (!c->index)
		mnl_attr_put_strz(h, IFLA_IFNAME, c->name);
	else if (c->new_name)
		mnl_attr_put_strz(h, IFLA_IFNAME, c->new_name);
	if (c->mtu)
		mnl_attr_put_u32(h, IFLA_MTU, c->mtu);
	if (c->mac)
		mnl_attr_put(h, IFLA_ADDRESS, NETLINK_MAC, c->mac);
	if (c->master)
		mnl_attr_put_u32(h, IFLA_MASTER, c->master);
	if (c->group)
		mnl_attr_put_u32(h, IFLA_GROUP, c->group);
}

void netlink_put_port_isolated(struct netlink_batch *b, uint32_t index)
{
	const struct ifinfomsg link = { .ifi_family = AF_BRIDGE, .ifi_index = (int)index };
	struct nlmsghdr *h = netlink_message(b, RTM_SETLINK, 0, &link, sizeof(link));
	struct nlattr *info = mnl_attr_nest_start(h, IFLA_PROTINFO);

	netlink_label(b, "isolate bridge port #%u", index);
	mnl_attr_put_u8(h, IFLA_BRPORT_ISOLATED, 1);
	mnl_attr_nest_end(h, info);
}

void netlink_put_link_delete(struct netlink_batch *b, const char *name)
{
	const struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
	struct nlmsghdr *h = netlink_message(b, RTM_DELLINK, 0, &link, sizeof(link));

	netlink_label(b, "delete link %s", name);
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
}

void netlink_put_group_delete(struct netlink_batch *b, uint32_t group)
{
	const struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
	struct nlmsghdr *h = netlink_message(b, RTM_DELLINK, 0, &link, sizeof(link));

	netlink_label(b, "delete links of group %u", group);
	mnl_attr_put_u32(h, IFLA_GROUP, group);
}

/* ---- reading links ---- */

static void read_kind(const struct nlattr *info, struct netlink_link *l)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, info)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			snprintf(l->kind, sizeof(l->kind), "%.*s",
				(int)mnl_attr_get_payload_len(attr), mnl_attr_get_str(attr));
	}
}

static void read_link_attr(const struct nlattr *attr, struct netlink_link *l)
{
	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		snprintf(l->name, sizeof(l->name), "%s", mnl_attr_get_str(attr));
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == NETLINK_MAC)
			memcpy(l->mac, mnl_attr_get_payload(attr), NETLINK_MAC);
		break;
	case IFLA_MTU:
		l->mtu = mnl_attr_get_u32(attr);
		break;
	case IFLA_MASTER:
		l->master = mnl_attr_get_u32(attr);
		break;
	case IFLA_GROUP:
		l->group = mnl_attr_get_u32(attr);
		break;
	case IFLA_LINKINFO:
		read_kind(attr, l);
		break;
	}
}

static bool read_link(const struct nlmsghdr *nlh, struct netlink_link *l)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(nlh) < sizeof(*info))
		return false;
	memset(l, 0, sizeof(*l));
	l->index = (uint32_t)info->ifi_index;
	l->flags = info->ifi_flags;
	mnl_attr_for_each(attr, nlh, sizeof(*info)) read_link_attr(attr, l);
	return true;
}

static bool take_link(const struct nlmsghdr *nlh, void *arg)
{
	return read_link(nlh, arg);
}

int netlink_get_link(struct netlink *nl, const char *name, struct netlink_link *out, struct err *e)
{
	own_netlink_batch b = { 0 };
	const struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
	struct nlmsghdr *h;

	netlink_batch_init(&b);
	h = netlink_message(&b, RTM_GETLINK, 0, &link, sizeof(link));
	netlink_label(&b, "find link %s", name);
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	mnl_attr_put_u32(h, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (netlink_query(nl, &b, take_link, out, e) < 0) {
		if (e->sys == ENODEV)
			e->kind = ERR_NOT_FOUND;
		return -1;
	}
	return 0;
}

struct each_link {
	void (*each)(const struct netlink_link *l, void *arg);
	void *arg;
};

static bool hand_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct each_link *to = arg;
	struct netlink_link l;

	if (read_link(nlh, &l))
		to->each(&l, to->arg);
	return true;
}

int netlink_list_links(struct netlink *nl, void (*each)(const struct netlink_link *l, void *arg),
	void *arg, struct err *e)
{
	own_netlink_batch b = { 0 };
	const struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
	struct each_link to = { each, arg };
	struct nlmsghdr *h;

	netlink_batch_init(&b);
	h = netlink_message(&b, RTM_GETLINK, NLM_F_DUMP, &link, sizeof(link));
	netlink_label(&b, "list links");
	mnl_attr_put_u32(h, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return netlink_query(nl, &b, hand_link, &to, e);
}

/* ---- addresses ---- */

static struct nlmsghdr *address_message(
	struct netlink_batch *b, uint16_t type, uint16_t flags, const struct netlink_address *a)
{
	const struct ifaddrmsg msg = {
		.ifa_family = AF_INET,
		.ifa_prefixlen = a->prefix_len,
		.ifa_index = a->index,
	};
	struct nlmsghdr *h = netlink_message(b, type, flags, &msg, sizeof(msg));
	char text[INET_ADDRSTRLEN];

	netlink_label(b, "%s address %s/%u", type == RTM_NEWADDR ? "add" : "delete",
		inet_ntop(AF_INET, &a->ip, text, sizeof(text)), a->prefix_len);
	mnl_attr_put_u32(h, IFA_LOCAL, a->ip.s_addr);
	mnl_attr_put_u32(h, IFA_ADDRESS, a->ip.s_addr);
	return h;
}

void netlink_put_address(struct netlink_batch *b, const struct netlink_address *a)
{
	struct nlmsghdr *h = address_message(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, a);
	uint32_t host_bits = a->prefix_len < 32 ? 0xffffffffU >> a->prefix_len : 0;

	if (a->has_broadcast)
		mnl_attr_put_u32(h, IFA_BROADCAST, a->ip.s_addr | htonl(host_bits));
}

void netlink_put_address_delete(struct netlink_batch *b, const struct netlink_address *a)
{
	address_message(b, RTM_DELADDR, 0, a);
}

struct each_address {
	uint32_t index;
	void (*each)(const struct netlink_address *a, void *arg);
	void *arg;
};

static bool hand_address(const struct nlmsghdr *nlh, void *arg)
{
	const struct each_address *to = arg;
	const struct ifaddrmsg *msg = mnl_nlmsg_get_payload(nlh);
	struct netlink_address a = { 0 };
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg))
		return true;
	if (msg->ifa_family != AF_INET || (to->index && msg->ifa_index != to->index))
		return true;
	a.index = msg->ifa_index;
	a.prefix_len = msg->ifa_prefixlen;
	mnl_attr_for_each(attr, nlh, sizeof(*msg))
	{
		if (mnl_attr_get_type(attr) == IFA_LOCAL)
			a.ip.s_addr = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == IFA_BROADCAST)
			a.has_broadcast = true;
	}
	to->each(&a, to->arg);
	return true;
}

int netlink_list_addresses(struct netlink *nl, uint32_t index,
	void (*each)(const struct netlink_address *a, void *arg), void *arg, struct err *e)
{
	own_netlink_batch b = { 0 };
	const struct ifaddrmsg msg = { .ifa_family = AF_INET, .ifa_index = index };
	struct each_address to = { index, each, arg };

	netlink_batch_init(&b);
	netlink_message(&b, RTM_GETADDR, NLM_F_DUMP, &msg, sizeof(msg));
	netlink_label(&b, "list addresses");
	return netlink_query(nl, &b, hand_address, &to, e);
}

/* ---- routes and neighbours ---- */

void netlink_put_route(struct netlink_batch *b, const struct netlink_route *r)
{
	const struct rtmsg msg = {
		.rtm_family = AF_INET,
		.rtm_dst_len = r->prefix_len,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = r->gateway.s_addr ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};
	struct nlmsghdr *h =
		netlink_message(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &msg, sizeof(msg));
	char text[INET_ADDRSTRLEN];

	netlink_label(b, "add route %s/%u", inet_ntop(AF_INET, &r->dst, text, sizeof(text)),
		r->prefix_len);
	if (r->prefix_len)
		mnl_attr_put_u32(h, RTA_DST, r->dst.s_addr);
	if (r->gateway.s_addr)
		mnl_attr_put_u32(h, RTA_GATEWAY, r->gateway.s_addr);
	mnl_attr_put_u32(h, RTA_OIF, r->index);
}

struct each_route {
	void (*each)(const struct netlink_route *r, void *arg);
	void *arg;
};

static bool hand_route(const struct nlmsghdr *nlh, void *arg)
{
	const struct each_route *to = arg;
	const struct rtmsg *msg = mnl_nlmsg_get_payload(nlh);
	struct netlink_route r = { 0 };
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg))
		return true;
	if (msg->rtm_family != AF_INET || msg->rtm_table != RT_TABLE_MAIN)
		return true;
	r.prefix_len = msg->rtm_dst_len;
	mnl_attr_for_each(attr, nlh, sizeof(*msg))
	{
		if (mnl_attr_get_type(attr) == RTA_DST)
			r.dst.s_addr = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == RTA_GATEWAY)
			r.gateway.s_addr = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == RTA_OIF)
			r.index = mnl_attr_get_u32(attr);
	}
	to->each(&r, to->arg);
	return true;
}

int netlink_list_routes(struct netlink *nl, void (*each)(const struct netlink_route *r, void *arg),
	void *arg, struct err *e)
{
	own_netlink_batch b = { 0 };
	const struct rtmsg msg = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN };
	struct each_route to = { each, arg };

	netlink_batch_init(&b);
	netlink_message(&b, RTM_GETROUTE, NLM_F_DUMP, &msg, sizeof(msg));
	netlink_label(&b, "list routes");
	/* ENOENT: the namespace never had a route, so it has no table */
	if (netlink_query(nl, &b, hand_route, &to, e) < 0)
		return e->sys == ENOENT ? 0 : -1;
	return 0;
}

void netlink_put_neighbour_delete(struct netlink_batch *b, uint32_t index, struct in_addr ip)
{
	const struct ndmsg msg = { .ndm_family = AF_INET, .ndm_ifindex = (int)index };
	struct nlmsghdr *h = netlink_message(b, RTM_DELNEIGH, 0, &msg, sizeof(msg));

	netlink_label(b, "forget neighbour");
	mnl_attr_put_u32(h, NDA_DST, ip.s_addr);
}
