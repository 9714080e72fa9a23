/* SPDX-License-Identifier: Apache-2.0 */
/* config.json both ways, and the rules it must keep. Texts are written with ' for ". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "oci/runtime_spec.h"

/* ' → " */
static char *quoted(struct arena *a, const char *text)
{
	char *t = arena_strdup(a, text);

	for (char *p = t; (p = strchr(p, '\'')); p++)
		*p = '"';
	return t;
}

static const char every_member[] =
	"{'ociVersion':'1.2.0','process':{'terminal':true,'consoleSize':{'height':24,'width':80},"
	"'user':{'uid':1,'gid':2,'umask':18,'additionalGids':[3,4294967295],'username':'n'},"
	"'args':['sh','-c','x'],'env':['A=b'],'cwd':'/w','capabilities':{'bounding':['CAP_KILL'],"
	"'effective':['CAP_KILL'],'inheritable':['CAP_KILL'],'permitted':['CAP_KILL'],'ambient':['CAP_KILL']},"
	"'rlimits':[{'type':'RLIMIT_NOFILE','hard':18446744073709551615,'soft':1024}],'noNewPrivileges':true,"
	"'apparmorProfile':'p','oomScoreAdj':-500,'scheduler':{'policy':'SCHED_DEADLINE','nice':-1,"
	"'priority':2,'flags':['SCHED_FLAG_RECLAIM'],'runtime':3,'deadline':4,'period':5},'selinuxLabel':'l',"
	"'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':0},'execCPUAffinity':{'initial':'0','final':'1'}},"
	"'root':{'path':'rootfs','readonly':true},'hostname':'h','domainname':'d','mounts':[{"
	"'destination':'/proc','type':'proc','source':'proc','options':['nosuid'],'uidMappings':[{"
	"'containerID':0,'hostID':1,'size':2}],'gidMappings':[{'containerID':3,'hostID':4,'size':5}]}],"
	"'hooks':{'prestart':[{'path':'/a','args':['a','b'],'env':['X=y'],'timeout':1}],"
	"'createRuntime':[{'path':'/b'}],'createContainer':[{'path':'/c'}],'startContainer':[{'path':'/d'}],"
	"'poststart':[{'path':'/e'}],'poststop':[{'path':'/f'}]},'annotations':{'k':'v'},"
	"'linux':{'uidMappings':[{'containerID':0,'hostID':1000,'size':10}],'gidMappings':[{'containerID':0,"
	"'hostID':1000,'size':10}],'sysctl':{'net.core.somaxconn':'1'},'resources':{'devices':[{'allow':true,"
	"'type':'c','major':1,'minor':-1,'access':'rw'}],'memory':{'limit':1,'reservation':2,'swap':-1,"
	"'kernel':3,'kernelTCP':4,'swappiness':0,'disableOOMKiller':false,'useHierarchy':true,"
	"'checkBeforeUpdate':true},'cpu':{'shares':1,'quota':-1,'burst':2,'period':3,'realtimeRuntime':4,"
	"'realtimePeriod':5,'cpus':'0-1','mems':'0','idle':1},'pids':{'limit':0},'blockIO':{'weight':10,"
	"'leafWeight':11,'weightDevice':[{'major':8,'minor':0,'weight':12,'leafWeight':13}],"
	"'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1}],'throttleWriteBpsDevice':[{'major':8,"
	"'minor':0,'rate':2}],'throttleReadIOPSDevice':[{'major':8,'minor':0,'rate':3}],"
	"'throttleWriteIOPSDevice':[{'major':8,'minor':0,'rate':4}]},'hugepageLimits':[{'pageSize':'2MB',"
	"'limit':9}],'network':{'classID':1,'priorities':[{'name':'eth0','priority':5}]},'rdma':{'mlx5':{"
	"'hcaHandles':3,'hcaObjects':4}},'unified':{'memory.high':'1'}},'cgroupsPath':'/x','namespaces':[{"
	"'type':'pid'},{'type':'network','path':'/n'}],'devices':[{'path':'/dev/x','type':'c','major':1,"
	"'minor':2,'fileMode':438,'uid':0,'gid':0}],'netDevices':{'eth1':{'name':'e'}},'seccomp':{"
	"'defaultAction':'SCMP_ACT_ERRNO'},'rootfsPropagation':'slave','maskedPaths':['/m'],"
	"'readonlyPaths':['/r'],'mountLabel':'ml','intelRdt':{'closID':'c','schemata':['s'],"
	"'l3CacheSchema':'l','memBwSchema':'m','enableCMT':true,'enableMBM':true,'enableMonitoring':true},"
	"'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_STATIC_NODES']},'personality':{"
	"'domain':'LINUX32','flags':['f']},'timeOffsets':{'boottime':{'secs':-1,'nanosecs':2}}}}";

