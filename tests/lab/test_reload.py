"""SIGHUP takes over what has changed and leaves alone what has not."""

import time

import pytest

from labkit import Buoyd, until, vrrp

VIP = "10.0.0.100"


def two(first, second, vips=("10.0.0.101/24",)):
    return (vrrp(first, name="V1", vrid=51, state="MASTER") +
            vrrp(second, name="V2", vrid=52, vips=vips, state="MASTER").partition("}\n")[2])


@pytest.fixture
def scene(lab):
    a, wire = lab.hosts("a"), lab.sniff()
    daemon = Buoyd(a, two(100, 100))
    daemon.wait("MASTER", name="V1").wait("MASTER", name="V2")
    until(lambda: len(wire.all("advert", a, vrid=51)) >= 2, 3)
    return a, wire, daemon


def longest_silence(wire, **fields):
    times = [f.t for f in wire.all("advert", **fields)]
    return max(later - earlier for earlier, later in zip(times, times[1:]))


@pytest.mark.buoyd
def test_a_changed_priority_is_taken_over_and_the_unchanged_instance_misses_no_advert(scene):
    a, wire, daemon = scene
    mark = len(daemon.log)
    daemon.reload(two(100, 150))
    wire.first("advert", a, vrid=52, priority=150, within=5)
    until(lambda: len(wire.all("advert", a, vrid=51)) >= 6, 5)
    assert daemon.states("V1", after=mark) == []
    assert longest_silence(wire, vrid=51) < 1.2
    assert wire.all("advert", vrid=51, priority=0) == []
    assert a.holds(VIP) and a.holds("10.0.0.101")


def test_an_address_that_was_added_or_taken_away_is_so(scene):
    a, wire, daemon = scene
    daemon.reload(two(100, 100, vips=("10.0.0.102/24",)))
    until(lambda: a.holds("10.0.0.102") and not a.holds("10.0.0.101"), 6)
    wire.first("garp", a, src="10.0.0.102", within=2)
    assert a.holds(VIP)


def test_an_instance_that_was_removed_resigns(scene):
    a, wire, daemon = scene
    daemon.reload(vrrp(100, name="V1", vrid=51, state="MASTER"))
    wire.first("advert", a, vrid=52, priority=0, within=3)
    until(lambda: not a.holds("10.0.0.101"), 2)
    assert a.holds(VIP)


@pytest.mark.buoyd
def test_a_broken_file_changes_nothing_and_says_so(scene):
    a, wire, daemon = scene
    mark = len(daemon.log)
    daemon.reload(two(100, 150).replace("virtual_router_id 51", "virtual_routter_id 51"))
    daemon.wait_log("virtual_routter_id", within=3, after=mark)
    time.sleep(2.2)
    assert daemon.process.poll() is None
    assert daemon.states("V1", after=mark) == daemon.states("V2", after=mark) == []
    assert {f.priority for f in wire.all("advert", a)} == {100}
    assert longest_silence(wire, vrid=51) < 1.2 and longest_silence(wire, vrid=52) < 1.2
    assert a.holds(VIP) and a.holds("10.0.0.101")
