"""A MASTER that dies or leaves is followed by its BACKUP, in time and in the order of RFC 3768 6.4.2."""

import pytest

from labkit import Buoyd, until, vrrp

VIP = "10.0.0.100"
SKEW = (256 - 90) / 256  # of the backup, seconds
LATE = 0.1               # what a sanitizer build on a busy machine may add


@pytest.fixture
def pair(lab):
    """(wire, master's host, backup's host, master, backup): 100 and 90, the first is MASTER."""
    a, b = lab.hosts("a", "b")
    wire = lab.sniff()
    master, backup = Buoyd(a, vrrp(100, state="MASTER")), Buoyd(b, vrrp(90))
    master.wait("MASTER")
    backup.wait("BACKUP")
    wire.first("advert", a, within=2)
    return wire, a, b, master, backup


def test_backup_takes_the_address_when_the_master_dies(pair):
    wire, a, b, _, backup = pair
    a.power_cut()
    backup.wait("MASTER", within=5)
    until(lambda: b.holds(VIP), 1, "the address on b")
    advert, garp = wire.first("advert", b), wire.first("garp", b, within=1)
    due = wire.last("advert", a).t + 3 + SKEW
    assert 0 <= advert.t - due < LATE
    assert advert.t < garp.t < advert.t + LATE


def test_a_client_waits_no_longer_than_the_protocol_does(lab, pair):
    wire, a, b, _, backup = pair
    probe = lab.hosts("client").probe(VIP)
    until(lambda: len(wire.all("advert", a)) >= 2, 3)
    cut = a.power_cut()
    backup.wait("MASTER", within=5)
    served = wire.first("garp", b, within=1).t
    until(lambda: len(wire.all("advert", b)) >= 2, 3)
    report = probe.stop()
    assert report.lost(until=cut - 0.05) == 0
    gaps = report.gaps(longer_than=0.2)
    assert len(gaps) == 1, [(a - cut, b - cut) for a, b in gaps]
    (gone, back), = gaps
    assert gone <= cut + 0.05
    assert served - 0.01 < back < served + LATE
    assert report.lost(since=back + 0.05, until=report.sent[-1] - 0.1) == 0


def test_announces_each_address_five_times_and_again_after_the_delay(lab):
    a, = [lab.hosts("a")]
    wire = lab.sniff()
    vips = ("10.0.0.100/24", "10.0.0.101/24")
    Buoyd(a, vrrp(100, state="MASTER", vips=vips, extra="    garp_master_delay 1")).wait("MASTER")
    first = wire.first("garp", a, within=1).t
    until(lambda: len(wire.all("garp", a)) >= 20, 3, "two bursts for two addresses")
    for vip in vips:
        times = [f.t - first for f in wire.all("garp", a, src=vip.partition("/")[0])]
        assert len(times) == 10
        assert times[4] < 0.1
        assert 0.9 < times[5] and times[9] < 1.0 + 2 * LATE
    assert {f.mac for f in wire.all("garp", a)} == {a.mac()}


def test_a_terminated_master_resigns_and_is_followed_after_the_skew(pair):
    wire, a, b, master, backup = pair
    assert master.stop() == 0
    resignation = wire.first("advert", a, priority=0, within=1)
    assert not a.holds(VIP)
    backup.wait("MASTER", within=2)
    taken = wire.first("advert", b, within=1).t - resignation.t
    assert SKEW <= taken < SKEW + LATE
    assert wire.all("advert", a)[-1] is resignation, "nothing is sent after priority 0"


def test_a_terminated_backup_says_nothing(pair):
    wire, a, b, master, backup = pair
    assert backup.stop() == 0
    assert wire.all("advert", b) == []
    assert master.state() == "MASTER" and a.holds(VIP)


def test_the_higher_address_wins_between_equals(lab):
    a, b = lab.hosts("a", "b")
    a.drop_vrrp("in")
    b.drop_vrrp("in")
    low, high = Buoyd(a, vrrp(100, state="MASTER")), Buoyd(b, vrrp(100, state="MASTER"))
    low.wait("MASTER")
    high.wait("MASTER")
    a.drop_vrrp(None)
    b.drop_vrrp(None)
    low.wait("BACKUP", within=3)
    until(lambda: not a.holds(VIP), 1)
    assert high.state() == "MASTER" and b.holds(VIP)


def test_two_masters_of_a_partition_become_one_when_it_heals(pair):
    wire, a, b, master, backup = pair
    b.drop_vrrp("in")
    backup.wait("MASTER", within=5)
    assert a.holds(VIP) and b.holds(VIP), "nobody can know: this is what the filter has done"
    b.drop_vrrp(None)
    backup.wait("BACKUP", within=2)
    until(lambda: not b.holds(VIP), 1)
    assert master.states() == ["BACKUP", "MASTER"] and a.holds(VIP)
