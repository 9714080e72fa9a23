/* SPDX-License-Identifier: Apache-2.0 */
/* What nft.c and nft_rule.c share. */
#ifndef TARE_SYS_NFT_INT_H
#define TARE_SYS_NFT_INT_H

#include "sys/nft.h"

/* Begins one of nf_tables' messages (NFT_MSG_*), ending a rule that is being written. */
struct nlmsghdr *nft_message(struct nft *t, uint16_t type, uint16_t flags);
/* Closes the rule being written, if there is one. */
void nft_end_rule(struct nft *t);

#endif
