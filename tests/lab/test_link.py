"""Links and addresses: a dead link is a FAULT, and addresses are as they were written."""

import signal
import time

import pytest

from labkit import Buoyd, until, vrrp

VIP = "10.0.0.100"


def test_a_dead_link_is_a_fault_and_a_live_one_its_end(lab):
    a, b = lab.hosts("a", "b")
    first, second = Buoyd(a, vrrp(100, state="MASTER")), Buoyd(b, vrrp(90))
    first.wait("MASTER")
    a.unplug()
    first.wait("FAULT", within=2)
    until(lambda: not a.holds(VIP), 1)
    second.wait("MASTER", within=5)
    a.plug()
    first.wait("MASTER", within=8)
    second.wait("BACKUP", within=1)
    until(lambda: a.holds(VIP) and not b.holds(VIP), 1)
    assert first.states() == ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER"]


def test_a_link_taken_down_by_hand_is_a_fault_too(lab):
    a = lab.hosts("a")
    daemon = Buoyd(a, vrrp(100, state="MASTER")).wait("MASTER")
    a.set_link("eth0", False)
    daemon.wait("FAULT", within=2)
    a.set_link("eth0", True)
    daemon.wait("MASTER", within=8)


def test_label_scope_broadcast_and_prefix_are_as_configured(lab):
    a = lab.hosts("a")
    vips = ["10.0.0.100/24 dev eth0 label eth0:vip", "10.0.0.101/32 scope link", "10.0.0.102",
            "10.9.0.1/16 brd 10.9.255.255", "10.8.0.1/24 dev eth1"]
    a.ip("link add eth1 type veth peer name eth1p", "link set eth1 up", "link set eth1p up")
    Buoyd(a, vrrp(100, state="MASTER", vips=vips)).wait("MASTER")
    until(lambda: a.holds("10.8.0.1", "eth1"), 2)
    found = {x["local"]: x for x in a.addresses()}
    assert found["10.0.0.100"]["prefixlen"] == 24 and found["10.0.0.100"]["label"] == "eth0:vip"
    assert found["10.0.0.100"]["scope"] == "global"
    assert found["10.0.0.101"]["prefixlen"] == 32 and found["10.0.0.101"]["scope"] == "link"
    assert found["10.0.0.102"]["prefixlen"] == 32 and found["10.0.0.102"]["label"] == "eth0"
    assert found["10.9.0.1"]["prefixlen"] == 16 and found["10.9.0.1"]["broadcast"] == "10.9.255.255"


def test_addresses_of_a_former_life_are_removed_before_it_is_backup(lab):
    a, b = lab.hosts("a", "b")
    Buoyd(a, vrrp(100, state="MASTER")).wait("MASTER")
    b.ip(f"address add {VIP}/24 dev eth0")
    Buoyd(b, vrrp(90)).wait("BACKUP")
    until(lambda: not b.holds(VIP), 2)


@pytest.mark.buoyd
def test_a_node_that_was_frozen_lets_go_first(lab):
    a, b = lab.hosts("a", "b")
    wire = lab.sniff()
    first, second = Buoyd(a, vrrp(100, state="MASTER")), Buoyd(b, vrrp(90))
    first.wait("MASTER")
    until(lambda: len(wire.all("advert", a)) >= 2, 3)
    a.freeze()
    second.wait("MASTER", within=5)
    time.sleep(0.5)
    a.thaw()
    woke = time.time()
    until(lambda: not a.holds(VIP), 1)
    first.wait("MASTER", within=6)
    quiet = until(lambda: wire.all("advert", a, since=woke), 2, "its first advert")[0].t - woke
    assert quiet > 0.5, "it listened before it spoke again"
    second.wait("BACKUP", within=1)


def test_the_stop_signals_end_it_in_order(lab):
    a = lab.hosts("a")
    wire = lab.sniff()
    for sig in (signal.SIGTERM, signal.SIGINT):
        daemon = Buoyd(a, vrrp(100, state="MASTER")).wait("MASTER")
        begin = time.time()
        daemon.signal(sig)
        assert daemon.wait_exit() == 0
        wire.first("advert", a, priority=0, since=begin)
        assert not a.holds(VIP) and a.processes() == {}
        assert not a.path(daemon.pid_file).exists()
