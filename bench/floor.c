/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor: the kernel calls without which there is no such container, and nothing else. No configuration is read, no
 * path is guarded, no state is kept, no error is explained; what the bundle says is written here. It shows
 * what the kernel costs. Only bench/runtime.sh runs it.
 *
 *	floor [-t] run BUNDLE GROUP PROGRAM		 makes, runs and removes a container
 *	floor [-t] create|exec BUNDLE GROUP PROGRAM
 *	floor start|kill|delete BUNDLE GROUP
 *	floor rss COMMAND…				 runs it and prints its and its children's peak RSS in KiB
 *
 * Docker's default configuration with limits (bench/docker-config.jq) and BUNDLE/filter.bpf, or with -t the trivial one
 * (bench/trivial-config.jq). cgroup v1 only.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define CGROUPS	  "/sys/fs/cgroup"
#define DOCKER_NS (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)
#define PLAIN_NS  (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS)
/* chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind, net_raw, chroot, mknod, audit_write,
 * setfcap */
#define CAPS	 0xa80425fbu
#define CAP_LAST 40

static const char *const hierarchies[] = { "cpu", "cpuacct", "cpuset", "memory", "devices",
	"freezer", "blkio", "pids", "systemd" };

struct floor {
	const char *verb, *bundle, *group, *program;
	bool trivial;
};

static void must(bool ok, const char *what)
{
	if (!ok)
		err(1, "%s", what);
}

static void put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), file);
	close(fd);
}

static const char *in_group(const struct floor *f, const char *hierarchy, const char *file)
{
	static char path[512];

	snprintf(path, sizeof(path), CGROUPS "/%s%s%s%s", hierarchy, f->group, *file ? "/" : "",
		file);
	return path;
}

static const char *in_bundle(const struct floor *f, const char *file)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", f->bundle, file);
	return path;
}

/* ---- cgroups ---- */

/* A cpuset is born empty. */
static void inherit(const struct floor *f, const char *file)
{
	char path[512], value[64] = "";

	snprintf(path, sizeof(path), CGROUPS "/cpuset/%s", file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && read(fd, value, sizeof(value) - 1) > 0, path);
	close(fd);
	put(in_group(f, "cpuset", file), value);
}

static void make_groups(const struct floor *f)
{
	static const char *const devices[] = { "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm",
		"c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:1 rwm", "c 5:2 rwm",
		"c 136:* rwm" };

	for (size_t i = 0; i < COUNT(hierarchies); i++)
		must(mkdir(in_group(f, hierarchies[i], ""), 0755) == 0, "mkdir group");
	inherit(f, "cpuset.cpus");
	inherit(f, "cpuset.mems");
	put(in_group(f, "devices", "devices.deny"), "a");
	for (size_t i = 0; i < COUNT(devices); i++)
		put(in_group(f, "devices", "devices.allow"), devices[i]);
	if (f->trivial)
		return;
	put(in_group(f, "memory", "memory.limit_in_bytes"), "536870912");
	put(in_group(f, "memory", "memory.memsw.limit_in_bytes"), "1073741824");
	put(in_group(f, "cpu", "cpu.cfs_period_us"), "100000");
	put(in_group(f, "cpu", "cpu.cfs_quota_us"), "100000");
	put(in_group(f, "pids", "pids.max"), "100");
}

static void join_groups(const struct floor *f)
{
	for (size_t i = 0; i < COUNT(hierarchies); i++)
		put(in_group(f, hierarchies[i], "tasks"), "0");
}

static void remove_groups(const struct floor *f)
{
	for (size_t i = 0; i < COUNT(hierarchies); i++)
		must(rmdir(in_group(f, hierarchies[i], "")) == 0, "rmdir group");
}

/* ---- the root ---- */

struct mnt {
	const char *source, *target, *type;
	unsigned long flags;
	const char *data;
	bool only_docker;
};

#define NOTHING (MS_NOSUID | MS_NOEXEC | MS_NODEV)

static void do_mount(const char *source, const char *target, const char *type, unsigned long flags,
	const char *data)
{
	must(mount(source, target, type, flags, data) == 0, target);
}

static void mount_tables(const struct floor *f)
{
	static const struct mnt mounts[] = {
		{ "proc", "proc", "proc", NOTHING, NULL, false },
		{ "tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k",
			false },
		{ "devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
			"newinstance,ptmxmode=0666,mode=0620,gid=5", true },
		{ "sysfs", "sys", "sysfs", NOTHING | MS_RDONLY, NULL, true },
		{ "tmpfs", "sys/fs/cgroup", "tmpfs", NOTHING, "mode=755", true },
		{ "mqueue", "dev/mqueue", "mqueue", NOTHING, NULL, true },
		{ "shm", "dev/shm", "tmpfs", NOTHING, "mode=1777,size=67108864", true },
	};

	for (size_t i = 0; i < COUNT(mounts); i++) {
		const struct mnt *m = &mounts[i];

		if (m->only_docker && f->trivial)
			continue;
		if (strncmp(m->target, "dev/", 4) == 0)
			must(mkdir(m->target, 0755) == 0, m->target);
		do_mount(m->source, m->target, m->type, m->flags, m->data);
	}
}

