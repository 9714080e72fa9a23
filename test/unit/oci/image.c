/* SPDX-License-Identifier: Apache-2.0 */
/* Image configurations, manifests, archives. Texts are written with ' for ". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "oci/image_config.h"
#include "oci/manifest.h"

#define HEX0 "0000000000000000000000000000000000000000000000000000000000000000"
#define HEX1 "1111111111111111111111111111111111111111111111111111111111111111"

/* ' → " */
static char *quoted(struct arena *a, const char *text)
{
	char *t = arena_strdup(a, text);

	for (char *p = t; (p = strchr(p, '\'')); p++)
		*p = '"';
	return t;
}

static const char every_config_member[] =
	"{'created':'2024-01-02T03:04:05Z','author':'me','architecture':'arm','variant':'v7','os':'linux',"
	"'os.version':'1','os.features':['f'],'config':{'User':'u:g','ExposedPorts':{'80/tcp':{}},"
	"'Env':['PATH=/bin','A=b'],'Entrypoint':['/e'],'Cmd':['c','d'],'Healthcheck':{'Test':['CMD','x'],"
	"'Interval':1000000000,'Timeout':2,'StartPeriod':3,'StartInterval':4,'Retries':5},'ArgsEscaped':true,"
	"'Volumes':{'/v':{}},'WorkingDir':'/w','Labels':{'a':'b'},'StopSignal':'SIGINT','OnBuild':['RUN x'],"
	"'Shell':['/bin/sh','-c'],'Image':'sha256:x'},'rootfs':{'type':'layers','diff_ids':['sha256:" HEX0
	"']},'history':[{'created':'2024-01-02T03:04:05Z','created_by':'x','author':'y','comment':'z',"
	"'empty_layer':true}],'docker_version':'20.10','container_config':{'A':[1,2.5,null]}}";

static void every_member_of_a_config_survives_a_round_trip(void **state)
{
	own_arena a = arena_new();
	const char *text = quoted(a, every_config_member);
	struct oci_image_config c;
	struct err e;
	own_buf out;

	buf_init(&out, 1 << 16);
	assert_int_equal(oci_image_config_parse(a, text, strlen(text), &c, &e), 0);
	assert_int_equal(c.config.healthcheck->interval, 1000000000);
	assert_string_equal(c.config.entrypoint.v[0], "/e");
	oci_image_config_write(&c, &out);
	assert_string_equal(out.data, text);
}

static int parse_config(
	struct arena *a, const char *text, struct oci_image_config *c, struct err *e)
{
	const char *t = quoted(a, text);

	return oci_image_config_parse(a, t, strlen(t), c, e);
}

static void a_config_needs_layers_with_sha256_digests(void **state)
{
	own_arena a = arena_new();
	struct oci_image_config c;
	struct err e;

	assert_int_equal(parse_config(a, "{'os':'linux','architecture':'amd64'}", &c, &e), -1);
	assert_string_equal(e.msg, "invalid image JSON, no RootFS key");
	assert_int_equal(
		parse_config(a, "{'rootfs':{'type':'layers','diff_ids':['md5:1']}}", &c, &e), -1);
	assert_non_null(strstr(e.msg, "md5:1"));
	assert_int_equal(parse_config(a, "{'rootfs':{'type':'tar','diff_ids':[]}}", &c, &e), -1);
	assert_int_equal(parse_config(a, "{'rootfs':{'type':'layers','diff_ids':[]}}", &c, &e), 0);
	assert_string_equal(c.os, "linux");
	assert_int_equal(parse_config(a, "[]", &c, &e), -1);
	assert_int_equal(parse_config(a, "{'config':{'Env':'x'}}", &c, &e), -1);
	assert_int_equal(e.kind, ERR_INVALID);
}

/* old builders wrote a lone string where a list belongs; null means absent */
static void commands_may_be_a_lone_string_or_null(void **state)
{
	own_arena a = arena_new();
	struct oci_image_config c;
	struct err e;

	assert_int_equal(parse_config(a,
				 "{'config':{'Cmd':'sh','Entrypoint':null,'Volumes':null},"
				 "'rootfs':{'type':'layers','diff_ids':null}}",
				 &c, &e),
		0);
	assert_int_equal(c.config.cmd.n, 1);
	assert_string_equal(c.config.cmd.v[0], "sh");
	assert_null(c.config.entrypoint.v);
}

static const char every_manifest_member[] =
	"{'schemaVersion':2,'mediaType':'" OCI_TYPE_MANIFEST
	"','artifactType':'a/b','config':{'mediaType':'" OCI_TYPE_CONFIG "','digest':'sha256:" HEX0
	"','size':7},'layers':[{'mediaType':'" OCI_TYPE_LAYER_ZSTD "','digest':'sha256:" HEX1
	"','size':9007199254740993,'urls':['https://x'],'annotations':{'k':'v'},"
	"'data':'e30=','platform':{'architecture':'amd64','os':'linux','os.version':'1','os.features':['f'],"
	"'variant':'v2'},'artifactType':'c/d'}],'subject':{'mediaType':'x/y','digest':'sha256:" HEX1
	"','size':1},'annotations':{'a':'b'}}";

static void every_member_of_a_manifest_survives_a_round_trip(void **state)
{
	own_arena a = arena_new();
	const char *text = quoted(a, every_manifest_member);
	struct oci_manifest m;
	struct err e;
	own_buf out;

	buf_init(&out, 1 << 16);
	assert_int_equal(oci_manifest_parse(a, text, strlen(text), &m, &e), 0);
	assert_true(m.layers.v[0].size == 9007199254740993);
	oci_manifest_write(&m, &out);
	assert_string_equal(out.data, text);
}

