#include "conf/apply.h"
#include "conf/keys.h"

#define LATER(name)                                                                                \
	{                                                                                          \
		name, KEY_LATER                                                                    \
	}

static const struct key keys[] = {
	{ "global_defs", KEY_BLOCK, .doc = "settings of the whole daemon", .read = read_global_defs,
	  .top = true },
	{ "vrrp_script", KEY_BLOCK, .doc = "a check", .read = read_vrrp_script, .top = true },
	{ "vrrp_instance", KEY_BLOCK, .doc = "a virtual router", .read = read_vrrp_instance,
	  .top = true },
	{ "vrrp_sync_group", KEY_BLOCK, .doc = "instances that move together",
	  .read = read_vrrp_sync_group, .top = true },
	{ "track_file", KEY_BLOCK, .doc = "a file with a number in it", .read = read_track_file },
	{ "static_ipaddress", KEY_BLOCK, .doc = "addresses that are always there",
	  .read = read_static_addresses, .top = true },
	{ "static_routes", KEY_BLOCK, .doc = "routes that are always there",
	  .read = read_static_routes, .top = true },
	{ "static_rules", KEY_BLOCK, .doc = "rules that are always there",
	  .read = read_static_rules, .top = true },
	{ "vrrp_track_file", KEY_BLOCK, .doc = "the same", .read = read_track_file, .top = true },

	{ "vrrp_track_process", KEY_LATER, .top = true },
	{ "bfd_instance", KEY_LATER, .top = true },
	{ "garp_group", KEY_LATER, .top = true },
	LATER("track_group"),
	LATER("net_namespace"),
	LATER("instance"),
	LATER("use_pid_dir"),
	LATER("linkbeat_use_polling"),
	LATER("linkbeat_interfaces"),
	LATER("interface_up_down_delays"),
	LATER("child_wait_time"),

	{ "virtual_server", KEY_SKIP_LVS, .top = true },
	{ "virtual_server_group", KEY_SKIP_LVS, .top = true },
	{ "SSL", KEY_SKIP_LVS },
	{ "local_address_group", KEY_SKIP_LVS },
	{ "namespace_with_ipsets", KEY_SKIP_LVS },
	{ "net_namespace_ipvs", KEY_SKIP_LVS },
};

const struct key_table keys_root = { NULL, keys, sizeof(keys) / sizeof(keys[0]) };