static void every_member_survives_a_round_trip(void **state)
{
	own_arena a = arena_new();
	const char *text = quoted(a, every_member);
	struct oci_spec s;
	struct err e;
	own_buf out;

	buf_init(&out, 1 << 16);
	assert_int_equal(oci_spec_parse(a, text, strlen(text), &s, &e), 0);
	assert_int_equal(*s.process->oom_score_adj, -500);
	assert_true(s.process->rlimits.v[0].hard == UINT64_MAX);
	assert_true(s.process->user.additional_gids.v[1] == UINT32_MAX);
	assert_int_equal(*s.linux.resources->memory->swappiness, 0);
	assert_false(*s.linux.resources->memory->disable_oom_killer);
	oci_spec_write(&s, &out);
	assert_string_equal(out.data, text);
}

static const char *seccomp_of(struct arena *a, const char *text)
{
	struct oci_spec s;
	struct err e;
	const char *t = quoted(a, text);

	assert_int_equal(oci_spec_parse(a, t, strlen(t), &s, &e), 0);
	assert_string_equal(s.oci_version, "1.0.0"); /* what stands behind it is read too */
	return s.linux.seccomp;
}

static void the_seccomp_profile_is_kept_as_the_text_it_was(void **state)
{
	own_arena a = arena_new();

	assert_string_equal(
		seccomp_of(a,
			"{'linux':{'a':[1,{'seccomp':{}}],'seccomp': { 'x':'}\\\\\\'{' , 'y':[{}] } },"
			"'ociVersion':'1.0.0'}"),
		quoted(a, "{ 'x':'}\\\\\\'{' , 'y':[{}] }"));
	/* only linux.seccomp counts */
	assert_null(seccomp_of(a, "{'seccomp':{'x':1},'linux':{},'ociVersion':'1.0.0'}"));
	assert_null(seccomp_of(a, "{'linux':{'seccomp':null},'ociVersion':'1.0.0'}"));
	/* a key spelled with an escape takes the slow way and means the same */
	assert_string_equal(
		seccomp_of(a, "{'linux':{'sec\\u0063omp':{'x':1}},'ociVersion':'1.0.0'}"),
		quoted(a, "{'x':1}"));
}

static void broken_documents_are_refused(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "{'linux':{'seccomp':{}",
		"{'linux':{'seccomp':{]}}}", "{'linux':{'seccomp':{}}", "{'process':[]}",
		"{'process':{'args':'x'}}", "{'process':{'user':{'uid':-1}}}",
		"{'process':{'user':{'uid':4294967296}}}", "{'linux':{'namespaces':{}}}",
		"{'ociVersion':1}", "{} x", "{'hostname':'a\\u0000b'}",
		"{'hostname':'a\\\\\\u0000b'}" };
	own_arena a = arena_new();
	struct oci_spec s;
	struct err e;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *t = quoted(a, texts[i]);
		assert_int_equal(oci_spec_parse(a, t, strlen(t), &s, &e), -1);
		assert_int_equal(e.kind, ERR_INVALID);
	}
}

static void a_backslash_before_u0000_is_no_null_byte(void **state)
{
	own_arena a = arena_new();
	const char *t = quoted(a, "{'hostname':'a\\\\u0000b'}");
	struct oci_spec s;
	struct err e;

	assert_int_equal(oci_spec_parse(a, t, strlen(t), &s, &e), 0);
	assert_string_equal(s.hostname, "a\\u0000b");
}

static const char *refusal(struct arena *a, const char *text)
{
	static struct err e;
	struct oci_spec s;
	const char *t = quoted(a, text);

	assert_int_equal(oci_spec_parse(a, t, strlen(t), &s, &e), 0);
	return oci_spec_check(&s, &e) ? e.msg : NULL;
}

#define HEAD "{'ociVersion':'1.0.2-dev','root':{'path':'r'},"

