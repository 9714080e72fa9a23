/* SPDX-License-Identifier: Apache-2.0 */
/* nftables messages byte by byte: transactions, sets, elements, rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sys/nft.h"

/* Compares the transaction without its begin mark with bytes written as hex. */
static void check(struct nft *t, const char *golden)
{
	size_t n, at = 20;
	const uint8_t *bytes;

	nft_delete_table(t); /* ends a rule that is still open */
	bytes = netlink_batch_bytes(&t->batch, &n);
	n -= 28; /* without that */
	for (const char *p = golden; *p; p++) {
		unsigned byte;

		if (*p == ' ')
			continue;
		assert_int_equal(sscanf(p, "%2x", &byte), 1);
		assert_true(at < n);
		if (bytes[at] != byte)
			fail_msg("byte %zu is %02x, not %02x", at - 20, bytes[at], byte);
		at++;
		p++;
	}
	assert_int_equal(at, n);
	nft_done(t);
}

static void a_transaction_begins_with_its_mark(void **state)
{
	static const uint8_t begin[] = { 0x14, 0, 0, 0, 0x10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0x0a };
	struct nft t;
	size_t n;

	nft_begin(&t, NFPROTO_IPV4, "t");
	assert_memory_equal(netlink_batch_bytes(&t.batch, &n), begin, sizeof(begin));
	assert_int_equal(n, sizeof(begin));
	nft_done(&t);
}

static void a_base_chain_has_hook_policy_and_type(void **state)
{
	struct nft t;

	nft_begin(&t, NFPROTO_IPV4, "t");
	nft_add_chain(&t, &(struct nft_chain){ .name = "c",
				  .type = "nat",
				  .hook = NF_INET_POST_ROUTING,
				  .priority = -5,
				  .policy = NF_DROP });
	check(&t, /* NFT_MSG_NEWCHAIN, REQUEST|CREATE; nfgenmsg */
		"48000000 030a 0104 00000000 00000000 02 00 0000"
		/* table, name */
		"0600 0100 7400 0000 0600 0300 6300 0000"
		/* hook { number, priority }, policy, type */
		"1400 0480 0800 0100 00000004 0800 0200 fffffffb 0800 0500 00000000"
		"0800 0700 6e617400");
}

static void a_set_of_names_says_their_byte_order(void **state)
{
	struct nft t;

	nft_begin(&t, NFPROTO_IPV4, "t");
	nft_add_set(&t, &(struct nft_set){ .name = "s", .key = { NFT_TYPE_IFNAME } });
	check(&t, "50000000 090a 0104 00000000 00000000 02 00 0000"
		  "0600 0100 7400 0000 0600 0200 7300 0000"
		  /* flags, key type 41, key length 16, id 1, user data */
		  "0800 0300 00000000 0800 0400 00000029 0800 0500 00000010 0800 0a00 00000001"
		  "0a00 0d00 00 04 01000000 0000");
}

static void a_map_of_pairs_has_concatenated_keys_and_verdicts(void **state)
{
	struct nft t;
	struct nft_key k = { .n = 0 };

	nft_begin(&t, NFPROTO_IPV4, "t");
	nft_add_set(&t, &(struct nft_set){ .name = "m",
				.key = { NFT_TYPE_IFNAME, NFT_TYPE_IFNAME },
				.is_verdict_map = true });
	nft_key_ifname(&k, "br0");
	nft_key_ifname(&k, "br1");
	nft_element_verdict(&t, "m", &k, NF_ACCEPT);
	check(&t, "54000000 090a 0104 00000000 00000000 02 00 0000"
		  "0600 0100 7400 0000 0600 0200 6d00 0000"
		  /* flags NFT_SET_MAP, key type 41<<6|41, length 32, data type, length, id */
		  "0800 0300 00000008 0800 0400 00000a69 0800 0500 00000020"
		  "0800 0600 ffffff00 0800 0700 00000010 0800 0a00 00000001"
		  /* NFT_MSG_NEWSETELEM: elements { element { key { value } data { verdict */
		  "64000000 0c0a 0104 00000000 00000000 02 00 0000"
		  "0600 0100 7400 0000 0600 0200 6d00 0000"
		  "4000 0380 3c00 0180 2800 0180 2400 0100"
		  "62723000 00000000 00000000 00000000 62723100 00000000 00000000 00000000"
		  "1000 0280 0c00 0280 0800 0100 00000001");
}

static void a_range_ends_behind_its_last_key(void **state)
{
	struct nft t;

	nft_begin(&t, NFPROTO_IPV4, "t");
	nft_element_range(&t, NFT_DELETE, "s", 0xac110000, 0xac11ffff);
	nft_element_range(&t, NFT_ADD, "s", 0xff000000, 0xffffffff);
	check(&t, /* NFT_MSG_DELSETELEM */
		"50000000 0e0a 0100 00000000 00000000 02 00 0000"
		"0600 0100 7400 0000 0600 0200 7300 0000"
		"2c00 0380 1000 0180 0c00 0180 0800 0100 ac110000"
		/* flags NFT_SET_ELEM_INTERVAL_END, key */
		"1800 0180 0800 0300 00000001 0c00 0180 0800 0100 ac120000"
		/* the very last key has nothing behind it */
		"38000000 0c0a 0104 00000000 00000000 02 00 0000"
		"0600 0100 7400 0000 0600 0200 7300 0000"
		"1400 0380 1000 0180 0c00 0180 0800 0100 ff000000");
}

static void a_rule_is_a_list_of_expressions_and_a_comment(void **state)
{
	struct nft t;

	nft_begin(&t, NFPROTO_IPV4, "t");
	nft_rule(&t, "c", "hi");
	nft_load_meta(&t, NFT_META_OIFNAME, 4);
	nft_verdict(&t, NFT_JUMP, "d");
	check(&t, /* NFT_MSG_NEWRULE, REQUEST|CREATE|APPEND; table, chain */
		"90000000 060a 010c 00000000 00000000 02 00 0000"
		"0600 0100 7400 0000 0600 0200 6300 0000"
		/* expressions { "meta" { register 12, key 7 } */
		"6000 0480 2400 0180 0900 0100 6d65746100 000000 1400 0280"
		"0800 0100 0000000c 0800 0200 00000007"
		/* "immediate" { register 0, data { verdict { jump, "d" } } } } */
		"3800 0180 0e00 0100 696d6d65646961746500 0000 2400 0280"
		"0800 0100 00000000 1800 0280 1400 0280 0800 0100 fffffffd 0600 0200 6400 0000"
		/* user data: comment, 3 bytes */
		"0900 0700 00 03 686900 000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transaction_begins_with_its_mark),
		cmocka_unit_test(a_base_chain_has_hook_policy_and_type),
		cmocka_unit_test(a_set_of_names_says_their_byte_order),
		cmocka_unit_test(a_map_of_pairs_has_concatenated_keys_and_verdicts),
		cmocka_unit_test(a_range_ends_behind_its_last_key),
		cmocka_unit_test(a_rule_is_a_list_of_expressions_and_a_comment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
