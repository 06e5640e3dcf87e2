"""Configuration text, short where it does not matter."""

from .lab import own_root

# Who is root of a user namespace only sees the machine's files as somebody else's, so none is safe there.
SECURE = "script_user root" + ("\n    enable_script_security" if own_root() else "")


def vrrp(priority=100, *, name="VI", vrid=51, vips=("10.0.0.100/24",), state="BACKUP", interface="eth0",
         advert_int=1, version=2, password="SecureVR", extra="", before="", defs="script_user root"):
    """One vrrp_instance as both programs read it. |extra| goes inside it, |before| ahead of it."""
    auth = f"""
    authentication {{
        auth_type PASS
        auth_pass {password}
    }}""" if password else ""
    addresses = "\n".join(f"        {vip}" for vip in vips)
    return f"""global_defs {{
    {defs}
}}
{before}
vrrp_instance {name} {{
    state {state}
    interface {interface}
    virtual_router_id {vrid}
    version {version}
    priority {priority}
    advert_int {advert_int}{auth}
    virtual_ipaddress {{
{addresses}
    }}
{extra}
}}
"""


def script(path, name="check", interval=1, **keys):
    """A vrrp_script block: script("/usr/local/bin/x", weight=-20, fall=2)."""
    lines = "\n".join(f"    {key} {value}" if value is not True else f"    {key}"
                      for key, value in keys.items())
    return f"""vrrp_script {name} {{
    script "{path}"
    interval {interval}
{lines}
}}
"""