static void rules_are_checked_in_runcs_words(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ "{}", "`ociVersion` must be set" },
		{ "{'ociVersion':'2.0.0'}", "unsupported ociVersion \"2.0.0\": 1.x is" },
		{ "{'ociVersion':'1.0.0'}", "root.path must not be empty" },
		{ HEAD "'process':{'args':['x']}}", "Cwd property must not be empty" },
		{ HEAD "'process':{'args':['x'],'cwd':'a'}}", "Cwd must be an absolute path" },
		{ HEAD "'process':{'cwd':'/'}}", "args must not be empty" },
		{ HEAD "'process':{'args':['x'],'cwd':'/','rlimits':[{'type':'RLIMIT_CPU','soft':2,'hard':1}]}}",
			"rlimit RLIMIT_CPU: soft limit is above the hard limit" },
		{ HEAD "'hostname':'h'}",
			"unable to set hostname without a private UTS namespace" },
		{ HEAD "'linux':{'namespaces':[{'type':'pid'},{'type':'pid'}]}}",
			"malformed spec file: duplicated ns {\"pid\" \"\"}" },
		{ HEAD "'linux':{'namespaces':[{'type':'net'}]}}",
			"namespace {\"net\" \"\"} does not exist" },
		{ HEAD "'linux':{'sysctl':{'net.x':'1'}}}",
			"sysctl \"net.x\" not allowed in host network namespace" },
		{ HEAD "'linux':{'sysctl':{'vm.swappiness':'1'}}}",
			"sysctl \"vm.swappiness\" is not in a separate kernel namespace" },
		{ HEAD "'linux':{'maskedPaths':['/x']}}",
			"unable to restrict sys entries without a private MNT namespace" },
		{ HEAD "'hooks':{'prestart':[{'path':'x'}]}}", "hook path \"x\" is not absolute" },
		{ HEAD "'linux':{'devices':[{'path':'/d','type':'x'}]}}",
			"invalid device type \"x\"" },
		{ HEAD "'linux':{'sysctl':{'user/x':'1'}}}",
			"setting ucounts without a user namespace not allowed: user.x" },
		{ HEAD "'linux':{'sysctl':{'kernel.msgmax':'1'}}}",
			"sysctl \"kernel.msgmax\" is not allowed in the hosts ipc namespace" },
		{ HEAD "'linux':{'namespaces':[{'type':'uts'}],'sysctl':{'kernel.hostname':'x'}}}",
			"sysctl \"kernel.hostname\" is not allowed as it conflicts with the OCI \"hostname\" field" },
		{ HEAD "'linux':{'namespaces':[{'type':'user'}]}}",
			"user namespaces enabled, but no namespace path to join nor mappings to apply specified" },
		{ HEAD "'linux':{'uidMappings':[{'containerID':0,'hostID':1,'size':1}]}}",
			"user namespace mappings specified, but user namespace isn't enabled in the config" },
		{ HEAD "'linux':{'namespaces':[{'type':'time','path':'/x'}],'timeOffsets':{'boottime':{'secs':1}}}}",
			"time namespace enabled, but both namespace path and time offsets specified -- you may only provide one" },
		{ HEAD "'linux':{'namespaces':[{'type':'time'}],'timeOffsets':{'real':{'secs':1}}}}",
			"unknown clock \"real\" in timeOffsets" },
		{ HEAD "'linux':{'netDevices':{'eth0':{}}}}",
			"unable to move network devices without a NET namespace" },
		{ HEAD "'linux':{'namespaces':[{'type':'network'}],'netDevices':{'eth0':{'name':'a/b'}}}}",
			"invalid network device name \"a/b\"" },
		{ HEAD "'linux':{'intelRdt':{'closID':'a/b'}}}",
			"invalid intelRdt.ClosID \"a/b\"" },
		{ HEAD "'linux':{'personality':{'domain':'BSD'}}}",
			"invalid personality domain BSD" },
		{ HEAD "'linux':{'resources':{'devices':[{'allow':true}]}}}",
			"device access at 0 field cannot be empty" },
		{ HEAD "'mounts':[{'destination':'/m','type':'tmpfs','options':['ridmap']}]}",
			"invalid mount \"/m\": id-mapped mounts are only supported for bind-mounts" },
		{ HEAD "'mounts':[{'destination':'/m','type':'bind','uidMappings':[{'containerID':0,'hostID':1,'size':1}]}]}",
			"invalid mount \"/m\": id-mapped mounts must have both uid and gid mappings specified" },
		{ HEAD "'process':{'args':['x'],'cwd':'/','scheduler':{}}}",
			"scheduler policy is required" },
		{ HEAD "'process':{'args':['x'],'cwd':'/','scheduler':{'policy':'SCHED_OTHER','nice':20}}}",
			"invalid scheduler.nice: 20 when scheduler.policy is SCHED_OTHER" },
		{ HEAD "'process':{'args':['x'],'cwd':'/','scheduler':{'policy':'SCHED_OTHER','priority':1}}}",
			"scheduler.priority can only be specified for SchedFIFO or SchedRR policy" },
		{ HEAD "'process':{'args':['x'],'cwd':'/','scheduler':{'policy':'SCHED_RR','period':1}}}",
			"scheduler runtime/deadline/period can only be specified for SchedDeadline policy" },
		{ HEAD "'process':{'args':['x'],'cwd':'/','ioPriority':{'class':'x','priority':1}}}",
			"invalid ioPriority.Class: \"x\"" },
		{ HEAD "'process':{'args':['x'],'cwd':'/','ioPriority':{'class':'IOPRIO_CLASS_BE','priority':8}}}",
			"invalid ioPriority.Priority: 8" },
	};
	own_arena a = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(refusal(a, rows[i].text), rows[i].message);
	assert_null(refusal(a, HEAD "'linux':{}}"));
	assert_null(refusal(a, HEAD
		"'hostname':'h','process':{'args':['x'],'cwd':'/'},'linux':{'namespaces':[{'type':'uts'},"
		"{'type':'network'},{'type':'mount'}],'sysctl':{'net.x':'1'},'maskedPaths':['/x']}}"));
}

