/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nftables over nfnetlink: transactions of tables, chains, sets and rules, in the kernel's own
 * words (an expression a function). What is between nft_begin and nft_commit happens as a whole or
 * not at all. Which rules there are is the callers' matter. Wraps libmnl; knows no rule syntax.
 */
#ifndef TARE_SYS_NFT_H
#define TARE_SYS_NFT_H

#include <netinet/in.h> /* before the kernel's: they then leave its structs to libc */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sys/netlink.h"

/* One table's transaction. */
struct nft {
	struct netlink_batch batch;
	uint8_t family; /* NFPROTO_IPV4 … */
	const char *table;
	uint32_t next_set_id;  /* sets are known by id within their transaction */
	struct nlmsghdr *rule; /* being written, NULL between rules */
	struct nlattr *exprs;  /* its list of expressions */
	const char *comment;   /* its comment */
};

void nft_begin(struct nft *t, uint8_t family, const char *table);
/* Frees the transaction; nothing happens unless it was committed. */
void nft_done(struct nft *t);
#define own_nft __attribute__((cleanup(nft_done))) struct nft
/* Carries it out: all or nothing. nl is a socket of NETLINK_NETFILTER. */
int nft_commit(struct nft *t, struct netlink *nl, struct err *e);

/* Makes the table; fine when it is there. */
void nft_add_table(struct nft *t);
/* Deletes it with all that is in it; ENOENT fails the transaction. */
void nft_delete_table(struct nft *t);

struct nft_chain {
	const char *name;
	const char *type; /* "filter", "nat" for a base chain; NULL: reached by jumps only */
	uint32_t hook;	  /* NF_INET_FORWARD … */
	int32_t priority; /* NF_IP_PRI_FILTER … */
	uint32_t policy;  /* NF_ACCEPT, NF_DROP; NFT_POLICY_KEEP leaves an existing chain's alone */
};
#define NFT_POLICY_KEEP UINT32_MAX
/* Makes the chain; fine when it is there with the same hook. */
void nft_add_chain(struct nft *t, const struct nft_chain *c);
/* Removes its rules. */
void nft_flush_chain(struct nft *t, const char *chain);

/* ---- sets and maps ---- */

/*
 * Type numbers are nft's own, so that `nft list` can print elements; the kernel sees lengths only.
 */
enum nft_type {
	NFT_TYPE_IPV4 = 7,
	NFT_TYPE_PROTO = 12,
	NFT_TYPE_PORT = 13,
	NFT_TYPE_IFNAME = 41,
};

struct nft_set {
	const char *name;
	enum nft_type key[3]; /* one, or a concatenation; 0 ends it */
	bool is_interval;     /* keys are ranges */
	bool is_verdict_map;  /* each key has a verdict */
};
/* Makes the set; fine when it is there with the same shape. */
void nft_add_set(struct nft *t, const struct nft_set *s);
/* Empties it. */
void nft_flush_set(struct nft *t, const char *set);

/* A key as the kernel compares it: parts padded to 4 bytes, numbers in network order. */
struct nft_key {
	uint8_t bytes[64];
	size_t n;
};
void nft_key_ifname(struct nft_key *k, const char *name);
void nft_key_u32(struct nft_key *k, uint32_t network_order);

enum nft_op { NFT_ADD, NFT_DELETE };
/*
 * Adds (fine when there) or deletes (ENOENT when not) one element; verdict: NF_ACCEPT, NF_DROP, for
 * maps.
 */
void nft_element(struct nft *t, enum nft_op op, const char *set, const struct nft_key *k);
void nft_element_verdict(struct nft *t, const char *map, const struct nft_key *k, int32_t verdict);
/* first..last, both included (host order), in a set of intervals. */
void nft_element_range(
	struct nft *t, enum nft_op op, const char *set, uint32_t first, uint32_t last);

/* ---- rules ---- */

/*
 * Appends a rule to chain; its expressions follow, run in order until one does not match. comment
 * (NULL: none) is shown by nft list.
 */
void nft_rule(struct nft *t, const char *chain, const char *comment);
/* The same in front of the chain's other rules (after == 0), or behind the one with this handle. */
void nft_rule_at(struct nft *t, const char *chain, uint64_t after, const char *comment);

/* Register r counts units of 4 bytes from 0; a name of an interface takes four of them. */
void nft_load_meta(struct nft *t, enum nft_meta_keys key, unsigned r);
void nft_load_ct(struct nft *t, enum nft_ct_keys key, unsigned r);
/* n bytes of the packet at offset from base (NFT_PAYLOAD_NETWORK_HEADER …). */
void nft_load_payload(
	struct nft *t, enum nft_payload_bases base, uint32_t offset, uint32_t n, unsigned r);
/*
 * Matches when (register 0 & mask) is not zero. mask in the machine's order, as ct and meta have
 * it.
 */
void nft_match_bits(struct nft *t, uint32_t mask);
/* Matches when an interface's name in the registers from 0 is this one. */
void nft_match_ifname(struct nft *t, const char *name);
/* Matches when the registers from 0 are (not) in the set. */
void nft_match_in(struct nft *t, const char *set, bool inverted);
/* Takes the verdict the map holds for the registers from 0; goes on when it holds none. */
void nft_verdict_by(struct nft *t, const char *map);
/* verdict: NF_ACCEPT, NF_DROP, NFT_JUMP, NFT_GOTO, NFT_RETURN; chain: where to jump, else NULL. */
void nft_verdict(struct nft *t, int32_t verdict, const char *chain);
void nft_counter(struct nft *t);
void nft_masquerade(struct nft *t);

/* ---- asking ---- */

struct nft_jump {
	uint8_t family;
	const char *table, *chain, *target;
};

/* Finds the first rule of chain that jumps to target: its handle, 0 when there is none (or no such
 * chain). */
int nft_find_jump(struct netlink *nl, const struct nft_jump *j, uint64_t *handle, struct err *e);

#endif