static int parse_manifest(struct arena *a, const char *text, struct err *e)
{
	const char *t = quoted(a, text);
	struct oci_manifest m;

	return oci_manifest_parse(a, t, strlen(t), &m, e);
}

/* CVE-2021-41190: a document that is both must be neither */
static void index_and_manifest_cannot_be_confused(void **state)
{
	own_arena a = arena_new();
	struct oci_index i;
	struct err e;
	const char *good =
		quoted(a, "{'schemaVersion':2,'manifests':[{'mediaType':'" OCI_TYPE_DOCKER_MANIFEST
			  "','digest':'sha256:" HEX0
			  "','size':1,'platform':{'architecture':'arm64','os':'linux'}}]}");

	assert_int_equal(oci_index_parse(a, good, strlen(good), &i, &e), 0);
	assert_string_equal(i.manifests.v[0].platform->architecture, "arm64");
	assert_int_equal(parse_manifest(a, "{'schemaVersion':2,'manifests':[]}", &e), -1);
	assert_int_equal(
		parse_manifest(a,
			"{'schemaVersion':2,'manifests':[],'config':{'digest':'sha256:" HEX0
			"'},'layers':[]}",
			&e),
		-1);
	assert_int_equal(parse_manifest(a,
				 "{'schemaVersion':2,'mediaType':'" OCI_TYPE_INDEX
				 "','config':{'digest':'sha256:" HEX0 "'},'layers':[]}",
				 &e),
		-1);
	assert_int_equal(parse_manifest(a, "{'schemaVersion':1,'config':{},'layers':[]}", &e), -1);
	assert_string_equal(e.msg, "invalid image manifest: schema version 1 is not supported");
	assert_int_equal(parse_manifest(a, "{'schemaVersion':2,'config':{},'layers':[]}", &e), -1);
	assert_int_equal(parse_manifest(a,
				 "{'schemaVersion':2,'config':{'digest':'sha256:" HEX0
				 "','size':-1},'layers':[]}",
				 &e),
		-1);
}

static void media_types_of_docker_and_oci_mean_the_same(void **state)
{
	assert_int_equal(oci_media_kind(OCI_TYPE_DOCKER_LIST), OCI_KIND_INDEX);
	assert_int_equal(oci_media_kind(OCI_TYPE_INDEX), OCI_KIND_INDEX);
	assert_int_equal(oci_media_kind(OCI_TYPE_DOCKER_LAYER), OCI_KIND_LAYER_GZIP);
	assert_int_equal(oci_media_kind(OCI_TYPE_MANIFEST " ; charset=utf-8"), OCI_KIND_MANIFEST);
	assert_int_equal(
		oci_media_kind("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
		OCI_KIND_LAYER_FOREIGN);
	assert_int_equal(oci_media_kind("text/plain"), OCI_KIND_OTHER);
	assert_int_equal(oci_media_kind(NULL), OCI_KIND_OTHER);
}

static int parse_archive(struct arena *a, const char *text, struct oci_archive *l, struct err *e)
{
	const char *t = quoted(a, text);

	return oci_archive_parse(a, t, strlen(t), l, e);
}

static void archives_list_images_with_paths_inside(void **state)
{
	own_arena a = arena_new();
	struct oci_archive l;
	struct err e;
	own_buf out;
	const char *text =
		"[{'Config':'blobs/sha256/" HEX0 "','RepoTags':['a:1','b:2'],'Layers':['blobs/x'],"
		"'LayerSources':{'sha256:" HEX1 "':{'mediaType':'m','digest':'sha256:" HEX1
		"','size':3}}},{'Config':'c.json','RepoTags':null,'Layers':[],'Parent':'p'}]";

	buf_init(&out, 1 << 16);
	assert_int_equal(parse_archive(a, text, &l, &e), 0);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[0].repo_tags.v[1], "b:2");
	assert_null(l.v[1].repo_tags.v);
	oci_archive_write(&l, &out);
	assert_string_equal(out.data, quoted(a, text));
	assert_int_equal(parse_archive(a, "[{'Config':'../c','Layers':[]}]", &l, &e), -1);
	assert_int_equal(parse_archive(a, "[{'Config':'/c','Layers':[]}]", &l, &e), -1);
	assert_int_equal(parse_archive(a, "[{'Config':'c','Layers':['a/../../b']}]", &l, &e), -1);
	assert_int_equal(parse_archive(a, "[{'Layers':[]}]", &l, &e), -1);
	assert_int_equal(parse_archive(a, "{}", &l, &e), -1);
}

static void layouts_of_version_1_are_read(void **state)
{
	struct err e;

	assert_int_equal(oci_layout_check("{\"imageLayoutVersion\":\"1.0.0\"}", 30, &e), 0);
	assert_int_equal(oci_layout_check("{\"imageLayoutVersion\":\"2.0.0\"}", 30, &e), -1);
	assert_int_equal(oci_layout_check("{}", 2, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_member_of_a_config_survives_a_round_trip),
		cmocka_unit_test(a_config_needs_layers_with_sha256_digests),
		cmocka_unit_test(commands_may_be_a_lone_string_or_null),
		cmocka_unit_test(every_member_of_a_manifest_survives_a_round_trip),
		cmocka_unit_test(index_and_manifest_cannot_be_confused),
		cmocka_unit_test(media_types_of_docker_and_oci_mean_the_same),
		cmocka_unit_test(archives_list_images_with_paths_inside),
		cmocka_unit_test(layouts_of_version_1_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
