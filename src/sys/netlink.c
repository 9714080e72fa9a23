/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transport. Requests carry no ack flag but the last: the kernel reports failures in any case,
 * and works through one buffer in order, so the last one's ack says that all is done. Leaves the
 * meaning of messages to its callers.
 */
#include "sys/netlink.h"

#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

/* A dump answers in packets of up to 32 KiB when the reader's buffer takes them. */
#define RECEIVE_MAX 32768

struct netlink {
	pthread_mutex_t lock; /* guards one conversation; a leaf: nothing is locked below it */
	struct mnl_socket *sock;
	int bus;
	uint32_t seq; /* of the last message sent */
	char buf[RECEIVE_MAX];
};

void netlink_batch_init(struct netlink_batch *b)
{
	memset(b, 0, sizeof(*b));
}

void netlink_batch_done(struct netlink_batch *b)
{
	free(b->data);
	free(b->labels);
	netlink_batch_init(b);
}

static void *grow(void *p, size_t size)
{
	void *q = realloc(p, size);

	if (!q)
		abort();
	return q;
}

static void close_message(struct netlink_batch *b)
{
	if (!b->open)
		return;
	assert(b->open->nlmsg_len <= NETLINK_MESSAGE_MAX);
	b->len += NLMSG_ALIGN(b->open->nlmsg_len);
	b->open = NULL;
}

struct nlmsghdr *netlink_message(
	struct netlink_batch *b, uint16_t type, uint16_t flags, const void *fixed, size_t n_fixed)
{
	close_message(b);
	if (b->cap - b->len < NETLINK_MESSAGE_MAX) {
		b->cap += 4 * NETLINK_MESSAGE_MAX;
		b->data = grow(b->data, b->cap);
	}
	if (b->n == b->cap_labels) {
		b->cap_labels += 16;
		b->labels = grow(b->labels, b->cap_labels * sizeof(b->labels[0]));
	}
	b->labels[b->n++][0] = '\0';

	/* attributes are padded by skipping bytes: they must be zero, also after a realloc */
	memset(b->data + b->len, 0, NETLINK_MESSAGE_MAX);
	b->open = mnl_nlmsg_put_header(b->data + b->len);
	b->open->nlmsg_type = type;
	b->open->nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(mnl_nlmsg_put_extra_header(b->open, n_fixed), fixed, n_fixed);
	return b->open;
}

void netlink_label(struct netlink_batch *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(b->labels[b->n - 1], NETLINK_LABEL_MAX, fmt, ap);
	va_end(ap);
}

const void *netlink_batch_bytes(struct netlink_batch *b, size_t *n)
{
	close_message(b);
	*n = b->len;
	return b->data;
}

int netlink_open(int bus, struct netlink **out, struct err *e)
{
	struct netlink *nl = grow(NULL, sizeof(*nl));
	int one = 1;

	nl->seq = 0;
	nl->bus = bus;
	pthread_mutex_init(&nl->lock, NULL);
	nl->sock = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (!nl->sock || mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		err_sys(e, "open netlink socket");
		netlink_close(nl);
		return -1;
	}
	/* Both only make answers better and shorter: a kernel that has them not is no error. */
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &one, sizeof(one));
	if (bus == NETLINK_ROUTE)
		mnl_socket_setsockopt(nl->sock, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	*out = nl;
	return 0;
}

void netlink_close(struct netlink *nl)
{
	if (!nl)
		return;
	if (nl->sock)
		mnl_socket_close(nl->sock);
	pthread_mutex_destroy(&nl->lock);
	free(nl);
}

/*
 * Gives each message its number; returns the one whose ack ends the conversation: the last. An
 * nftables batch is acked by the message before its end mark, which kernels before 6.10 do not
 * answer.
 */
static struct nlmsghdr *number_messages(struct netlink *nl, struct netlink_batch *b)
{
	int left = (int)b->len;
	struct nlmsghdr *last = NULL, *before = NULL;

	for (struct nlmsghdr *h = (struct nlmsghdr *)b->data; mnl_nlmsg_ok(h, left);
		h = mnl_nlmsg_next(h, &left)) {
		h->nlmsg_seq = ++nl->seq;
		before = last;
		last = h;
	}
	return nl->bus == NETLINK_NETFILTER && before ? before : last;
}

