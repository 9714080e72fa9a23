/* SPDX-License-Identifier: Apache-2.0 */
#include "blobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

#define KEPT_S	  (24 * 60 * 60)
#define PATH_SIZE 96

static const char *blob_path(char path[PATH_SIZE], const char *digest)
{
	snprintf(path, PATH_SIZE, BLOBS_FOLDER "/%.64s", oci_digest_hex(digest));
	return path;
}

int blobs_open(struct image_store *s, const char *digest, int64_t size, int64_t *at)
{
	char path[PATH_SIZE];
	struct stat st;

	*at = 0;
	if (size < BLOBS_LEAST)
		return -1;
	if (mkdirat(s->tmp_fd, BLOBS_FOLDER, 0700) && errno != EEXIST)
		return -1;
	own_fd fd = openat(s->tmp_fd, blob_path(path, digest),
		O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) || fstat(fd, &st))
		return -1;
	/* Its last user may have removed it between open and flock. */
	if (st.st_nlink == 0)
		return -1;
	if (st.st_size > size) {
		if (ftruncate(fd, 0))
			return -1;
		st.st_size = 0;
	}
	*at = st.st_size;
	return take_fd(&fd);
}

void blobs_remove(struct image_store *s, const char *digest)
{
	char path[PATH_SIZE];

	if (unlinkat(s->tmp_fd, blob_path(path, digest), 0) && errno != ENOENT)
		log_warn("blob %s: remove: %s, ignoring", digest, err_text(errno));
}

void blobs_expire(struct image_store *s)
{
	int fd = openat(s->tmp_fd, BLOBS_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir d = fd < 0 ? NULL : fdopendir(fd);
	struct stat st;

	if (!d)
		return;
	for (struct dirent *ent; (ent = readdir(d));) {
		if (*ent->d_name == '.' ||
			fstatat(dirfd(d), ent->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
			time(NULL) - st.st_mtime < KEPT_S)
			continue;
		if (unlinkat(dirfd(d), ent->d_name, 0))
			log_warn("blob %s: remove: %s, ignoring", ent->d_name, err_text(errno));
	}
	/* Succeeds when it is empty. */
	unlinkat(s->tmp_fd, BLOBS_FOLDER, AT_REMOVEDIR);
}
