/* SPDX-License-Identifier: Apache-2.0 */
#include "client_info.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/clock.h"

static const struct go_field platform_fields[] = {
	{ "Name", NULL, &go_string_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type platform_type = GO_STRUCT_OF("system.platformInfo", platform_fields);
static const struct go_type platform_ptr = GO_PTR_TO(&platform_type);

static const struct go_field version_fields[] = {
	{ "Platform", NULL, &platform_ptr, GO_OMITEMPTY },
	{ "Version", NULL, &go_string_type, GO_OMITEMPTY },
	{ "APIVersion", "ApiVersion", &go_string_type, GO_OMITEMPTY },
	{ "DefaultAPIVersion", NULL, &go_string_type, GO_OMITEMPTY },
	{ "GitCommit", NULL, &go_string_type, GO_OMITEMPTY },
	{ "GoVersion", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Os", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Arch", NULL, &go_string_type, GO_OMITEMPTY },
	{ "BuildTime", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Context", NULL, &go_string_type, 0 },
	{ 0 },
};
const struct go_type client_version_type = GO_STRUCT_OF("system.clientVersion", version_fields);

const char *client_info_date(struct arena *a, const char *rfc3339)
{
	int64_t ns;
	time_t t;
	struct tm tm;
	char text[64];

	if (!clock_parse_rfc3339(slice_str(rfc3339), &ns))
		return rfc3339;
	t = ns / 1000000000;
	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm);
	return arena_strdup(a, text);
}

/* Go's name of this machine. */
static const char *architecture(void)
{
	static const struct {
		const char *machine, *go;
	} names[] = { { "x86_64", "amd64" }, { "aarch64", "arm64" }, { "riscv64", "riscv64" },
		{ "ppc64le", "ppc64le" }, { "s390x", "s390x" } };
	struct utsname u;

	if (uname(&u))
		return "";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(u.machine, names[i].machine) == 0)
			return names[i].go;
	}
	return "";
}

/* When this program was written: good enough for a build time, and reproducible. */
static void build_time(char out[64])
{
	struct stat st;
	struct tm tm;

	out[0] = '\0';
	if (stat("/proc/self/exe", &st))
		return;
	gmtime_r(&st.st_mtim.tv_sec, &tm);
	strftime(out, 64, "%a %b %e %H:%M:%S %Y", &tm);
}

void client_info_write(struct jsonw *w, const char *api_version)
{
	char built[64];

	build_time(built);
	jsonw_key(w, "Platform");
	jsonw_obj(w);
	jsonw_kstr(w, "Name", "tare " TARE_VERSION);
	jsonw_obj_end(w);
	jsonw_kstr(w, "Version", CLI_VERSION);
	if (api_version)
		jsonw_kstr(w, "ApiVersion", api_version);
	jsonw_kstr(w, "DefaultAPIVersion", CLIENT_API_MAX);
	jsonw_kstr(w, "GitCommit", "tare-" TARE_VERSION);
	jsonw_kstr(w, "GoVersion", "none");
	jsonw_kstr(w, "Os", "linux");
	jsonw_kstr(w, "Arch", architecture());
	jsonw_kstr(w, "BuildTime", built);
	jsonw_kstr(w, "Context", "default");
}
