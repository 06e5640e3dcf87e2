"""Instances of a sync group are MASTER together or not at all."""

import time

import pytest

from labkit import Buoyd, until
from labkit.conf import script

pytestmark = pytest.mark.buoyd

VIPS = ("10.0.0.100", "10.1.0.100")


def second_network(lab, *hosts):
    """One more bridge, where each host has eth1."""
    lab.switch.ip("link add br1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0", "link set br1 up")
    for n, host in enumerate(hosts, 1):
        lab.switch.ip(f"link add name {host.name}1 type veth peer name eth1 netns /proc/{host.pid}/ns/net",
                      f"link set dev {host.name}1 master br1 up")
        host.ip(f"address add 10.1.0.{n}/24 broadcast + dev eth1", "link set eth1 up")


def conf(priority, *, before="", inside="", group=""):
    def instance(name, vrid, interface, vip, more=""):
        return f"""
vrrp_instance {name} {{
    interface {interface}
    virtual_router_id {vrid}
    priority {priority}
    advert_int 1
    virtual_ipaddress {{
        {vip}/24
    }}
    {more}
}}
"""
    return f"""
global_defs {{
    script_user root
}}
{before}
vrrp_sync_group VG {{
    group {{
        VI_1
        VI_2
    }}
    {group}
}}
""" + instance("VI_1", 51, "eth0", VIPS[0], inside) + instance("VI_2", 52, "eth1", VIPS[1])


def holds(host):
    return [host.holds(VIPS[0]), host.holds(VIPS[1], "eth1")]


def wait_both(daemon, state, within):
    for name in ("VI_1", "VI_2"):
        daemon.wait(state, within=within, name=name)


def group(daemon):
    return daemon.status()["groups"][0]


@pytest.fixture
def hosts(lab):
    a, b = lab.hosts("a", "b")
    second_network(lab, a, b)
    return a, b


def test_a_dead_link_of_one_member_moves_both_and_back(hosts):
    a, b = hosts
    a.script("told", "echo $* >> /run/told")
    first = Buoyd(a, conf(150, group="notify \"/usr/local/bin/told own\"\n    notify_fault /usr/local/bin/told"))
    wait_both(first, "MASTER", 6)
    second = Buoyd(b, conf(100))
    wait_both(second, "BACKUP", 3)
    assert holds(a) == [True, True]
    a.lab.switch.set_link("a1", False)
    wait_both(first, "FAULT", 2)
    wait_both(second, "MASTER", 5)
    until(lambda: holds(a) == [False, False] and holds(b) == [True, True], 1)
    assert group(first) == {"name": "VG", "state": "FAULT", "members": ["VI_1", "VI_2"]}
    assert first.instance("VI_1")["reason"]["text"] == "follows VI_2 of its sync group"
    assert first.instance("VI_1")["group"] == "VG"
    a.lab.switch.set_link("a1", True)
    wait_both(first, "MASTER", 8)
    wait_both(second, "BACKUP", 2)
    until(lambda: holds(a) == [True, True] and holds(b) == [False, False], 1)
    assert group(second)["state"] == "BACKUP"
    first.stop()
    told = a.read("/run/told").splitlines()
    assert told == ["own GROUP VG BACKUP 0", "own GROUP VG MASTER 0", "", "own GROUP VG FAULT 0",
                    "own GROUP VG BACKUP 0", "own GROUP VG MASTER 0", "own GROUP VG STOP 0"]
    assert "VRRP_Group(VG) Syncing instances to MASTER state" in first.log


def test_a_weight_of_one_member_moves_both(hosts):
    a, b = hosts
    a.script("check", "test ! -e /run/sick")
    first = Buoyd(a, conf(100, before=script("/usr/local/bin/check", weight=-20),
                          inside="track_script {\n        check\n    }"))
    second = Buoyd(b, conf(90))
    wait_both(first, "MASTER", 8)
    wait_both(second, "BACKUP", 3)
    a.write("/run/sick", "")
    wait_both(second, "MASTER", 6)
    wait_both(first, "BACKUP", 2)
    until(lambda: holds(a) == [False, False] and holds(b) == [True, True], 1)
    a.path("/run/sick").unlink()
    wait_both(first, "MASTER", 8)
    until(lambda: holds(a) == [True, True] and holds(b) == [False, False], 2)


def test_a_member_that_is_led_by_another_node_holds_the_other_back(hosts):
    a, b = hosts
    lone = Buoyd(b, conf(200).partition("vrrp_instance VI_2")[2].join(["vrrp_instance VI_2", ""]))
    lone.wait("MASTER", within=6, name="VI_2")
    first = Buoyd(a, conf(100))
    first.wait_log("(VI_1) could be MASTER, waits for VI_2 of its sync group", within=8)
    time.sleep(2)
    assert holds(a) == [False, False]
    lone.stop()
    wait_both(first, "MASTER", 6)