static const char *sysctl_path(const char *name)
{
	static char path[64];
	struct err e;

	return oci_sysctl_path(name, path, sizeof(path), &e) ? NULL : path;
}

static void sysctls_separate_by_dot_or_slash(void **state)
{
	assert_string_equal(sysctl_path("net.ipv4.ip_forward"), "net/ipv4/ip_forward");
	assert_string_equal(sysctl_path("net/ipv4/ip_forward"), "net/ipv4/ip_forward");
	/* an interface with a dot in its name */
	assert_string_equal(sysctl_path("net/ipv4/conf/eth0.5/mtu"), "net/ipv4/conf/eth0.5/mtu");
	assert_string_equal(sysctl_path("net.ipv4.conf.eth0/5.mtu"), "net/ipv4/conf/eth0.5/mtu");
	/* none leads out of /proc/sys */
	assert_null(sysctl_path("net.//.//.x"));
	assert_null(sysctl_path("net/../../x"));
	assert_null(sysctl_path("net..x"));
	assert_null(sysctl_path(""));
	assert_null(sysctl_path("/net/x"));
	assert_null(sysctl_path("net."));
	assert_null(sysctl_path(
		"net.very.long.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
}

static void a_process_reads_and_writes_alone(void **state)
{
	own_arena a = arena_new();
	const char *text = quoted(a, "{'user':{'uid':0,'gid':0},'args':['x'],'cwd':'/'}");
	struct oci_process p;
	struct err e;
	own_buf out;

	buf_init(&out, 4096);
	assert_int_equal(oci_process_parse(a, text, strlen(text), &p, &e), 0);
	assert_int_equal(oci_process_check(&p, &e), 0);
	oci_process_write(&p, &out);
	assert_string_equal(out.data, text);
}

/* exec reads no more than this; with the key spelled otherwise the whole document is read. */
static void the_process_is_found_in_a_document(void **state)
{
	static const char *const documents[] = {
		HEAD
		"'linux':{'x':[1,'}',{'process':{}}]},'process':{'args':['x'],'cwd':'/w'},'bad':\\}",
		HEAD "'\\u0070rocess':{'args':['x'],'cwd':'/w'}}",
	};
	own_arena a = arena_new();
	struct oci_process p;
	struct err e;

	for (size_t i = 0; i < 2; i++) {
		const char *text = quoted(a, documents[i]);
		assert_int_equal(oci_spec_parse_process(a, text, strlen(text), &p, &e), 0);
		assert_string_equal(p.cwd, "/w");
		assert_int_equal(p.args.n, 1);
	}
	const char *none = quoted(a, HEAD "'linux':{}}");
	assert_int_equal(oci_spec_parse_process(a, none, strlen(none), &p, &e), -1);
	assert_string_equal(e.msg, "process property must not be empty");
}

static void a_seccomp_profile_survives_a_round_trip(void **state)
{
	own_arena a = arena_new();
	const char *text = quoted(a,
		"{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':1,'architectures':['SCMP_ARCH_X86'],"
		"'flags':['SECCOMP_FILTER_FLAG_LOG'],'listenerPath':'/l','listenerMetadata':'m','syscalls':[{"
		"'names':['clone'],'action':'SCMP_ACT_ALLOW','errnoRet':38,'args':[{'index':0,"
		"'value':18446744073709551615,'valueTwo':1,'op':'SCMP_CMP_MASKED_EQ'}]}]}");
	struct oci_seccomp s;
	struct err e;
	own_buf out;

	buf_init(&out, 4096);
	assert_int_equal(oci_seccomp_parse(a, text, strlen(text), &s, &e), 0);
	assert_true(s.syscalls.v[0].args.v[0].value == UINT64_MAX);
	oci_seccomp_write(&s, &out);
	assert_string_equal(out.data, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_member_survives_a_round_trip),
		cmocka_unit_test(the_seccomp_profile_is_kept_as_the_text_it_was),
		cmocka_unit_test(broken_documents_are_refused),
		cmocka_unit_test(a_backslash_before_u0000_is_no_null_byte),
		cmocka_unit_test(rules_are_checked_in_runcs_words),
		cmocka_unit_test(sysctls_separate_by_dot_or_slash),
		cmocka_unit_test(a_process_reads_and_writes_alone),
		cmocka_unit_test(the_process_is_found_in_a_document),
		cmocka_unit_test(a_seccomp_profile_survives_a_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
