"""buoyd and Debian's keepalived in one cluster, PASS authentication on."""

import re

import pytest

from labkit import Buoyd, Keepalived, until, vrrp

VIP = "10.0.0.100"
COMPLAINT = re.compile(r"invalid|mismatch|bogus|dropped|wrong|incorrect|ignoring|error", re.I)

pytestmark = pytest.mark.keepalived


def owners(*hosts):
    return [h.name for h in hosts if h.alive and h.holds(VIP)]


def only_one_spoke(wire, order):
    """Hosts advertised one after the other as in |order|, never two at a time."""
    spoke = [f.host for f in wire.all("advert") if f.priority > 0]
    turns = [host for i, host in enumerate(spoke) if i == 0 or spoke[i - 1] != host]
    assert turns == order, f"adverts of {turns}"


def nobody_complains(*daemons):
    for daemon in daemons:
        bad = [line for line in daemon.log.splitlines() if COMPLAINT.search(line)]
        assert bad == []
        assert daemon.packet_errors() == {}


@pytest.mark.parametrize("first, second", [(Keepalived, Buoyd), (Buoyd, Keepalived)],
                         ids=["buoyd-follows-keepalived", "keepalived-follows-buoyd"])
def test_each_takes_over_from_the_other(lab, first, second):
    a, b = lab.hosts("a", "b")
    wire = lab.sniff()
    master = first(a, vrrp(100, state="MASTER")).wait("MASTER")
    backup = second(b, vrrp(90)).wait("BACKUP")
    until(lambda: len(wire.all("advert", a)) >= 3, 4)
    assert owners(a, b) == ["a"]
    nobody_complains(master, backup)

    assert master.stop() == 0  # planned
    backup.wait("MASTER", within=2)
    until(lambda: owners(a, b) == ["b"], 1)

    master = first(a, vrrp(100)).wait("MASTER", within=6)  # comes back, preempts
    backup.wait("BACKUP", within=2)
    until(lambda: owners(a, b) == ["a"], 1)
    nobody_complains(master, backup)

    a.power_cut()  # not planned
    backup.wait("MASTER", within=5)
    until(lambda: owners(a, b) == ["b"], 1)
    nobody_complains(backup)
    only_one_spoke(wire, ["a", "b", "a", "b"])


@pytest.mark.parametrize("password", ["", "longer-than-eight"], ids=["none", "cut-to-eight"])
def test_they_agree_on_authentication(lab, password):
    a, b = lab.hosts("a", "b")
    wire = lab.sniff()
    ours = Buoyd(a, vrrp(100, state="MASTER", password=password)).wait("MASTER")
    theirs = Keepalived(b, vrrp(90, password=password))
    until(lambda: len(wire.all("advert", a)) >= 4, 5)
    assert theirs.state() == "BACKUP" and wire.all("advert", b) == []
    assert theirs.packet_errors() == {}
    assert ours.stop() == 0
    theirs.wait("MASTER", within=2)


def test_they_share_one_link_with_an_instance_each_way(lab):
    a, b = lab.hosts("a", "b")
    wire = lab.sniff()

    def conf(one, two):
        return (vrrp(one, name="V1", vrid=51) +
                vrrp(two, name="V2", vrid=52, vips=["10.0.0.101/24"]).partition("}\n")[2])

    ours, theirs = Buoyd(a, conf(100, 90)), Keepalived(b, conf(90, 100))
    until(lambda: ours.state("V1") == theirs.state("V2") == "MASTER", 6)
    until(lambda: len(wire.all("advert")) >= 8, 6)
    assert wire.holders(51, since=wire.frames[-1].t - 1.5) == ["a"]
    assert wire.holders(52, since=wire.frames[-1].t - 1.5) == ["b"]
    assert [a.holds("10.0.0.100"), a.holds("10.0.0.101")] == [True, False]
    assert [b.holds("10.0.0.100"), b.holds("10.0.0.101")] == [False, True]
    theirs.crash()
    ours.wait("MASTER", within=5, name="V2")
    assert a.holds("10.0.0.101") or until(lambda: a.holds("10.0.0.101"), 1)
    nobody_complains_in(ours)


def nobody_complains_in(daemon):
    assert [line for line in daemon.log.splitlines() if COMPLAINT.search(line)] == []