static void mount_groups(const struct floor *f)
{
	char target[64];

	for (size_t i = 0; i < COUNT(hierarchies); i++) {
		const char *source = in_group(f, hierarchies[i], "");

		snprintf(target, sizeof(target), "sys/fs/cgroup/%s", hierarchies[i]);
		must(mkdir(target, 0755) == 0, target);
		do_mount(source, target, NULL, MS_BIND, NULL);
		do_mount(NULL, target, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | NOTHING, NULL);
	}
	do_mount(NULL, "sys/fs/cgroup", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | NOTHING, NULL);
}

static void bind_files(const struct floor *f)
{
	static const char *const files[] = { "etc/resolv.conf", "etc/hostname", "etc/hosts" };
	char target[64];

	for (size_t i = 0; i < COUNT(files); i++) {
		snprintf(target, sizeof(target), "%s", files[i]);
		close(open(target, O_CREAT | O_CLOEXEC | O_RDONLY, 0644));
		do_mount(in_bundle(f, files[i]), target, NULL, MS_BIND, NULL);
		do_mount(NULL, target, NULL, MS_PRIVATE, NULL);
	}
}

static void make_devices(void)
{
	static const struct {
		const char *path;
		unsigned major, minor;
	} nodes[] = { { "dev/null", 1, 3 }, { "dev/random", 1, 8 }, { "dev/full", 1, 7 },
		{ "dev/tty", 5, 0 }, { "dev/zero", 1, 5 }, { "dev/urandom", 1, 9 } };
	static const char *const links[][2] = { { "/proc/self/fd", "dev/fd" },
		{ "/proc/self/fd/0", "dev/stdin" }, { "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" }, { "pts/ptmx", "dev/ptmx" } };

	for (size_t i = 0; i < COUNT(nodes); i++)
		must(mknod(nodes[i].path, S_IFCHR | 0666,
			     makedev(nodes[i].major, nodes[i].minor)) == 0,
			nodes[i].path);
	for (size_t i = 0; i < COUNT(links); i++)
		must(symlink(links[i][0], links[i][1]) == 0, links[i][1]);
}

/* Masked and read-only paths; those this kernel lacks are passed over. */
static void hide(void)
{
	static const char *const files[] = { "proc/interrupts", "proc/kcore", "proc/keys",
		"proc/timer_list", "proc/sched_debug", "proc/latency_stats", "proc/timer_stats" };
	static const char *const dirs[] = { "proc/asound", "proc/acpi", "proc/scsi", "sys/firmware",
		"sys/devices/virtual/powercap" };
	static const char *const readonly[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys",
		"proc/sysrq-trigger" };

	for (size_t i = 0; i < COUNT(files); i++)
		if (access(files[i], F_OK) == 0)
			do_mount("dev/null", files[i], NULL, MS_BIND, NULL);
	for (size_t i = 0; i < COUNT(dirs); i++)
		if (access(dirs[i], F_OK) == 0)
			do_mount("tmpfs", dirs[i], "tmpfs", MS_RDONLY, NULL);
	for (size_t i = 0; i < COUNT(readonly); i++)
		if (access(readonly[i], F_OK) == 0) {
			do_mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL);
			do_mount(NULL, readonly[i], NULL,
				MS_BIND | MS_REMOUNT | MS_RDONLY | NOTHING, NULL);
		}
}

static void make_root(const struct floor *f)
{
	const char *root = in_bundle(f, "rootfs");

	do_mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL);
	do_mount(root, root, NULL, MS_BIND | MS_REC, NULL);
	must(chdir(root) == 0, root);
	mount_tables(f);
	if (!f->trivial) {
		mount_groups(f);
		bind_files(f);
	}
	make_devices();
	if (!f->trivial)
		hide();
	must(syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
	must(umount2(".", MNT_DETACH) == 0, "umount2");
}

/* ---- the process ---- */

static void read_filter(const struct floor *f, struct sock_fprog *out)
{
	static struct sock_filter filter[4096];

	if (f->trivial)
		return;
	int fd = open(in_bundle(f, "filter.bpf"), O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, filter, sizeof(filter));
	must(n > 0, "filter.bpf");
	*out = (struct sock_fprog){ (unsigned short)((size_t)n / sizeof(*filter)), filter };
	close(fd);
}

static void limit_self(const struct floor *f, const struct sock_fprog *prog)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { CAPS, CAPS, 0 } };

	for (int cap = 0; cap <= CAP_LAST; cap++)
		if (cap > 31 || !(CAPS & 1u << cap))
			must(prctl(PR_CAPBSET_DROP, cap) == 0, "bounding set");
	if (!f->trivial)
		must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
			     prog) == 0,
			"seccomp");
	must(syscall(SYS_capset, &head, data) == 0, "capset");
}

static void bring_up_loopback(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(s >= 0 && ioctl(s, SIOCSIFFLAGS, &lo) == 0, "loopback");
	close(s);
}

