/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talking netlink: messages are gathered in a batch and sent in one system call; the kernel's
 * answer comes back as an error with its own extended text. What the messages say is
 * netlink_route.h's (links, addresses, routes) and nft.h's (firewall). Wraps libmnl.
 */
#ifndef TARE_SYS_NETLINK_H
#define TARE_SYS_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* ---- batches ---- */

/* The largest single message; netlink_message asserts that its writer stays below. */
#define NETLINK_MESSAGE_MAX 4096
#define NETLINK_LABEL_MAX   64

struct netlink_batch {
	char *data;
	size_t len; /* of finished messages */
	size_t cap;
	struct nlmsghdr *open; /* the message being written; finished by the next or by sending */
	char (*labels)[NETLINK_LABEL_MAX];
	unsigned n; /* messages, the open one counted */
	unsigned cap_labels;
};

void netlink_batch_init(struct netlink_batch *b);
void netlink_batch_done(struct netlink_batch *b);
#define own_netlink_batch __attribute__((cleanup(netlink_batch_done))) struct netlink_batch

/*
 * Begins the next message: header of type and flags (NLM_F_REQUEST is added), then a copy of the
 * family's fixed part. Attributes are added to the result by libmnl's mnl_attr_put_*; it stays
 * valid until the next netlink_message on b. label says in an error what was wanted: "add address
 * 172.17.0.1 to docker0".
 */
struct nlmsghdr *netlink_message(
	struct netlink_batch *b, uint16_t type, uint16_t flags, const void *fixed, size_t n_fixed);
/* Names the open message. A text that does not fit is cut: it is only for people. */
void netlink_label(struct netlink_batch *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The finished bytes, for tests and for sending; closes the open message. */
const void *netlink_batch_bytes(struct netlink_batch *b, size_t *n);

/* ---- sockets ---- */

struct netlink;

/*
 * Opens a socket of bus NETLINK_ROUTE or NETLINK_NETFILTER in the calling thread's network
 * namespace. It stays in that namespace whoever uses it later, and keeps it alive until closed. Any
 * thread may use it; calls on one socket take turns.
 */
int netlink_open(int bus, struct netlink **out, struct err *e);
void netlink_close(struct netlink *nl);
static inline void netlink_cleanup(struct netlink **nl)
{
	netlink_close(*nl);
}
#define own_netlink __attribute__((cleanup(netlink_cleanup))) struct netlink *

/*
 * Sends the batch with one system call and waits until the kernel has done all of it. The first
 * message that failed is the error: "LABEL: File exists" or "LABEL: File exists (kernel's text)",
 * e->sys is its errno; on NETLINK_ROUTE the messages behind it were still carried out, so the
 * caller undoes.
 */
int netlink_send(struct netlink *nl, struct netlink_batch *b, struct err *e);

/* Called for each message of an answer; false: want no more (the rest is read and dropped). */
typedef bool (*netlink_each)(const struct nlmsghdr *nlh, void *arg);

/* Sends one query (the batch's only message) and hands every answer to each(arg). A dump the kernel
 * marks as interrupted is asked again by the caller: e->sys is EINTR. */
int netlink_query(
	struct netlink *nl, struct netlink_batch *b, netlink_each each, void *arg, struct err *e);

#endif
