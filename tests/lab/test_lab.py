"""The laboratory itself: what it promises to the tests."""

import os
import pathlib
import signal
import subprocess
import sys
import time

from labkit import Lab, until
from labkit.forge import announce
from labkit.lab import PREFIX, remove_leftovers

KILLED_RUN = """
import sys, time
sys.path.insert(0, {here!r})
from labkit import Lab
lab = Lab()
a, b = lab.hosts("a", "b")
child = a.popen("sleep", "1000")
print(a.pid, b.pid, lab.switch.pid, child.pid, lab.dir, flush=True)
{end}
"""


def _run(end):
    process = subprocess.Popen([sys.executable, "-c", KILLED_RUN.format(here=str(pathlib.Path(__file__).parent),
                                                                        end=end)],
                               stdout=subprocess.PIPE, text=True)
    *pids, folder = process.stdout.readline().split()
    return process, [int(p) for p in pids], pathlib.Path(folder)


def _gone(pids):
    until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), 5, "end of its processes")


def test_hosts_reach_each_other_and_nothing_else(lab):
    a, b = lab.hosts("a", "b")
    a.run("ping", "-c1", "-W2", b.address)
    assert a.sh("ip -j link").count("ifname") == 2, "lo and eth0, none of the machine's"
    assert a.run("ping", "-c1", "-W1", "192.0.2.1", check=False).returncode != 0


def test_what_a_host_writes_is_its_own(lab):
    a, b = lab.hosts("a", "b")
    a.sh("echo mine > /run/x; echo mine > /tmp/y")
    assert a.read("/run/x") == "mine\n" and b.read("/run/x") == ""
    assert not pathlib.Path("/run/x").exists() and not pathlib.Path("/tmp/y").exists()


def test_a_power_cut_ends_every_process_at_once_and_the_host_can_come_back(lab):
    a, b = lab.hosts("a", "b")
    a.popen("/bin/sh", "-c", "trap '' TERM; sleep 1000 & sleep 1000")
    until(lambda: len(a.processes()) == 3, 2)
    pids = list(a.processes())
    a.power_cut()
    _gone(pids)
    assert b.run("ping", "-c1", "-W1", a.address, check=False).returncode != 0
    lab.replace(a).run("ping", "-c1", "-W2", b.address)


def test_a_cable_can_be_taken_out_and_a_host_cut_off_unnoticed(lab):
    a, b = lab.hosts("a", "b")
    reach = ["ping", "-c1", "-W1", b.address]
    a.unplug()
    until(lambda: "NO-CARRIER" in a.sh("ip link show eth0"), 2)
    a.plug()
    until(lambda: a.run(*reach, check=False).returncode == 0, 5)
    a.isolate()
    assert a.run(*reach, check=False).returncode != 0
    assert "NO-CARRIER" not in a.sh("ip link show eth0")
    a.rejoin()
    until(lambda: a.run(*reach, check=False).returncode == 0, 5)


def test_the_sniffer_sees_each_frame_once_with_the_time_it_was_sent(lab):
    a, b = lab.hosts("a", "b")
    wire = lab.sniff()
    before = time.time()
    announce(a, a.address)
    after = time.time()
    wire.first("garp", src=a.address)
    time.sleep(0.1)
    frames = wire.all("garp", src=a.address)
    assert len(frames) == 1 and frames[0].host == "a"
    assert before < frames[0].t < after


def test_the_probe_finds_the_gap_that_was_made(lab):
    a, client = lab.hosts("a", "client")
    probe = client.probe(a.address)
    time.sleep(0.4)
    a.isolate()
    cut = time.time()
    time.sleep(0.4)
    back = time.time()
    a.rejoin()
    time.sleep(0.4)
    report = probe.stop()
    assert len(report.sent) > 900, "about one a millisecond"
    gaps = report.gaps(longer_than=0.3)
    assert len(gaps) == 1
    assert abs(gaps[0][0] - cut) < 0.1 and -0.1 < gaps[0][1] - back < 0.2


def test_a_run_that_is_killed_leaves_no_process_and_the_next_removes_its_files(laboratory):
    process, pids, folder = _run("time.sleep(100)")
    assert folder.exists() and folder.name.startswith(PREFIX)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    _gone(pids)
    Lab().close()
    assert not folder.exists()


def test_a_run_that_fails_cleans_up_behind_itself(laboratory):
    process, pids, folder = _run("lab.__enter__()\nwith lab: raise SystemExit(3)")
    assert process.wait(timeout=10) == 3
    process.stdout.close()
    _gone(pids)
    assert not folder.exists()


def test_a_run_that_lives_keeps_its_files_whoever_cleans_up(lab):
    remove_leftovers()
    assert lab.dir.exists()


def test_a_sanitizer_report_in_any_log_is_found(lab):
    a = lab.hosts("a")
    a.log_file("quiet").write_text("(VI) Entering MASTER STATE\n")
    assert lab.sanitizer_reports() == []
    loud = a.log_file("loud")
    loud.write_text("==7==ERROR: AddressSanitizer: heap-use-after-free\nsrc/x.c:1:2: runtime error: shift\n")
    assert len(lab.sanitizer_reports()) == 2
    loud.unlink()
