"""What somebody else takes away is put back, and the MASTER stays."""

import time

import pytest

from labkit import Buoyd, until, vrrp

pytestmark = pytest.mark.buoyd

VIP = "10.0.0.100"


@pytest.fixture
def master(lab):
    a = lab.hosts("a")
    return a, Buoyd(a, vrrp(100, state="MASTER", vips=[f"{VIP}/24", "10.0.0.101/24"])).wait("MASTER"), lab.sniff()


def test_an_address_somebody_removes_is_back_within_50_ms_and_announced(master):
    a, daemon, wire = master
    until(lambda: len(wire.all("advert", a)) >= 1, 3)
    left = time.time()
    a.ip(f"address del {VIP}/24 dev eth0")
    back = wire.first("garp", a, src=VIP, since=left).t
    assert back - left < 0.05 + 0.02, "20 ms of them are ip's own"
    assert a.holds(VIP)
    assert daemon.states() == ["BACKUP", "MASTER"]
    assert "somebody else has removed 10.0.0.100" in daemon.log
    assert daemon.instance()["statistics"]["lost"] == 1


def test_somebody_who_does_not_give_up_is_answered_once_a_second_and_logged_once(master):
    a, daemon, wire = master
    begin = time.time()
    for n in range(50):
        a.run("ip", "address", "del", f"{VIP}/24", "dev", "eth0", check=False)
        time.sleep(max(0.0, begin + (n + 1) * 0.1 - time.time()))
    until(lambda: a.holds(VIP), 1.2)
    assert daemon.states() == ["BACKUP", "MASTER"]
    assert daemon.log.count("somebody else has removed") == 1
    assert 4 <= daemon.instance()["statistics"]["lost"] <= 8
    assert len(wire.all("advert", a, priority=0)) == 0
    assert a.holds("10.0.0.101")


def test_a_flush_of_the_whole_interface_is_a_fault_until_there_is_a_source_again(master):
    a, daemon, _ = master
    a.ip("address flush dev eth0")
    daemon.wait("FAULT", within=2)
    until(lambda: a.addresses() == [], 2)
    a.ip(f"address add {a.address}/24 dev eth0")
    daemon.wait("MASTER", within=8)
    until(lambda: a.holds(VIP) and a.holds("10.0.0.101"), 1)


def test_our_own_removal_is_nobodys(lab):
    a, b = lab.hosts("a", "b")
    first = Buoyd(a, vrrp(100, state="MASTER")).wait("MASTER")
    second = Buoyd(b, vrrp(150)).wait("MASTER", within=8)
    first.wait("BACKUP", within=2)
    second.stop()
    first.wait("MASTER", within=5)
    until(lambda: a.holds(VIP), 1)
    assert "somebody else" not in first.log + second.log
