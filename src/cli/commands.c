/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every command, once: its place in a group, its name at the top, its usage, its help sentence. Names
 * docker has and this version has not end in a sentence that says what to do instead.
 */
#include "commands.h"

#include <string.h>

#include "cmds.h"

#define CTRS	 "CONTAINER [CONTAINER...]"
#define NO_BUILD "this version cannot build images yet: bring them with '" CLI_NAME " load -i FILE'"
#define NO_COPY	 "not in this version yet: use 'exec' with tar, or a volume"
#define NO_SWARM "swarm mode is not supported"
#define NOT_YET	 "not in this version yet"

#define MANIFEST_ABOUT                                                                            \
	"The **docker manifest** command has subcommands for managing image manifests and\n"      \
	"manifest lists. A manifest list allows you to use one name to refer to the same image\n" \
	"built for multiple architectures.\n\n"                                                   \
	"To see help for a subcommand, use:\n\n"                                                  \
	"    docker manifest CMD --help\n\n"                                                      \
	"For full details on using docker manifest lists, see the registry v2 specification."

#define CONTEXT_ABOUT(verb, did)                                                                \
	verb " a context\n\n"                                                                   \
	     "Docker endpoint config:\n\n"                                                      \
	     "NAME                DESCRIPTION\n"                                                \
	     "from                Copy named context's Docker endpoint configuration\n"         \
	     "host                Docker endpoint on which to connect\n"                        \
	     "ca                  Trust certs signed only by this CA\n"                         \
	     "cert                Path to TLS certificate file\n"                               \
	     "key                 Path to TLS key file\n"                                       \
	     "skip-tls-verify     Skip TLS certificate validation\n\n"                          \
	     "Example:\n\n"                                                                     \
	     "$ docker context " did " my-context --description \"some description\" --docker " \
	     "\"host=tcp://myserver:2376,ca=~/ca-file,cert=~/cert-file,key=~/key-file\""

const struct command_group command_groups[] = {
	{ "container", "Manage containers" },
	{ "context", "Manage contexts" },
	{ "image", "Manage images" },
	{ "manifest", "Manage Docker image manifests and manifest lists", MANIFEST_ABOUT, true,
		"COMMAND" },
	{ "network", "Manage networks" },
	{ "system", "Manage Docker" },
	{ "volume", "Manage volumes", NULL, false, "COMMAND" },
	{ NULL, NULL },
};

