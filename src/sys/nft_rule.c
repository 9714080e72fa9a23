/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of nftables: lists of expressions over registers, and one question about existing rules. */
#include <arpa/inet.h>
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "sys/nft_int.h"

/* The user data of a rule is nft's own list of type, length, value; 0 is the comment. */
#define UDATA_COMMENT	  0
#define UDATA_COMMENT_MAX 128

static void put_comment(struct nlmsghdr *h, const char *comment)
{
	uint8_t data[2 + UDATA_COMMENT_MAX];
	size_t n = strlen(comment) + 1;

	assert(n <= UDATA_COMMENT_MAX);
	data[0] = UDATA_COMMENT;
	data[1] = (uint8_t)n;
	memcpy(data + 2, comment, n);
	mnl_attr_put(h, NFTA_RULE_USERDATA, 2 + n, data);
}

void nft_end_rule(struct nft *t)
{
	if (!t->rule)
		return;
	mnl_attr_nest_end(t->rule, t->exprs);
	if (t->comment)
		put_comment(t->rule, t->comment);
	t->rule = NULL;
}

static void begin_rule(
	struct nft *t, uint16_t flags, const char *chain, uint64_t after, const char *comment)
{
	struct nlmsghdr *h = nft_message(t, NFT_MSG_NEWRULE, flags);

	netlink_label(&t->batch, "add rule to %s %s", t->table, chain);
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, t->table);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
	if (after)
		mnl_attr_put_u64(h, NFTA_RULE_POSITION, htobe64(after));
	t->rule = h;
	t->comment = comment;
	t->exprs = mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS);
}

void nft_rule(struct nft *t, const char *chain, const char *comment)
{
	begin_rule(t, NLM_F_CREATE | NLM_F_APPEND, chain, 0, comment);
}

void nft_rule_at(struct nft *t, const char *chain, uint64_t after, const char *comment)
{
	begin_rule(t, after ? NLM_F_CREATE | NLM_F_APPEND : NLM_F_CREATE, chain, after, comment);
}

/* An expression: its name, and behind it the nest its attributes go into. */
struct expr {
	struct nlattr *elem, *data;
};

static struct expr begin_expr(struct nft *t, const char *name)
{
	struct expr x;

	x.elem = mnl_attr_nest_start(t->rule, NFTA_LIST_ELEM);
	mnl_attr_put_strz(t->rule, NFTA_EXPR_NAME, name);
	x.data = mnl_attr_nest_start(t->rule, NFTA_EXPR_DATA);
	return x;
}

static void end_expr(struct nft *t, struct expr x)
{
	mnl_attr_nest_end(t->rule, x.data);
	mnl_attr_nest_end(t->rule, x.elem);
}

static void put_u32(struct nft *t, uint16_t attr, uint32_t v)
{
	mnl_attr_put_u32(t->rule, attr, htonl(v));
}

static void put_data(struct nft *t, uint16_t attr, const void *data, size_t n)
{
	struct nlattr *nest = mnl_attr_nest_start(t->rule, attr);

	mnl_attr_put(t->rule, NFTA_DATA_VALUE, n, data);
	mnl_attr_nest_end(t->rule, nest);
}

void nft_load_meta(struct nft *t, enum nft_meta_keys key, unsigned r)
{
	struct expr x = begin_expr(t, "meta");

	put_u32(t, NFTA_META_DREG, NFT_REG32_00 + r);
	put_u32(t, NFTA_META_KEY, key);
	end_expr(t, x);
}

void nft_load_ct(struct nft *t, enum nft_ct_keys key, unsigned r)
{
	struct expr x = begin_expr(t, "ct");

	put_u32(t, NFTA_CT_DREG, NFT_REG32_00 + r);
	put_u32(t, NFTA_CT_KEY, key);
	end_expr(t, x);
}

void nft_load_payload(
	struct nft *t, enum nft_payload_bases base, uint32_t offset, uint32_t n, unsigned r)
{
	struct expr x = begin_expr(t, "payload");

	put_u32(t, NFTA_PAYLOAD_DREG, NFT_REG32_00 + r);
	put_u32(t, NFTA_PAYLOAD_BASE, base);
	put_u32(t, NFTA_PAYLOAD_OFFSET, offset);
	put_u32(t, NFTA_PAYLOAD_LEN, n);
	end_expr(t, x);
}

