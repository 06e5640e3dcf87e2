#include "conf/apply.h"
#include "conf/keys.h"

#define G(field) offsetof(struct draft_group, field)
#define LATER(name)                                                                                \
	{                                                                                          \
		name, KEY_LATER                                                                    \
	}
#define NOTIFY(id) G(scripts) + (id) * sizeof(struct draft_command)

static const struct key keys[] = {
	{ "group", KEY_BLOCK, G(group), .read = read_members, .standard = "required",
	  .doc = "the instances, by name" },
	{ "track_interface", KEY_BLOCK, G(tracks.links), .read = read_track,
	  .doc = "interfaces that bear on the priority of all members" },
	{ "track_script", KEY_BLOCK, G(tracks.kinds[TRACKED_SCRIPT]), .read = read_track,
	  .doc = "checks that bear on the priority of all members" },
	{ "track_file", KEY_BLOCK, G(tracks.kinds[TRACKED_FILE]), .read = read_track,
	  .doc = "files whose numbers bear on the priority of all members" },
	{ "notify_master", KEY_OWN, NOTIFY(NOTIFY_SCRIPT_MASTER), .read = read_notify,
	  .doc = "command run when all members are MASTER" },
	{ "notify_backup", KEY_OWN, NOTIFY(NOTIFY_SCRIPT_BACKUP), .read = read_notify,
	  .doc = "command run when they are not any more" },
	{ "notify_fault", KEY_OWN, NOTIFY(NOTIFY_SCRIPT_FAULT), .read = read_notify,
	  .doc = "command run when one is in FAULT" },
	{ "notify_stop", KEY_OWN, NOTIFY(NOTIFY_SCRIPT_STOP), .read = read_notify,
	  .doc = "command run when all have stopped" },
	{ "notify", KEY_OWN, NOTIFY(NOTIFY_SCRIPT_ALL), .read = read_notify,
	  .doc = "command run at every change of the group's state" },
	{ "smtp_alert", KEY_SWITCH, G(smtp_alert), .standard = "smtp_alert_vrrp", .mail = true,
	  .doc = "mail about changes of the group's state" },
	{ "sync_group_tracking_weight", KEY_FLAG, G(weights), .standard = "on",
	  .doc = "weights count; they always do" },
	{ "global_tracking", KEY_OWN, G(global_tracking), .read = read_obsolete,
	  .doc = "accepted, without effect" },

	LATER("track_process"),
	LATER("track_bfd"),
	LATER("notify_priority_changes"),
};

const struct key_table keys_group = { "vrrp_sync_group", keys, sizeof(keys) / sizeof(keys[0]) };