static _Noreturn void become(const struct floor *f)
{
	char *const argv[] = { (char *)f->program, (char *)"1000", NULL };
	char *const env[] = { (char *)"PATH=/usr/bin:/bin", (char *)"HOME=/root", NULL };

	execve(f->program, argv, env);
	err(1, "%s", f->program);
}

static _Noreturn void init_main(const struct floor *f, int fifo_dir)
{
	struct sock_fprog prog = { 0 };

	must(setsid() >= 0, "setsid");
	join_groups(f);
	read_filter(f, &prog);
	if (!f->trivial) {
		bring_up_loopback();
		int port =
			open("/proc/sys/net/ipv4/ip_unprivileged_port_start", O_WRONLY | O_CLOEXEC);
		int ping = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);
		must(write(port, "0", 1) == 1 && write(ping, "0 2147483647", 12) == 12, "sysctl");
	}
	make_root(f);
	must(sethostname("tare", 4) == 0, "sethostname");
	limit_self(f, &prog);
	if (fifo_dir >= 0) {
		int fd = openat(fifo_dir, "floor.fifo", O_WRONLY | O_CLOEXEC);
		must(write(fd, "0", 1) == 1, "floor.fifo");
	}
	become(f);
}

static pid_t clone_into(unsigned long flags, int *pidfd)
{
	struct clone_args args = { .flags = flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD };
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	must(pid >= 0, "clone3");
	return pid;
}

static pid_t read_pid(const struct floor *f)
{
	char text[16] = "";
	int fd = open(in_bundle(f, "floor.pid"), O_RDONLY | O_CLOEXEC);

	must(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0, "floor.pid");
	close(fd);
	return (pid_t)strtol(text, NULL, 10);
}

/* ---- the verbs ---- */

static int create(const struct floor *f)
{
	char text[16];
	int pidfd, dir = open(f->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool stands = strcmp(f->verb, "create") == 0;

	make_groups(f);
	if (stands)
		must(mkfifoat(dir, "floor.fifo", 0622) == 0, "mkfifo");
	pid_t pid = clone_into(f->trivial ? PLAIN_NS : DOCKER_NS, &pidfd);
	if (pid == 0)
		init_main(f, stands ? dir : -1);
	if (stands) {
		int fd = openat(dir, "floor.pid", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		snprintf(text, sizeof(text), "%d", pid);
		put(in_bundle(f, "floor.pid"), text);
		close(fd);
		return 0;
	}
	waitpid(pid, NULL, 0);
	remove_groups(f);
	return 0;
}

static int start(const struct floor *f)
{
	char byte;
	int fd = open(in_bundle(f, "floor.fifo"), O_RDONLY | O_CLOEXEC);

	must(read(fd, &byte, 1) == 1, "floor.fifo");
	return unlink(in_bundle(f, "floor.fifo"));
}

static int kill_init(const struct floor *f)
{
	return kill(read_pid(f), SIGKILL);
}

static int delete (const struct floor *f)
{
	int pidfd = pidfd_open(read_pid(f), 0);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	if (pidfd >= 0) {
		pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
		poll(&p, 1, -1);
	}
	remove_groups(f);
	unlink(in_bundle(f, "floor.fifo"));
	return unlink(in_bundle(f, "floor.pid"));
}

static int enter(const struct floor *f)
{
	int pidfd, init = pidfd_open(read_pid(f), 0);
	int status = 0, flags = f->trivial ? PLAIN_NS : DOCKER_NS;
	struct sock_fprog prog = { 0 };

	must(setns(init, CLONE_NEWPID) == 0, "setns");
	pid_t pid = clone_into(0, &pidfd);
	if (pid == 0) {
		must(setsid() >= 0, "setsid");
		join_groups(f);
		read_filter(f, &prog);
		must(setns(init, flags & ~CLONE_NEWPID) == 0, "setns");
		limit_self(f, &prog);
		become(f);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

/* From here, because what a process was before it executed counts, too, and this is small. */
static int show_rss(char **argv)
{
	struct rusage usage;
	pid_t pid = clone_into(0, &(int){ -1 });

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		dup2(null, 0);
		dup2(null, 1);
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	must(wait4(pid, NULL, 0, &usage) == pid, "wait4");
	return printf("%ld\n", usage.ru_maxrss) < 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct floor *f);
	} verbs[] = { { "run", create }, { "create", create }, { "start", start },
		{ "kill", kill_init }, { "delete", delete }, { "exec", enter } };
	struct floor f = { 0 };

	if (argc > 2 && strcmp(argv[1], "rss") == 0)
		return show_rss(argv + 2);
	f.trivial = argc > 1 && strcmp(argv[1], "-t") == 0;
	argv += f.trivial;
	argc -= f.trivial;
	if (argc < 4)
		errx(2, "usage: floor [-t] VERB BUNDLE GROUP [PROGRAM]");
	f.verb = argv[1];
	f.bundle = argv[2];
	f.group = argv[3];
	f.program = argc > 4 ? argv[4] : "/bin/true";
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (strcmp(verbs[i].name, f.verb) == 0)
			return verbs[i].run(&f) ? 1 : 0;
	errx(2, "unknown verb %s", f.verb);
}
