/* SPDX-License-Identifier: Apache-2.0 */
/* What docker inspect knows of volumes. */
#include "go_types.h"

static const struct go_field usage_fields[] = {
	{ "RefCount", NULL, &go_int64_type, 0 },
	{ "Size", NULL, &go_int64_type, 0 },
	{ 0 },
};
static const struct go_type usage_type = GO_STRUCT_OF("volume.UsageData", usage_fields);
static const struct go_type usage_ptr_type = GO_PTR_TO(&usage_type);

static const struct go_field volume_fields[] = {
	{ "ClusterVolume", NULL, &go_any_type, GO_OMITEMPTY },
	{ "CreatedAt", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Driver", NULL, &go_string_type, 0 },
	{ "Labels", NULL, &go_string_map_type, 0 },
	{ "Mountpoint", NULL, &go_string_type, 0 },
	{ "Name", NULL, &go_string_type, 0 },
	{ "Options", NULL, &go_string_map_type, 0 },
	{ "Scope", NULL, &go_string_type, 0 },
	{ "Status", NULL, &go_any_map_type, GO_OMITEMPTY },
	{ "UsageData", NULL, &usage_ptr_type, GO_OMITEMPTY },
	{ 0 },
};
const struct go_type volume_type = GO_STRUCT_OF("volume.Volume", volume_fields);
