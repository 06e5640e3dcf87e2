"""An instance may be told to keep quiet for a while after the start."""

import time

import pytest

from labkit import Buoyd, until, vrrp

pytestmark = pytest.mark.buoyd

VIP = "10.0.0.100"


def delayed(priority, *lines):
    return vrrp(priority, defs="script_user root\n    " + "\n    ".join(lines))


def test_nothing_happens_before_the_delay_is_over_and_then_all_as_usual(lab):
    a = lab.hosts("a")
    wire = lab.sniff()
    begin = time.time()
    daemon = Buoyd(a, delayed(255, "vrrp_startup_delay 2.5"))
    daemon.wait_log("Delaying startup for 2.5 seconds")
    time.sleep(1.5)
    assert daemon.states() == [] and daemon.instance()["state"] == "INIT"
    daemon.wait("MASTER", within=3)
    first = wire.first("advert", a)
    assert 2.4 < first.t - begin < 3.5
    assert a.holds(VIP)


def test_a_reload_does_not_shorten_it_and_a_stop_does_not_wait(lab):
    a = lab.hosts("a")
    begin = time.time()
    daemon = Buoyd(a, delayed(255, "vrrp_startup_delay 3"))
    daemon.wait_log("Delaying startup")
    daemon.reload(delayed(255))
    daemon.wait_log("configuration reloaded")
    daemon.wait("MASTER", within=4)
    assert time.time() - begin > 2.9
    daemon.stop()
    other = Buoyd(a, delayed(255, "vrrp_startup_delay 30"))
    other.wait_log("Delaying startup")
    assert other.stop(within=3) == 0


def test_after_boot_counts_from_the_start_of_the_host(lab):
    a = lab.hosts("a")
    uptime = float(a.run("cat", "/proc/uptime").stdout.split()[0])
    daemon = Buoyd(a, delayed(255, f"vrrp_delay_after_boot {min(4294, int(uptime) + 3)}"))
    if uptime > 4290:
        daemon.wait("MASTER", within=3)  # it has been up for longer than can be said
        assert "Delaying" not in daemon.log
        return
    daemon.wait_log("Delaying startup")
    assert daemon.states() == []
    until(lambda: daemon.state() == "MASTER", 5)
