/* SPDX-License-Identifier: Apache-2.0 */
/* What each command file gives to the table in commands.c. */
#ifndef TARE_CLI_CMDS_H
#define TARE_CLI_CMDS_H

#include "commands.h"

/* cmd_lifecycle.c */
extern const struct command_impl stop_impl, restart_impl, kill_impl, pause_impl, unpause_impl,
	rm_impl, rename_impl, wait_impl;
/* cmd_start.c, cmd_attach.c, cmd_exec.c, cmd_run.c */
extern const struct command_impl start_impl, attach_impl, exec_impl, run_impl, create_impl;
/* cmd_ps.c, cmd_logs.c, cmd_process.c (top, port) */
extern const struct command_impl ps_impl, logs_impl, top_impl, port_impl;
/* cmd_inspect.c */
extern const struct command_impl inspect_impl, container_inspect_impl, image_inspect_impl,
	network_inspect_impl, volume_inspect_impl;
/* cmd_images.c, cmd_history.c, cmd_image.c */
extern const struct command_impl images_impl, history_impl, rmi_impl, tag_impl;
/* cmd_archive.c, cmd_commit.c, cmd_pull.c */
extern const struct command_impl save_impl, export_impl, load_impl, import_impl, commit_impl,
	pull_impl, push_impl;
/* cmd_login.c, cmd_search.c */
extern const struct command_impl login_impl, logout_impl, search_impl;
/* cmd_manifest.c */
extern const struct command_impl manifest_annotate_impl, manifest_create_impl,
	manifest_inspect_impl, manifest_push_impl, manifest_rm_impl;
/* cmd_volume.c, cmd_update.c, cmd_stats.c */
extern const struct command_impl volume_create_impl, volume_ls_impl, volume_rm_impl,
	volume_update_impl, update_impl, diff_impl, stats_impl;
/* cmd_context.c */
extern const struct command_impl context_create_impl, context_inspect_impl, context_ls_impl,
	context_rm_impl, context_show_impl, context_update_impl, context_use_impl;
/* cmd_prune.c, cmd_df.c */
extern const struct command_impl container_prune_impl, image_prune_impl, network_prune_impl,
	volume_prune_impl, system_prune_impl, df_impl;
/* cmd_network.c */
extern const struct command_impl network_ls_impl, network_rm_impl;
/* cmd_network_change.c */
extern const struct command_impl network_create_impl, network_connect_impl, network_disconnect_impl;
/* cmd_system.c, cmd_info.c, cmd_events.c */
extern const struct command_impl version_impl, info_impl, events_impl;

/* cmd_fsck.c */
extern const struct command_impl fsck_impl;

#endif
