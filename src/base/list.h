/* SPDX-License-Identifier: Apache-2.0 */
/* An intrusive doubly linked list: struct list is both head and link. */
#ifndef TARE_BASE_LIST_H
#define TARE_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_append(struct list *head, struct list *item)
{
	item->prev = head->prev;
	item->next = head;
	head->prev->next = item;
	head->prev = item;
}

/* Unlinks item; it is a list of its own afterwards, so removing twice is harmless. */
static inline void list_remove(struct list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	list_init(item);
}

#define list_entry(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* for each entry; the current one may be removed. */
#define list_for_each(head, pos, type, member)                              \
	for (type *pos = list_entry((head)->next, type, member),            \
		  *pos##_next = list_entry(pos->member.next, type, member); \
		&pos->member != (head);                                     \
		pos = pos##_next, pos##_next = list_entry(pos->member.next, type, member))

#endif
