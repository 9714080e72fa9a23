/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions, tables, chains and sets of nftables. Rules are in nft_rule.c. */
#include "sys/nft.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "sys/nft_int.h"

static struct nlmsghdr *batch_mark(struct nft *t, uint16_t type)
{
	const struct nfgenmsg mark = {
		.nfgen_family = AF_UNSPEC,
		.version = NFNETLINK_V0,
		.res_id = htons(NFNL_SUBSYS_NFTABLES),
	};

	nft_end_rule(t);
	return netlink_message(&t->batch, type, 0, &mark, sizeof(mark));
}

struct nlmsghdr *nft_message(struct nft *t, uint16_t type, uint16_t flags)
{
	const struct nfgenmsg msg = { .nfgen_family = t->family, .version = NFNETLINK_V0 };

	nft_end_rule(t);
	return netlink_message(
		&t->batch, (NFNL_SUBSYS_NFTABLES << 8) | type, flags, &msg, sizeof(msg));
}

void nft_begin(struct nft *t, uint8_t family, const char *table)
{
	memset(t, 0, sizeof(*t));
	netlink_batch_init(&t->batch);
	t->family = family;
	t->table = table;
	batch_mark(t, NFNL_MSG_BATCH_BEGIN);
	netlink_label(&t->batch, "nftables transaction of table %s", table);
}

void nft_done(struct nft *t)
{
	netlink_batch_done(&t->batch);
}

int nft_commit(struct nft *t, struct netlink *nl, struct err *e)
{
	batch_mark(t, NFNL_MSG_BATCH_END);
	return netlink_send(nl, &t->batch, e);
}

void nft_add_table(struct nft *t)
{
	struct nlmsghdr *h = nft_message(t, NFT_MSG_NEWTABLE, NLM_F_CREATE);

	netlink_label(&t->batch, "add table %s", t->table);
	mnl_attr_put_strz(h, NFTA_TABLE_NAME, t->table);
}

void nft_delete_table(struct nft *t)
{
	struct nlmsghdr *h = nft_message(t, NFT_MSG_DELTABLE, 0);

	netlink_label(&t->batch, "delete table %s", t->table);
	mnl_attr_put_strz(h, NFTA_TABLE_NAME, t->table);
}

void nft_add_chain(struct nft *t, const struct nft_chain *c)
{
	struct nlmsghdr *h = nft_message(t, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *hook;

	netlink_label(&t->batch, "add chain %s %s", t->table, c->name);
	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, t->table);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, c->name);
	if (!c->type)
		return;
	hook = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(h, NFTA_HOOK_HOOKNUM, htonl(c->hook));
	mnl_attr_put_u32(h, NFTA_HOOK_PRIORITY, htonl((uint32_t)c->priority));
	mnl_attr_nest_end(h, hook);
	if (c->policy != NFT_POLICY_KEEP)
		mnl_attr_put_u32(h, NFTA_CHAIN_POLICY, htonl(c->policy));
	mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, c->type);
}

void nft_flush_chain(struct nft *t, const char *chain)
{
	struct nlmsghdr *h = nft_message(t, NFT_MSG_DELRULE, 0);

	netlink_label(&t->batch, "flush chain %s %s", t->table, chain);
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, t->table);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
}

/* ---- sets and maps ---- */

/* Bytes a part takes in a key: padded to registers. */
static uint32_t type_len(enum nft_type type)
{
	return type == NFT_TYPE_IFNAME ? 16 : 4;
}

/* The bytes of a lone key; a single protocol or port is not padded. */
static uint32_t key_len(const struct nft_set *s)
{
	uint32_t n = 0;

	if (!s->key[1] && s->key[0] == NFT_TYPE_PROTO)
		return 1;
	if (!s->key[1] && s->key[0] == NFT_TYPE_PORT)
		return 2;
	for (size_t i = 0; i < 3 && s->key[i]; i++)
		n += type_len(s->key[i]);
	return n;
}

/* The user data of a set is nft's own list of type, length, value; 0 is the byte order of keys. */
static void put_key_order(struct nlmsghdr *h, enum nft_type key)
{
	uint8_t data[6] = { 0, sizeof(uint32_t) };
	const uint32_t order = key == NFT_TYPE_IFNAME ? 1 : 2; /* of the host, big endian */

	memcpy(data + 2, &order, sizeof(order));
	mnl_attr_put(h, NFTA_SET_USERDATA, sizeof(data), data);
}