/* The kernel's words behind an error, NULL when it gave none. */
static const char *extended_text(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*err);
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && err->msg.nlmsg_len >= sizeof(err->msg))
		skip += NLMSG_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	if (mnl_nlmsg_get_payload_len(nlh) < skip)
		return NULL;
	mnl_attr_for_each(attr, nlh, skip)
	{
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
			mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			return mnl_attr_get_str(attr);
	}
	return NULL;
}

static int failed_message(
	const struct netlink_batch *b, uint32_t index, int sys, const char *text, struct err *e)
{
	const char *label = index < b->n && b->labels[index][0] ? b->labels[index] : "netlink";

	errno = sys;
	err_sys(e, "%s", label);
	if (text) {
		size_t n = strlen(e->msg);

		snprintf(e->msg + n, sizeof(e->msg) - n, " (%s)", text);
	}
	return -1;
}

/* One conversation's state while answers are read. */
struct answer {
	const struct netlink_batch *batch;
	uint32_t first, last; /* sequence numbers */
	netlink_each each;    /* NULL: only acks are expected */
	void *arg;
	bool is_transaction; /* an error of its first message is one of the whole */
	bool is_dump, wants_more, done, interrupted;
	int result;
	struct err *e;
};

static void take_error(struct answer *a, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
		return;
	if (err->error && a->result == 0)
		a->result = failed_message(
			a->batch, nlh->nlmsg_seq - a->first, -err->error, extended_text(nlh), a->e);
	if (nlh->nlmsg_seq == a->last || (a->is_transaction && nlh->nlmsg_seq == a->first))
		a->done = true;
}

static void take_done(struct answer *a, const struct nlmsghdr *nlh)
{
	a->done = true;
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(int)) {
		int error = *(const int *)mnl_nlmsg_get_payload(nlh);

		if (error < 0 && a->result == 0)
			a->result = failed_message(a->batch, 0, -error, NULL, a->e);
	}
}

static void take_message(struct answer *a, const struct nlmsghdr *nlh)
{
	/* left over from a conversation that ended early, or a notification */
	if (nlh->nlmsg_seq - a->first > a->last - a->first)
		return;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		a->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		take_error(a, nlh);
	} else if (nlh->nlmsg_type == NLMSG_DONE) {
		take_done(a, nlh);
	} else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && a->each) {
		if (a->wants_more)
			a->wants_more = a->each(nlh, a->arg);
		if (!a->is_dump)
			a->done = true;
	}
}

/* Reads until the conversation is over. */
static int receive(struct netlink *nl, struct answer *a)
{
	while (!a->done) {
		ssize_t got = mnl_socket_recvfrom(nl->sock, nl->buf, sizeof(nl->buf));
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(a->e, "read netlink answer");
		for (const struct nlmsghdr *h = (const struct nlmsghdr *)nl->buf;
			mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
			take_message(a, h);
	}
	return a->result;
}

int netlink_send(struct netlink *nl, struct netlink_batch *b, struct err *e)
{
	close_message(b);
	if (!b->n)
		return 0;
	own_lock guard = lock_take(&nl->lock);
	struct answer a = { .batch = b, .first = nl->seq + 1, .e = e };
	struct nlmsghdr *acked = number_messages(nl, b);

	acked->nlmsg_flags |= NLM_F_ACK;
	a.last = acked->nlmsg_seq;
	a.is_transaction = nl->bus == NETLINK_NETFILTER;
	if (mnl_socket_sendto(nl->sock, b->data, b->len) < 0)
		return err_sys(e, "send netlink message");
	return receive(nl, &a);
}

int netlink_query(
	struct netlink *nl, struct netlink_batch *b, netlink_each each, void *arg, struct err *e)
{
	close_message(b);
	assert(b->n == 1);
	own_lock guard = lock_take(&nl->lock);
	struct answer a = { .batch = b, .each = each, .arg = arg, .wants_more = true, .e = e };

	a.first = a.last = number_messages(nl, b)->nlmsg_seq;
	a.is_dump = ((const struct nlmsghdr *)b->data)->nlmsg_flags & NLM_F_DUMP;
	if (mnl_socket_sendto(nl->sock, b->data, b->len) < 0)
		return err_sys(e, "send netlink message");
	if (receive(nl, &a) < 0)
		return -1;
	if (a.interrupted) {
		errno = EINTR;
		return err_sys(e, "%s", b->labels[0]);
	}
	return 0;
}
