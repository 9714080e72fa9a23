/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over every file of the folders named: the corpus as a regression test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *dir, const char *name)
{
	char path[4096];
	static uint8_t data[1 << 20];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "rb");
	if (!f) {
		perror(path);
		return -1;
	}
	size_t n = fread(data, 1, sizeof(data), f);
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	return 0;
}

static int replay_dir(const char *path, int *count)
{
	DIR *d = opendir(path);
	if (!d) {
		perror(path);
		return -1;
	}
	int rc = 0;
	for (struct dirent *ent; rc == 0 && (ent = readdir(d));) {
		if (ent->d_name[0] == '.')
			continue;
		rc = replay_file(path, ent->d_name);
		++*count;
	}
	closedir(d);
	return rc;
}

int main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++)
		if (replay_dir(argv[i], &count))
			return 1;
	printf("%d inputs replayed\n", count);
	return count == 0; /* an empty corpus tests nothing */
}
