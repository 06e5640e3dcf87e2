"""The worker may die or stop: the address stays, and what it can no longer say has failed."""

import contextlib
import os
import signal
import time

import pytest

from labkit import Buoyd, SECURE, until, vrrp
from labkit.conf import script

VIP = "10.0.0.100"

pytestmark = pytest.mark.buoyd


@pytest.fixture
def checked(lab):
    """(host, wire, daemon): MASTER with a check that costs 20 when it fails and counts its runs."""
    a, wire = lab.hosts("a"), lab.sniff()
    a.script("check", "echo run >> /run/runs")
    daemon = Buoyd(a, vrrp(100, state="MASTER", defs=SECURE,
                           extra="    track_script {\n        check\n    }",
                           before=script("/usr/local/bin/check", weight=-20, fall=2, rise=2, timeout=1)))
    daemon.wait("MASTER")
    until(lambda: runs(a) >= 2, 5, "two runs of the check")
    return a, wire, daemon


def runs(host):
    return host.read("/run/runs").count("run")


def worker(daemon):
    """Its pid as seen from outside: the status knows the host's own number of it."""
    inner = daemon.status()["daemon"]["worker"]["pid"]
    for pid in daemon.children():
        with contextlib.suppress(OSError), open(f"/proc/{pid}/status") as f:
            if f"NSpid:\t{pid}\t{inner}\n" in f.read():
                return pid
    return None


def test_a_killed_worker_is_started_again_and_the_address_stays(checked):
    a, wire, daemon = checked
    old = worker(daemon)
    os.kill(old, signal.SIGKILL)
    before = runs(a)
    until(lambda: worker(daemon) not in (None, old), 5, "a new worker")
    assert daemon.status()["daemon"]["worker"]["restarts"] == 1
    until(lambda: runs(a) >= before + 2, 5, "checks resumed")
    assert daemon.states() == ["BACKUP", "MASTER"] and a.holds(VIP)
    times = [f.t for f in wire.all("advert", a)]
    assert max(b - a for a, b in zip(times, times[1:])) < 1.2, "no advert was missed"


def test_while_the_worker_cannot_run_an_old_result_counts_as_failed(checked):
    a, wire, daemon = checked
    stopped = worker(daemon)
    os.kill(stopped, signal.SIGSTOP)
    begin = time.time()
    daemon.wait_log("Changing effective priority from 100 to 80", within=8)
    assert time.time() - begin > 0.5
    assert daemon.state() == "MASTER" and a.holds(VIP), "there is nobody better"
    os.kill(stopped, signal.SIGCONT)
    daemon.wait_log("Changing effective priority from 80 to 100", within=10)
    assert daemon.states() == ["BACKUP", "MASTER"]


def test_nothing_is_left_running_when_the_engine_is_killed(checked):
    a, _, daemon = checked
    a.script("check", "sleep 1000")
    until(lambda: any("sleep" in c for c in a.processes().values()), 5)
    os.kill(daemon.pid, signal.SIGKILL)
    daemon.process.wait()
    until(lambda: a.processes() == {}, 5, lambda: f"end of {a.processes()}")
