/* SPDX-License-Identifier: Apache-2.0 */
#include "journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "layerdb.h"
#include "sweep.h"

int journal_begin(struct image_store *s, struct arena *a, const struct str_list *chain_ids,
	char name[JOURNAL_NAME], struct err *e)
{
	struct layer_record r;
	own_buf text = { 0 };
	struct err unreadable;

	buf_init(&text, SWEEP_JOURNAL_MOST);
	for (size_t i = 0; i < chain_ids->n; i++)
		if (layerdb_read(s, a, chain_ids->v[i], &r, &unreadable) == 0)
			buf_fmt(&text, "%s %s\n", chain_ids->v[i], r.cache_id);
	memcpy(name, SWEEP_LOAD_PREFIX, strlen(SWEEP_LOAD_PREFIX));
	id_hex(name + strlen(SWEEP_LOAD_PREFIX), 16);
	if (mkdirat(s->tmp_fd, name, 0700))
		return err_sys(e, "create tmp/%s", name);
	own_fd dir = openat(s->tmp_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		err_sys(e, "open tmp/%s", name);
	else if (fs_replace(dir, SWEEP_JOURNAL, text.data, text.len, 0600, FS_NO_SYNC, e) == 0)
		return 0;
	journal_end(s, name);
	return -1;
}

void journal_end(struct image_store *s, const char *name)
{
	struct err e;

	if (fs_remove_tree(s->tmp_fd, name, &e))
		log_warn("tmp/%s: %s, ignoring", name, e.msg);
}