const struct command commands[] = {
	/* containers */
	{ "container", "run", NULL, "run", "[OPTIONS] IMAGE [COMMAND] [ARG...]",
		"Create and run a new container from an image", 1, 1, ANY_ARGS, &run_impl, NULL },
	{ "container", "exec", NULL, "exec", "[OPTIONS] CONTAINER COMMAND [ARG...]",
		"Execute a command in a running container", 2, 2, ANY_ARGS, &exec_impl, NULL },
	{ "container", "ls", "list ps", "ps", "[OPTIONS]", "List containers", 3, 0, 0, &ps_impl,
		NULL },
	{ "container", "attach", NULL, "attach", "[OPTIONS] CONTAINER",
		"Attach local standard input, output, and error streams to a running container", 0,
		1, 1, &attach_impl, NULL },
	{ "container", "commit", NULL, "commit", "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
		"Create a new image from a container's changes", 0, 1, 2, &commit_impl, NULL },
	{ "container", "create", NULL, "create", "[OPTIONS] IMAGE [COMMAND] [ARG...]",
		"Create a new container", 0, 1, ANY_ARGS, &create_impl, NULL },
	{ "container", "diff", NULL, "diff", "CONTAINER",
		"Inspect changes to files or directories on a container's filesystem", 0, 1, 1,
		&diff_impl, NULL },
	{ "container", "export", NULL, "export", "[OPTIONS] CONTAINER",
		"Export a container's filesystem as a tar archive", 0, 1, 1, &export_impl, NULL },
	{ "container", "inspect", NULL, NULL, "[OPTIONS] " CTRS,
		"Display detailed information on one or more containers", 0, 1, ANY_ARGS,
		&container_inspect_impl, NULL },
	{ "container", "kill", NULL, "kill", "[OPTIONS] " CTRS,
		"Kill one or more running containers", 0, 1, ANY_ARGS, &kill_impl, NULL },
	{ "container", "logs", NULL, "logs", "[OPTIONS] CONTAINER", "Fetch the logs of a container",
		0, 1, 1, &logs_impl, NULL },
	{ "container", "pause", NULL, "pause", CTRS,
		"Pause all processes within one or more containers", 0, 1, ANY_ARGS, &pause_impl,
		NULL },
	{ "container", "port", NULL, "port", "CONTAINER [PRIVATE_PORT[/PROTO]]",
		"List port mappings or a specific mapping for the container", 0, 1, 2, &port_impl,
		NULL },
	{ "container", "prune", NULL, NULL, "[OPTIONS]", "Remove all stopped containers", 0, 0, 0,
		&container_prune_impl, NULL },
	{ "container", "rename", NULL, "rename", "CONTAINER NEW_NAME", "Rename a container", 0, 2,
		2, &rename_impl, NULL },
	{ "container", "restart", NULL, "restart", "[OPTIONS] " CTRS,
		"Restart one or more containers", 0, 1, ANY_ARGS, &restart_impl, NULL },
	{ "container", "rm", "remove", "rm", "[OPTIONS] " CTRS, "Remove one or more containers", 0,
		1, ANY_ARGS, &rm_impl, NULL },
	{ "container", "start", NULL, "start", "[OPTIONS] " CTRS,
		"Start one or more stopped containers", 0, 1, ANY_ARGS, &start_impl, NULL },
	{ "container", "stats", NULL, "stats", "[OPTIONS] [CONTAINER...]",
		"Display a live stream of container(s) resource usage statistics", 0, 0, ANY_ARGS,
		&stats_impl, NULL },
	{ "container", "stop", NULL, "stop", "[OPTIONS] " CTRS,
		"Stop one or more running containers", 0, 1, ANY_ARGS, &stop_impl, NULL },
	{ "container", "top", NULL, "top", "CONTAINER [ps OPTIONS]",
		"Display the running processes of a container", 0, 1, ANY_ARGS, &top_impl, NULL },
	{ "container", "unpause", NULL, "unpause", CTRS,
		"Unpause all processes within one or more containers", 0, 1, ANY_ARGS,
		&unpause_impl, NULL },
	{ "container", "update", NULL, "update", "[OPTIONS] " CTRS,
		"Update configuration of one or more containers", 0, 1, ANY_ARGS, &update_impl,
		NULL },
	{ "container", "wait", NULL, "wait", CTRS,
		"Block until one or more containers stop, then print their exit codes", 0, 1,
		ANY_ARGS, &wait_impl, NULL },

	/* images */
	{ "image", "ls", "list", "images", "[OPTIONS] [REPOSITORY[:TAG]]", "List images", 7, 0, 1,
		&images_impl, NULL },
	{ "image", "history", NULL, "history", "[OPTIONS] IMAGE", "Show the history of an image", 0,
		1, 1, &history_impl, NULL },
	{ "image", "inspect", NULL, NULL, "[OPTIONS] IMAGE [IMAGE...]",
		"Display detailed information on one or more images", 0, 1, ANY_ARGS,
		&image_inspect_impl, NULL },
	{ "image", "load", NULL, "load", "[OPTIONS]", "Load an image from a tar archive or STDIN",
		0, 0, 0, &load_impl, NULL },
	{ "image", "import", NULL, "import", "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
		"Import the contents from a tarball to create a filesystem image", 0, 1, ANY_ARGS,
		&import_impl, NULL },
	{ "image", "prune", NULL, NULL, "[OPTIONS]", "Remove unused images", 0, 0, 0,
		&image_prune_impl, NULL },
	{ "image", "pull", NULL, "pull", "[OPTIONS] NAME[:TAG|@DIGEST]",
		"Download an image from a registry", 5, 1, 1, &pull_impl, NULL },
	{ "image", "push", NULL, "push", "[OPTIONS] NAME[:TAG]", "Upload an image to a registry", 6,
		1, 1, &push_impl, NULL },
	{ "image", "rm", "remove", "rmi", "[OPTIONS] IMAGE [IMAGE...]", "Remove one or more images",
		0, 1, ANY_ARGS, &rmi_impl, NULL },
	{ "image", "save", NULL, "save", "[OPTIONS] IMAGE [IMAGE...]",
		"Save one or more images to a tar archive (streamed to STDOUT by default)", 0, 1,
		ANY_ARGS, &save_impl, NULL },
	{ "image", "tag", NULL, "tag", "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
		"Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", 0, 2, 2, &tag_impl, NULL },

	/* lists of images */
	{ "manifest", "annotate", NULL, NULL, "[OPTIONS] MANIFEST_LIST MANIFEST",
		"Add additional information to a local image manifest", 0, 2, 2,
		&manifest_annotate_impl, NULL, NULL, true },
	{ "manifest", "create", NULL, NULL, "MANIFEST_LIST MANIFEST [MANIFEST...]",
		"Create a local manifest list for annotating and pushing to a registry", 0, 2,
		ANY_ARGS, &manifest_create_impl, NULL, NULL, true },
	{ "manifest", "inspect", NULL, NULL, "[OPTIONS] [MANIFEST_LIST] MANIFEST",
		"Display an image manifest, or manifest list", 0, 1, 2, &manifest_inspect_impl,
		NULL, NULL, true },
	{ "manifest", "push", NULL, NULL, "[OPTIONS] MANIFEST_LIST",
		"Push a manifest list to a repository", 0, 1, 1, &manifest_push_impl, NULL, NULL,
		true },
	{ "manifest", "rm", NULL, NULL, "MANIFEST_LIST [MANIFEST_LIST...]",
		"Delete one or more manifest lists from local storage", 0, 1, ANY_ARGS,
		&manifest_rm_impl, NULL, NULL, true },

	/* networks */
	{ "network", "connect", NULL, NULL, "[OPTIONS] NETWORK CONTAINER",
		"Connect a container to a network", 0, 2, 2, &network_connect_impl, NULL },
	{ "network", "create", NULL, NULL, "[OPTIONS] NETWORK", "Create a network", 0, 1, 1,
		&network_create_impl, NULL },
	{ "network", "disconnect", NULL, NULL, "[OPTIONS] NETWORK CONTAINER",
		"Disconnect a container from a network", 0, 2, 2, &network_disconnect_impl, NULL },
	{ "network", "inspect", NULL, NULL, "[OPTIONS] NETWORK [NETWORK...]",
		"Display detailed information on one or more networks", 0, 1, ANY_ARGS,
		&network_inspect_impl, NULL },
	{ "network", "ls", "list", NULL, "[OPTIONS]", "List networks", 0, 0, 0, &network_ls_impl,
		NULL },
	{ "network", "prune", NULL, NULL, "[OPTIONS]", "Remove all unused networks", 0, 0, 0,
		&network_prune_impl, NULL },
	{ "network", "rm", "remove", NULL, "NETWORK [NETWORK...]", "Remove one or more networks", 0,
		1, ANY_ARGS, &network_rm_impl, NULL },

	/* names for daemons */
	{ "context", "create", NULL, NULL, "[OPTIONS] CONTEXT", "Create a context", 0, 1, 1,
		&context_create_impl, NULL, CONTEXT_ABOUT("Create", "create") },
	{ "context", "inspect", NULL, NULL, "[OPTIONS] [CONTEXT] [CONTEXT...]",
		"Display detailed information on one or more contexts", 0, 0, ANY_ARGS,
		&context_inspect_impl, NULL },
	{ "context", "ls", "list", NULL, "[OPTIONS]", "List contexts", 0, 0, 0, &context_ls_impl,
		NULL },
	{ "context", "rm", "remove", NULL, "CONTEXT [CONTEXT...]", "Remove one or more contexts", 0,
		1, ANY_ARGS, &context_rm_impl, NULL },
	{ "context", "show", NULL, NULL, "", "Print the name of the current context", 0, 0, 0,
		&context_show_impl, NULL },
	{ "context", "update", NULL, NULL, "[OPTIONS] CONTEXT", "Update a context", 0, 1, 1,
		&context_update_impl, NULL, CONTEXT_ABOUT("Update", "update") },
	{ "context", "use", NULL, NULL, "CONTEXT", "Set the current docker context", 0, 1, 1,
		&context_use_impl, NULL },

	/* volumes */
	{ "volume", "create", NULL, NULL, "[OPTIONS] [VOLUME]", "Create a volume", 0, 0, 1,
		&volume_create_impl, NULL },
	{ "volume", "inspect", NULL, NULL, "[OPTIONS] VOLUME [VOLUME...]",
		"Display detailed information on one or more volumes", 0, 1, ANY_ARGS,
		&volume_inspect_impl, NULL },
	{ "volume", "ls", "list", NULL, "[OPTIONS]", "List volumes", 0, 0, 0, &volume_ls_impl,
		NULL },
	{ "volume", "prune", NULL, NULL, "[OPTIONS]", "Remove unused local volumes", 0, 0, 0,
		&volume_prune_impl, NULL },
	{ "volume", "rm", "remove", NULL, "[OPTIONS] VOLUME [VOLUME...]",
		"Remove one or more volumes", 0, 1, ANY_ARGS, &volume_rm_impl, NULL,
		"Remove one or more volumes. You cannot remove a volume that is in use by a "
		"container." },
	{ "volume", "update", NULL, NULL, "[OPTIONS] [VOLUME]",
		"Update a volume (cluster volumes only)", 0, 0, 1, &volume_update_impl, NULL },

	/* the daemon, and any object */
	{ "system", "df", NULL, NULL, "[OPTIONS]", "Show docker disk usage", 0, 0, 0, &df_impl,
		NULL },
	{ "system", "events", NULL, "events", "[OPTIONS]", "Get real time events from the server",
		0, 0, 0, &events_impl, NULL },
	{ "system", "fsck", NULL, NULL, "[OPTIONS]", "Check the images on disk, and repair them", 0,
		0, 0, &fsck_impl, NULL },
	{ "system", "info", NULL, "info", "[OPTIONS]", "Display system-wide information", 12, 0, 0,
		&info_impl, NULL },
	{ "system", "prune", NULL, NULL, "[OPTIONS]", "Remove unused data", 0, 0, 0,
		&system_prune_impl, NULL },
	{ NULL, "login", NULL, NULL, "[OPTIONS] [SERVER]", "Authenticate to a registry", 8, 0, 1,
		&login_impl, NULL,
		"Authenticate to a registry.\nDefaults to Docker Hub if no server is specified." },
	{ NULL, "logout", NULL, NULL, "[SERVER]", "Log out from a registry", 9, 0, 1, &logout_impl,
		NULL,
		"Log out from a registry.\nIf no server is specified, the default is defined by the "
		"daemon." },
	{ NULL, "search", NULL, NULL, "[OPTIONS] TERM", "Search Docker Hub for images", 10, 1, 1,
		&search_impl, NULL },
	{ NULL, "version", NULL, NULL, "[OPTIONS]", "Show the Docker version information", 11, 0, 0,
		&version_impl, NULL },
	{ NULL, "inspect", NULL, NULL, "[OPTIONS] NAME|ID [NAME|ID...]",
		"Return low-level information on Docker objects", 0, 1, ANY_ARGS, &inspect_impl,
		NULL },

	/* what docker has besides */
	{ "image", "build", NULL, "build", NULL, NULL, 0, 0, ANY_ARGS, NULL, NO_BUILD },
	{ NULL, "builder", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NO_BUILD },
	{ NULL, "buildx", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NO_BUILD },
	{ "container", "cp", NULL, "cp", NULL, NULL, 0, 0, ANY_ARGS, NULL, NO_COPY },
	{ NULL, "checkpoint", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NOT_YET },
	{ NULL, "compose", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NOT_YET },
	{ "context", "export", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NOT_YET },
	{ "context", "import", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NOT_YET },
	{ NULL, "plugin", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NOT_YET },
	{ NULL, "trust", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NOT_YET },
	{ NULL, "config", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NO_SWARM },
	{ NULL, "node", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NO_SWARM },
	{ NULL, "secret", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NO_SWARM },
	{ NULL, "service", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NO_SWARM },
	{ NULL, "stack", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NO_SWARM },
	{ NULL, "swarm", NULL, NULL, NULL, NULL, 0, 0, ANY_ARGS, NULL, NO_SWARM },
	{ NULL },
};

static bool has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = words; p && *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (len == n && memcmp(p, word, n) == 0)
			return true;
		p += len;
	}
	return false;
}

const struct command *command_find(const char *group, const char *name)
{
	for (const struct command *c = commands; c->name; c++) {
		if (group == NULL) {
			if (str_eq(c->group ? c->top : c->name, name))
				return c;
		} else if (str_eq(c->group, group) &&
			   (str_eq(c->name, name) || has_word(c->aliases, name))) {
			return c;
		}
	}
	return NULL;
}

const struct command_group *command_group_find(const char *name)
{
	for (const struct command_group *g = command_groups; g->name; g++) {
		if (str_eq(g->name, name))
			return g;
	}
	return NULL;
}
