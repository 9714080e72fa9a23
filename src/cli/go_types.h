/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptions of the Go types behind docker's templates: {{.State}} prints members in their order,
 * {{.ID}} is the Go name of "Id", and a name no type has sends inspect to the raw answer.
 */
#ifndef TARE_CLI_GO_TYPES_H
#define TARE_CLI_GO_TYPES_H

#include "go_value.h"

extern const struct go_type container_config_ptr_type;		    /* go_types_container.c */
extern const struct go_type container_inspect_response_type;	    /* go_types_container.c */
extern const struct go_type dockerspec_healthcheck_config_ptr_type; /* go_types_container.c */
extern const struct go_type go_empty_map_type;			    /* go_types_container.c */
extern const struct go_type go_strings_list_type;		    /* go_types_container.c */
extern const struct go_type ocispec_descriptor_ptr_type;	    /* go_types_container.c */
extern const struct go_type ocispec_descriptor_type;		    /* go_types_container.c */
extern const struct go_type ocispec_platform_type;		    /* go_types_container.c */
extern const struct go_type storage_driver_data_type;		    /* go_types_container.c */
extern const struct go_type image_inspect_response_type;	    /* go_types_image.c */
extern const struct go_type network_inspect_type;		    /* go_types_network.c */
extern const struct go_type events_message_type;		    /* go_types_system.c */
extern const struct go_type volume_type;			    /* go_types_volume.c */
extern const struct go_type system_info_type;			    /* go_types_system.c */
extern const struct go_type types_version_type;			    /* go_types_system.c */

#endif
