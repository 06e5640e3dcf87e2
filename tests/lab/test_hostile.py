"""Packets that are not to be acted on: dropped, counted under their name, and nothing else happens."""

import time

import pytest

from labkit import Buoyd, ours_is_keepalived, until, vrrp
from labkit.forge import advert, send

VIP = "10.0.0.100"
ATTACKER = "10.0.0.2"

# name in wire/drop.h, packet. Each would end our MASTER's time were it believed: priority 200.
BAD = {
    "truncated": ("length", advert(ATTACKER, cut=5)),
    "truncated-in-the-header": ("length", advert(ATTACKER, cut=15)),
    "longer-than-it-says": ("length", advert(ATTACKER, pad=4)),
    "wrong-checksum": ("checksum", advert(ATTACKER, chksum=0x1234)),
    "ttl-254": ("ttl", advert(ATTACKER, ttl=254)),
    "wrong-vrid": ("vrid", advert(ATTACKER, vrid=77)),
    "wrong-password": ("auth-failure", advert(ATTACKER, password="guess")),
    "no-password": ("auth-type-mismatch", advert(ATTACKER, password="")),
    "unknown-authentication": ("auth-type-unknown", advert(ATTACKER, authtype=9)),
    "own-source": ("own-source", advert("10.0.0.1")),
    "source-0.0.0.0": ("bad-source", advert("0.0.0.0")),
    "wrong-type": ("type", advert(ATTACKER, type=2)),
    "wrong-version": ("version", advert(ATTACKER, version=4)),
    "other-interval": ("interval-mismatch", advert(ATTACKER, interval=2)),
    "other-addresses": ("addrlist-mismatch", advert(ATTACKER, vips=["10.0.0.99"])),
}
# These keepalived 2.2.7 takes for good, see the table of differences in the manual.
KEEPALIVED_BELIEVES = {"source-0.0.0.0", "own-source"}


@pytest.fixture(scope="module")
def scene(module_lab):
    a, x = module_lab.hosts("a", "x")
    a.sh("echo 1 > /proc/sys/net/ipv4/conf/eth0/accept_local")  # else the kernel drops our own source itself
    wire = module_lab.sniff()
    daemon = Buoyd(a, vrrp(100, state="MASTER")).wait("MASTER")
    return a, x, wire, daemon


def dropped(daemon):
    """{name: count} over the instance and, for what belongs to no instance, the node."""
    total = {}
    for counters in (daemon.status().get("dropped", {}), daemon.instance()["dropped"]):
        for name, n in counters.items():
            total[name] = total.get(name, 0) + n
    return total


@pytest.mark.parametrize("what", BAD)
def test_is_dropped_and_counted_and_changes_nothing(scene, what):
    a, x, wire, daemon = scene
    if ours_is_keepalived() and what in KEEPALIVED_BELIEVES:
        pytest.skip("keepalived believes it")
    name, packet = BAD[what]
    before = {} if ours_is_keepalived() else dropped(daemon)
    send(x, packet)
    if ours_is_keepalived():
        time.sleep(0.2)
    else:
        until(lambda: dropped(daemon).get(name, 0) > before.get(name, 0), 2, f"count of {name}")
        after = dropped(daemon)
        assert {k: v - before.get(k, 0) for k, v in after.items() if v != before.get(k, 0)} == {name: 1}
    assert daemon.states() == ["BACKUP", "MASTER"] and a.holds(VIP)


def test_a_backup_is_not_held_back_by_a_flood_of_them(lab):
    b, x = lab.hosts("b", "x")
    wire = lab.sniff()
    backup = Buoyd(b, vrrp(90)).wait("BACKUP")
    begin, bad = time.time(), [p for key, (_, p) in BAD.items()
                               if not (ours_is_keepalived() and key in KEEPALIVED_BELIEVES)]
    while backup.state() != "MASTER" and time.time() < begin + 6:
        for packet in bad:
            send(x, packet)
    assert backup.state() == "MASTER"
    assert wire.first("advert", b).t - begin < 3.9


def test_the_very_same_packet_without_a_fault_is_believed(lab):
    """The other side of this file: what the forger makes is good unless told otherwise."""
    a, x = lab.hosts("a", "x")
    daemon = Buoyd(a, vrrp(100, state="MASTER")).wait("MASTER")
    send(x, advert(ATTACKER))
    daemon.wait("BACKUP", within=2)
    until(lambda: not a.holds(VIP), 1)
