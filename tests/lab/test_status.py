"""`buoy status` says what is, since when and why."""

import pytest

from labkit import Buoyd, SECURE, until, vrrp
from labkit.conf import script
from labkit.build import build_dir

pytestmark = pytest.mark.buoyd


@pytest.fixture
def checked(lab):
    a = lab.hosts("a")
    a.script("check", "test ! -e /run/sick")
    daemon = Buoyd(a, vrrp(100, state="MASTER", defs=SECURE,
                           before=script("/usr/local/bin/check", weight=-20),
                           extra="    track_script {\n        check\n    }"))
    return a, daemon.wait("MASTER")


def test_it_tells_the_sum_the_priority_comes_from(checked):
    a, daemon = checked
    a.write("/run/sick", "")
    daemon.wait_log("from 100 to 80")
    priority = daemon.instance()["priority"]
    assert (priority["base"], priority["effective"], priority["total"]) == (100, 80, 80)
    term, = priority["terms"]
    assert (term["name"], term["verdict"], term["contribution"]) == ("check", "down", -20)
    check, = daemon.status()["checks"]
    assert check["verdict"] == "down" and check["last"]["outcome"] == "exit" and check["last"]["code"] == 1
    assert 0 <= check["last"]["age_us"] < 3_000_000 and check["reason"]


def test_it_tells_state_reason_and_master(checked, lab):
    _, daemon = checked
    me = daemon.instance()
    assert me["state"] == "MASTER" and me["reason"]["text"] and 0 <= me["since_us"] < 60_000_000
    assert me["master"]["self"] is True
    assert [(x["address"], x["present"]) for x in me["addresses"]] == [("10.0.0.100", True)]
    b = lab.hosts("b")
    other = Buoyd(b, vrrp(90)).wait("BACKUP")
    until(lambda: other.instance()["master"], 3, "a master heard")
    assert other.instance()["master"] == {"address": "10.0.0.1", "priority": 100, "self": False}


def test_people_read_the_same(checked):
    a, daemon = checked
    text = a.run(build_dir() / "buoy", "status").stdout
    for word in ("VI", "MASTER", "100", "10.0.0.100", "check"):
        assert word in text


def test_who_is_not_allowed_cannot_ask_and_a_daemon_that_is_not_there_is_said(checked):
    a, daemon = checked
    assert oct(a.path("/run/buoy/buoyd.sock").stat().st_mode & 0o777) == "0o660"
    assert daemon.stop() == 0
    done = a.run(build_dir() / "buoy", "status", check=False)
    assert done.returncode != 0 and "/run/buoy/buoyd.sock" in done.stderr
