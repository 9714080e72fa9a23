/* SPDX-License-Identifier: Apache-2.0 */
/* What docker inspect knows of images: the Go types its client decodes answers into, member by member in their order. */
#include "go_types.h"

static const struct go_field ocispec_image_config_fields[] = {
	{ "User", NULL, &go_string_type, GO_OMITEMPTY },
	{ "ExposedPorts", NULL, &go_empty_map_type, GO_OMITEMPTY },
	{ "Env", NULL, &go_strings_type, GO_OMITEMPTY },
	{ "Entrypoint", NULL, &go_strings_type, GO_OMITEMPTY },
	{ "Cmd", NULL, &go_strings_type, GO_OMITEMPTY },
	{ "Volumes", NULL, &go_empty_map_type, GO_OMITEMPTY },
	{ "WorkingDir", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Labels", NULL, &go_string_map_type, GO_OMITEMPTY },
	{ "StopSignal", NULL, &go_string_type, GO_OMITEMPTY },
	{ "ArgsEscaped", NULL, &go_bool_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type ocispec_image_config_type =
	GO_STRUCT_OF("v1.ImageConfig", ocispec_image_config_fields);

static const struct go_field dockerspec_docker_ociimage_config_ext_fields[] = {
	{ "Healthcheck", NULL, &dockerspec_healthcheck_config_ptr_type, GO_OMITEMPTY },
	{ "OnBuild", NULL, &go_strings_type, GO_OMITEMPTY },
	{ "Shell", NULL, &go_strings_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type dockerspec_docker_ociimage_config_ext_type =
	GO_STRUCT_OF("v1.DockerOCIImageConfigExt", dockerspec_docker_ociimage_config_ext_fields);

static const struct go_field dockerspec_docker_ociimage_config_fields[] = {
	{ "ImageConfig", NULL, &ocispec_image_config_type, GO_EMBEDDED },
	{ "DockerOCIImageConfigExt", NULL, &dockerspec_docker_ociimage_config_ext_type,
		GO_EMBEDDED },
	{ 0 },
};
static const struct go_type dockerspec_docker_ociimage_config_type =
	GO_STRUCT_OF("v1.DockerOCIImageConfig", dockerspec_docker_ociimage_config_fields);

static const struct go_type dockerspec_docker_ociimage_config_ptr_type =
	GO_PTR_TO(&dockerspec_docker_ociimage_config_type);
static const struct go_field image_root_fs_fields[] = {
	{ "Type", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Layers", NULL, &go_strings_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type image_root_fs_type = GO_STRUCT_OF("image.RootFS", image_root_fs_fields);

static const struct go_field image_metadata_fields[] = {
	{ "LastTagTime", NULL, &go_time_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type image_metadata_type =
	GO_STRUCT_OF("image.Metadata", image_metadata_fields);

static const struct go_field image_manifest_summary_size_fields[] = {
	{ "Content", NULL, &go_int64_type, 0 },
	{ "Total", NULL, &go_int64_type, 0 },
	{ 0 },
};
static const struct go_type image_manifest_summary_size_type =
	GO_STRUCT_OF("image.ManifestSummarySize", image_manifest_summary_size_fields);

static const struct go_field image_image_properties_size_fields[] = {
	{ "Unpacked", NULL, &go_int64_type, 0 },
	{ 0 },
};
static const struct go_type image_image_properties_size_type =
	GO_STRUCT_OF("image.ImagePropertiesSize", image_image_properties_size_fields);

static const struct go_field image_image_properties_fields[] = {
	{ "Platform", NULL, &ocispec_platform_type, 0 },
	{ "Size", NULL, &image_image_properties_size_type, 0 },
	{ "Containers", NULL, &go_strings_type, 0 },
	{ 0 },
};
static const struct go_type image_image_properties_type =
	GO_STRUCT_OF("image.ImageProperties", image_image_properties_fields);

static const struct go_type image_image_properties_ptr_type =
	GO_PTR_TO(&image_image_properties_type);
static const struct go_field image_attestation_properties_fields[] = {
	{ "For", NULL, &go_string_type, 0 },
	{ 0 },
};
static const struct go_type image_attestation_properties_type =
	GO_STRUCT_OF("image.AttestationProperties", image_attestation_properties_fields);

static const struct go_type image_attestation_properties_ptr_type =
	GO_PTR_TO(&image_attestation_properties_type);
static const struct go_field image_manifest_summary_fields[] = {
	{ "ID", NULL, &go_string_type, 0 },
	{ "Descriptor", NULL, &ocispec_descriptor_type, 0 },
	{ "Available", NULL, &go_bool_type, 0 },
	{ "Size", NULL, &image_manifest_summary_size_type, 0 },
	{ "Kind", NULL, &go_string_type, 0 },
	{ "ImageData", NULL, &image_image_properties_ptr_type, GO_OMITEMPTY },
	{ "AttestationData", NULL, &image_attestation_properties_ptr_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type image_manifest_summary_type =
	GO_STRUCT_OF("image.ManifestSummary", image_manifest_summary_fields);

static const struct go_type image_manifest_summary_list_type =
	GO_LIST_OF(&image_manifest_summary_type);
static const struct go_field image_inspect_response_fields[] = {
	{ "ID", "Id", &go_string_type, 0 },
	{ "RepoTags", NULL, &go_strings_type, 0 },
	{ "RepoDigests", NULL, &go_strings_type, 0 },
	{ "Parent", NULL, &go_string_type, 0 },
	{ "Comment", NULL, &go_string_type, 0 },
	{ "Created", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Container", NULL, &go_string_type, GO_OMITEMPTY },
	{ "ContainerConfig", NULL, &container_config_ptr_type, GO_OMITEMPTY },
	{ "DockerVersion", NULL, &go_string_type, 0 },
	{ "Author", NULL, &go_string_type, 0 },
	{ "Config", NULL, &dockerspec_docker_ociimage_config_ptr_type, 0 },
	{ "Architecture", NULL, &go_string_type, 0 },
	{ "Variant", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Os", NULL, &go_string_type, 0 },
	{ "OsVersion", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Size", NULL, &go_int64_type, 0 },
	{ "VirtualSize", NULL, &go_int64_type, GO_OMITEMPTY },
	{ "GraphDriver", NULL, &storage_driver_data_type, 0 },
	{ "RootFS", NULL, &image_root_fs_type, 0 },
	{ "Metadata", NULL, &image_metadata_type, 0 },
	{ "Descriptor", NULL, &ocispec_descriptor_ptr_type, GO_OMITEMPTY },
	{ "Manifests", NULL, &image_manifest_summary_list_type, GO_OMITEMPTY },
	{ 0 },
};
const struct go_type image_inspect_response_type =
	GO_STRUCT_OF("image.InspectResponse", image_inspect_response_fields);
