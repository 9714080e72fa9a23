/* SPDX-License-Identifier: Apache-2.0 */
/* The binding table of linux.seccomp. */
#include "oci/seccomp.h"

#include "base/json.h"

const struct bind_field oci_seccomp_arg_fields[] = {
	BIND(U32, struct oci_seccomp_arg, index, "index", 0),
	BIND(U64, struct oci_seccomp_arg, value, "value", 0),
	BIND(U64, struct oci_seccomp_arg, value_two, "valueTwo", BIND_OMITEMPTY),
	BIND(STR, struct oci_seccomp_arg, op, "op", 0),
	BIND_END,
};

static const struct bind_field rule_fields[] = {
	BIND(STRS, struct oci_seccomp_rule, names, "names", BIND_EMPTY_LIST),
	BIND(STR, struct oci_seccomp_rule, action, "action", 0),
	BIND(U32P, struct oci_seccomp_rule, errno_ret, "errnoRet", BIND_OMITEMPTY),
	BIND_NEST(OBJS, struct oci_seccomp_rule, args, "args", BIND_OMITEMPTY,
		oci_seccomp_arg_fields, struct oci_seccomp_arg),
	BIND_END,
};

const struct bind_field oci_seccomp_fields[] = {
	BIND(STR, struct oci_seccomp, default_action, "defaultAction", 0),
	BIND(U32P, struct oci_seccomp, default_errno_ret, "defaultErrnoRet", BIND_OMITEMPTY),
	BIND(STRS, struct oci_seccomp, architectures, "architectures", BIND_OMITEMPTY),
	BIND(STRS, struct oci_seccomp, flags, "flags", BIND_OMITEMPTY),
	BIND(STR, struct oci_seccomp, listener_path, "listenerPath", BIND_OMITEMPTY),
	BIND(STR, struct oci_seccomp, listener_metadata, "listenerMetadata", BIND_OMITEMPTY),
	BIND_NEST(OBJS, struct oci_seccomp, syscalls, "syscalls", BIND_OMITEMPTY, rule_fields,
		struct oci_seccomp_rule),
	BIND_END,
};

int oci_seccomp_parse(
	struct arena *a, const char *text, size_t n, struct oci_seccomp *out, struct err *e)
{
	own_json doc = json_parse(text, n, e);

	*out = (struct oci_seccomp){ 0 };
	if (!doc || bind_decode(a, doc, oci_seccomp_fields, out, e))
		return err_in(e, "invalid seccomp profile");
	return 0;
}

void oci_seccomp_write(const struct oci_seccomp *s, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	bind_encode(&w, oci_seccomp_fields, s);
}
