/* SPDX-License-Identifier: Apache-2.0 */
/* -v, --mount, -p, --network and kin: the first byte chooses which. */
#include <stdint.h>

#include "cli/spec.h"
#include "cli/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct err e;
	const char *text, *out;
	struct spec_volume volume;
	struct mount mount;
	struct str_list list = { 0 };
	struct port_map ports = { 0 };
	struct spec_network network;
	struct device_mapping device;
	struct device_request request;
	struct ulimit limit;
	struct restart_policy policy;
	int64_t nano;

	if (size < 1 || size > 4096)
		return 0;
	text = arena_strndup(a, (const char *)data + 1, size - 1);
	switch (data[0] % 12) {
	case 0:
		if (spec_volume(a, text, &volume, &e) == 0 && volume.source)
			(void)spec_volume_bind(a, text, &volume);
		break;
	case 1:
		(void)spec_mount(a, text, &mount, &out, &e);
		break;
	case 2:
		(void)spec_publish(a, text, &list, &ports, &e);
		break;
	case 3:
		(void)spec_network(a, text, &network, &e);
		break;
	case 4:
		(void)spec_device_is_cdi(text);
		(void)spec_device(a, text, &device, &e);
		break;
	case 5:
		(void)spec_gpus(a, text, &request, &e);
		break;
	case 6:
		(void)spec_ulimit(a, text, &limit, &e);
		(void)spec_restart(a, text, &policy, &e);
		break;
	case 7:
		(void)spec_extra_host(a, text, &out, &e);
		(void)spec_dns_search(a, text, &out, &e);
		(void)spec_mac(text, &e);
		break;
	case 8:
		(void)spec_csv(a, text, &list, &e);
		break;
	case 9:
		(void)timestamp_parse(a, text, 1700000000, &e);
		break;
	case 10:
		(void)spec_device_cgroup_rule(text, &e);
		(void)spec_cpus(text, &nano, &e);
		(void)spec_sysctl(text, &e);
		break;
	case 11:
		(void)spec_expose(a, text, &list, &e);
		break;
	}
	return 0;
}