void nft_add_set(struct nft *t, const struct nft_set *s)
{
	struct nlmsghdr *h = nft_message(t, NFT_MSG_NEWSET, NLM_F_CREATE);
	uint32_t type = 0, flags = 0;

	netlink_label(&t->batch, "add set %s %s", t->table, s->name);
	for (size_t i = 0; i < 3 && s->key[i]; i++)
		type = (type << 6) | s->key[i];
	if (s->is_interval)
		flags |= NFT_SET_INTERVAL;
	if (s->is_verdict_map)
		flags |= NFT_SET_MAP;
	mnl_attr_put_strz(h, NFTA_SET_TABLE, t->table);
	mnl_attr_put_strz(h, NFTA_SET_NAME, s->name);
	mnl_attr_put_u32(h, NFTA_SET_FLAGS, htonl(flags));
	mnl_attr_put_u32(h, NFTA_SET_KEY_TYPE, htonl(type));
	mnl_attr_put_u32(h, NFTA_SET_KEY_LEN, htonl(key_len(s)));
	if (s->is_verdict_map) {
		mnl_attr_put_u32(h, NFTA_SET_DATA_TYPE, htonl(NFT_DATA_VERDICT));
		mnl_attr_put_u32(h, NFTA_SET_DATA_LEN, htonl(16));
	}
	mnl_attr_put_u32(h, NFTA_SET_ID, htonl(++t->next_set_id));
	/* without it nft list prints names as empty */
	if (!s->key[1])
		put_key_order(h, s->key[0]);
}

static struct nlmsghdr *elements_message(
	struct nft *t, uint16_t type, uint16_t flags, const char *set)
{
	struct nlmsghdr *h = nft_message(t, type, flags);

	netlink_label(&t->batch, "%s elements of %s %s",
		type == NFT_MSG_NEWSETELEM ? "add" : "delete", t->table, set);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, t->table);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, set);
	return h;
}

void nft_flush_set(struct nft *t, const char *set)
{
	elements_message(t, NFT_MSG_DELSETELEM, 0, set);
}

void nft_key_ifname(struct nft_key *k, const char *name)
{
	size_t n = strlen(name);

	assert(n < 16 && k->n + 16 <= sizeof(k->bytes));
	memset(k->bytes + k->n, 0, 16);
	memcpy(k->bytes + k->n, name, n);
	k->n += 16;
}

void nft_key_u32(struct nft_key *k, uint32_t network_order)
{
	assert(k->n + 4 <= sizeof(k->bytes));
	memcpy(k->bytes + k->n, &network_order, 4);
	k->n += 4;
}

/* One element within an open list: key, flags, verdict (NULL: none). */
static void put_element(
	struct nlmsghdr *h, const struct nft_key *k, uint32_t flags, const int32_t *verdict)
{
	struct nlattr *elem = mnl_attr_nest_start(h, NFTA_LIST_ELEM);
	struct nlattr *nest;

	if (flags)
		mnl_attr_put_u32(h, NFTA_SET_ELEM_FLAGS, htonl(flags));
	nest = mnl_attr_nest_start(h, NFTA_SET_ELEM_KEY);
	mnl_attr_put(h, NFTA_DATA_VALUE, k->n, k->bytes);
	mnl_attr_nest_end(h, nest);
	if (verdict) {
		struct nlattr *code;

		nest = mnl_attr_nest_start(h, NFTA_SET_ELEM_DATA);
		code = mnl_attr_nest_start(h, NFTA_DATA_VERDICT);
		mnl_attr_put_u32(h, NFTA_VERDICT_CODE, htonl((uint32_t)*verdict));
		mnl_attr_nest_end(h, code);
		mnl_attr_nest_end(h, nest);
	}
	mnl_attr_nest_end(h, elem);
}

static struct nlmsghdr *begin_elements(
	struct nft *t, enum nft_op op, const char *set, struct nlattr **list)
{
	struct nlmsghdr *h = op == NFT_ADD
				     ? elements_message(t, NFT_MSG_NEWSETELEM, NLM_F_CREATE, set)
				     : elements_message(t, NFT_MSG_DELSETELEM, 0, set);

	*list = mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);
	return h;
}

void nft_element(struct nft *t, enum nft_op op, const char *set, const struct nft_key *k)
{
	struct nlattr *list;
	struct nlmsghdr *h = begin_elements(t, op, set, &list);

	put_element(h, k, 0, NULL);
	mnl_attr_nest_end(h, list);
}

void nft_element_verdict(struct nft *t, const char *map, const struct nft_key *k, int32_t verdict)
{
	struct nlattr *list;
	struct nlmsghdr *h = begin_elements(t, NFT_ADD, map, &list);

	put_element(h, k, 0, &verdict);
	mnl_attr_nest_end(h, list);
}

void nft_element_range(
	struct nft *t, enum nft_op op, const char *set, uint32_t first, uint32_t last)
{
	struct nft_key k = { .n = 0 };
	struct nlattr *list;
	struct nlmsghdr *h = begin_elements(t, op, set, &list);

	nft_key_u32(&k, htonl(first));
	put_element(h, &k, 0, NULL);
	/* the end is the first key behind the range; a range up to the very last key has none */
	if (last != UINT32_MAX) {
		k.n = 0;
		nft_key_u32(&k, htonl(last + 1));
		put_element(h, &k, NFT_SET_ELEM_INTERVAL_END, NULL);
	}
	mnl_attr_nest_end(h, list);
}
