"""Tracked scripts move the priority, and a check that cannot say yes has failed."""

import time

import pytest

from labkit import Buoyd, SECURE, until, vrrp
from labkit.conf import script

VIP = "10.0.0.100"
TRACK = "    track_script {\n        check\n    }"


def checked(host, priority, *, path="/usr/local/bin/check", state="BACKUP", weight=0, fall=2, rise=2, **keys):
    """An instance that tracks a script failing while /run/sick is there."""
    host.script("check", "test ! -e /run/sick")
    return vrrp(priority, state=state, defs=SECURE, extra=TRACK,
                before=script(path, weight=weight, fall=fall, rise=rise, **keys))


def sick(host):
    host.write("/run/sick", "")
    return time.time()


def well(host):
    host.path("/run/sick").unlink()


@pytest.fixture
def hosts(lab):
    return (*lab.hosts("a", "b"), lab.sniff())


def test_a_negative_weight_lowers_the_priority_and_moves_the_address_and_back(hosts):
    a, b, wire = hosts
    first = Buoyd(a, checked(a, 100, weight=-20, state="MASTER")).wait("MASTER")
    second = Buoyd(b, vrrp(90)).wait("BACKUP")
    fell = sick(a)
    first.wait_log("Changing effective priority from 100 to 80", within=4)
    second.wait("MASTER", within=5)
    first.wait("BACKUP", within=1)
    assert wire.first("advert", b).t - fell > 1, "one failure of two is not a failure"
    until(lambda: b.holds(VIP) and not a.holds(VIP), 1)
    well(a)
    first.wait_log("Changing effective priority from 80 to 100", within=4)
    first.wait("MASTER", within=5)
    second.wait("BACKUP", within=1)


def test_a_positive_weight_counts_while_the_check_is_well(hosts):
    a, _, wire = hosts
    daemon = Buoyd(a, checked(a, 100, weight=30, state="MASTER")).wait("MASTER")
    daemon.wait_log("Changing effective priority from 100 to 130", within=3)
    wire.first("advert", a, priority=130, within=2)
    sick(a)
    daemon.wait_log("Changing effective priority from 130 to 100", within=5)
    assert daemon.state() == "MASTER"


def test_without_a_weight_a_failure_is_a_fault_and_the_address_goes(hosts):
    a, b, wire = hosts
    first = Buoyd(a, checked(a, 100, state="MASTER")).wait("MASTER", within=6)
    second = Buoyd(b, vrrp(90)).wait("BACKUP")
    sick(a)
    first.wait("FAULT", within=5)
    wire.first("advert", a, priority=0, within=1)
    second.wait("MASTER", within=2)
    until(lambda: not a.holds(VIP), 1)
    well(a)
    first.wait("MASTER", within=8)
    second.wait("BACKUP", within=1)


def test_an_instance_whose_check_fails_from_the_start_never_takes_the_address(hosts):
    a, _, wire = hosts
    sick(a)
    daemon = Buoyd(a, checked(a, 100, state="MASTER"))
    time.sleep(4.5)
    assert "MASTER" not in daemon.states() and not a.holds(VIP)
    assert wire.all("advert", a) == []


@pytest.mark.buoyd
@pytest.mark.parametrize("body, why", [
    ("trap '' TERM\nwhile :; do sleep 1; done", "it ignores TERM and runs on"),
    ("trap 'exit 0' TERM\nwhile :; do sleep 1; done", "it says 0 when it is told to end"),
    ("kill -9 $$", "it was killed"),
    ("exit 1", "it said no"),
], ids=["hangs", "hangs-and-then-says-yes", "killed", "says-no"])
def test_a_check_that_does_not_say_yes_in_time_has_failed(hosts, body, why):
    a, _, _ = hosts
    daemon = Buoyd(a, checked(a, 100, state="MASTER", timeout=1)).wait("MASTER", within=6)
    a.script("check", body)
    begin = time.time()
    daemon.wait("FAULT", within=6)
    assert time.time() - begin < 5, "two runs of one second each and their intervals"
    check = next(c for c in daemon.status()["checks"] if c["name"] == "check")
    assert check["verdict"] == "down", why


@pytest.mark.buoyd
def test_a_check_that_vanishes_has_failed(hosts):
    a, _, _ = hosts
    daemon = Buoyd(a, checked(a, 100, state="MASTER")).wait("MASTER", within=6)
    a.path("/usr/local/bin/check").unlink()
    daemon.wait("FAULT", within=5)


@pytest.mark.buoyd
def test_runs_of_a_check_never_overlap(hosts):
    a, _, _ = hosts
    daemon = Buoyd(a, checked(a, 100, timeout=1, fall=3))
    a.script("check", """
        trap '' TERM
        echo begin >> /run/runs
        sleep 1.7
        echo end >> /run/runs
    """)
    until(lambda: a.read("/run/runs").count("begin") >= 3, 12, "three runs")
    runs = a.read("/run/runs").split()
    assert runs == (["begin", "end"] * len(runs))[:len(runs)]
    assert daemon.state() == "FAULT"


@pytest.mark.buoyd
def test_a_check_that_is_not_there_stops_the_start(hosts):
    a, _, _ = hosts
    daemon = Buoyd(a, checked(a, 100, path="/usr/local/bin/absent"))
    assert daemon.wait_exit() != 0 and "/usr/local/bin/absent" in daemon.log


@pytest.mark.buoyd
@pytest.mark.own_root
def test_a_check_that_others_can_write_stops_the_start(hosts):
    a, _, _ = hosts
    a.script("check", "exit 0")
    a.path("/usr/local/bin/check").chmod(0o777)
    daemon = Buoyd(a, vrrp(100, defs=SECURE, extra=TRACK, before=script("/usr/local/bin/check")))
    assert daemon.wait_exit() != 0 and "/usr/local/bin/check" in daemon.log


@pytest.mark.own_root
def test_scripts_run_as_the_user_they_are_told_to(hosts):
    a, _, _ = hosts
    a.sh("mkdir -m 1777 /run/out")
    a.script("check", "id -un > /run/out/user.new; mv /run/out/user.new /run/out/user")
    Buoyd(a, vrrp(100, defs=SECURE, extra=TRACK, before=script("/usr/local/bin/check", user="nobody")))
    until(lambda: a.read("/run/out/user") == "nobody\n", 5)