void nft_match_bits(struct nft *t, uint32_t mask)
{
	const uint32_t zero = 0;
	struct expr x = begin_expr(t, "bitwise");

	put_u32(t, NFTA_BITWISE_SREG, NFT_REG32_00);
	put_u32(t, NFTA_BITWISE_DREG, NFT_REG32_00);
	put_u32(t, NFTA_BITWISE_LEN, sizeof(mask));
	put_data(t, NFTA_BITWISE_MASK, &mask, sizeof(mask));
	put_data(t, NFTA_BITWISE_XOR, &zero, sizeof(zero));
	end_expr(t, x);

	x = begin_expr(t, "cmp");
	put_u32(t, NFTA_CMP_SREG, NFT_REG32_00);
	put_u32(t, NFTA_CMP_OP, NFT_CMP_NEQ);
	put_data(t, NFTA_CMP_DATA, &zero, sizeof(zero));
	end_expr(t, x);
}

void nft_match_ifname(struct nft *t, const char *name)
{
	struct expr x = begin_expr(t, "cmp");

	put_u32(t, NFTA_CMP_SREG, NFT_REG32_00);
	put_u32(t, NFTA_CMP_OP, NFT_CMP_EQ);
	put_data(t, NFTA_CMP_DATA, name, strlen(name) + 1);
	end_expr(t, x);
}

void nft_match_in(struct nft *t, const char *set, bool inverted)
{
	struct expr x = begin_expr(t, "lookup");

	mnl_attr_put_strz(t->rule, NFTA_LOOKUP_SET, set);
	put_u32(t, NFTA_LOOKUP_SREG, NFT_REG32_00);
	if (inverted)
		put_u32(t, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
	end_expr(t, x);
}

void nft_verdict_by(struct nft *t, const char *map)
{
	struct expr x = begin_expr(t, "lookup");

	mnl_attr_put_strz(t->rule, NFTA_LOOKUP_SET, map);
	put_u32(t, NFTA_LOOKUP_SREG, NFT_REG32_00);
	put_u32(t, NFTA_LOOKUP_DREG, NFT_REG_VERDICT);
	end_expr(t, x);
}

void nft_verdict(struct nft *t, int32_t verdict, const char *chain)
{
	struct expr x = begin_expr(t, "immediate");
	struct nlattr *data, *code;

	put_u32(t, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = mnl_attr_nest_start(t->rule, NFTA_IMMEDIATE_DATA);
	code = mnl_attr_nest_start(t->rule, NFTA_DATA_VERDICT);
	put_u32(t, NFTA_VERDICT_CODE, (uint32_t)verdict);
	if (chain)
		mnl_attr_put_strz(t->rule, NFTA_VERDICT_CHAIN, chain);
	mnl_attr_nest_end(t->rule, code);
	mnl_attr_nest_end(t->rule, data);
	end_expr(t, x);
}

void nft_counter(struct nft *t)
{
	end_expr(t, begin_expr(t, "counter"));
}

void nft_masquerade(struct nft *t)
{
	end_expr(t, begin_expr(t, "masq"));
}

/* ---- asking ---- */

struct find_jump {
	const char *target;
	uint64_t handle;
};

/* Whether below nest, following a path of nests, there is a string of this value. */
static bool has_string(const struct nlattr *nest, const uint16_t *path, const char *value)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) != path[0])
			continue;
		if (path[1] ? has_string(attr, path + 1, value)
			    : mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0 &&
					strcmp(mnl_attr_get_str(attr), value) == 0)
			return true;
	}
	return false;
}

static bool take_rule(const struct nlmsghdr *nlh, void *arg)
{
	/* rule: expressions → one → its data → immediate's data → verdict → chain */
	static const uint16_t path[] = { NFTA_LIST_ELEM, NFTA_EXPR_DATA, NFTA_IMMEDIATE_DATA,
		NFTA_DATA_VERDICT, NFTA_VERDICT_CHAIN, 0 };
	struct find_jump *f = arg;
	const struct nlattr *attr;
	uint64_t handle = 0;
	bool jumps = false;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == NFTA_RULE_HANDLE)
			handle = be64toh(mnl_attr_get_u64(attr));
		if (mnl_attr_get_type(attr) == NFTA_RULE_EXPRESSIONS)
			jumps = has_string(attr, path, f->target);
	}
	if (jumps)
		f->handle = handle;
	return !jumps;
}

int nft_find_jump(struct netlink *nl, const struct nft_jump *j, uint64_t *handle, struct err *e)
{
	const struct nfgenmsg msg = { .nfgen_family = j->family, .version = NFNETLINK_V0 };
	struct find_jump f = { .target = j->target };
	own_netlink_batch b = { 0 };
	struct nlmsghdr *h;

	netlink_batch_init(&b);
	h = netlink_message(
		&b, (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETRULE, NLM_F_DUMP, &msg, sizeof(msg));
	netlink_label(&b, "list rules of %s %s", j->table, j->chain);
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, j->table);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, j->chain);
	*handle = 0;
	if (netlink_query(nl, &b, take_rule, &f, e) < 0)
		return e->sys == ENOENT ? 0 : -1;
	*handle = f.handle;
	return 0;
}
