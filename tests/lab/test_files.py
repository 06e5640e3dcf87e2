"""Numbers in files move the priority."""

import time

import pytest

from labkit import Buoyd, until, vrrp

pytestmark = pytest.mark.buoyd

VIP = "10.0.0.100"
PATH = "/run/lab/number"


def conf(priority, *keys, track="number", path=PATH):
    lines = "\n    ".join(keys)
    return vrrp(priority, before=f"track_file number {{\n    file {path}\n    {lines}\n}}",
                extra=f"    track_file {{\n        {track}\n    }}")


def effective(daemon):
    return daemon.instance()["priority"]["effective"]


@pytest.fixture
def host(lab):
    return lab.hosts("a")


def test_a_number_is_added_times_its_weight_as_soon_as_it_is_written(host):
    daemon = Buoyd(host, conf(100, "weight 2")).wait("MASTER", within=6)
    assert effective(daemon) == 100, "a file that is not there counts as 0"
    took = []
    for number in (10, -20, 0, 200, -99):
        begin = time.time()
        host.path(PATH).write_text(f"{number}\n")  # in place, not renamed
        expected = max(1, min(254, 100 + 2 * number)) if 2 * number > -254 else None
        daemon.wait_log(f"track_file number now says {number}\n", within=1)
        took.append(time.time() - begin)
        until(lambda: effective(daemon) == expected, 1, f"{number}: {expected}")
    assert sorted(took)[2] < 0.3, "not by looking once a second"
    host.write(PATH, "7\n")  # renamed into place
    until(lambda: effective(daemon) == 114, 1)
    host.path(PATH).unlink()
    until(lambda: effective(daemon) == 100, 1)
    assert daemon.states() == ["BACKUP", "MASTER"]


def test_without_a_weight_any_number_but_0_is_a_fault(host):
    daemon = Buoyd(host, conf(100, "weight 0")).wait("MASTER", within=6)
    host.write(PATH, "1")
    daemon.wait("FAULT", within=1)
    assert daemon.instance()["reason"]["text"] == "check number failed"
    host.write(PATH, "0")
    daemon.wait("MASTER", within=6)


def test_what_comes_down_to_254_below_is_a_fault(host):
    daemon = Buoyd(host, conf(100)).wait("MASTER", within=6)
    host.write(PATH, "-254")
    daemon.wait("FAULT", within=1)
    host.write(PATH, "-253")
    daemon.wait("MASTER", within=6)
    assert effective(daemon) == 1


def test_a_file_without_a_number_counts_as_0_and_is_told(host):
    host.write(PATH, "ten")
    daemon = Buoyd(host, conf(100)).wait("MASTER", within=6)
    assert effective(daemon) == 100
    daemon.wait_log(f"cannot read a number from {PATH}: not understood; counts as 0")
    assert daemon.status()["files"][0]["error"] == "not understood"


def test_a_folder_that_comes_later_is_watched_then(host):
    daemon = Buoyd(host, conf(100, path="/run/later/number")).wait("MASTER", within=6)
    host.sh("mkdir /run/later; echo 5 > /run/later/number")
    until(lambda: effective(daemon) == 105, 2.5)
    time.sleep(1.1)
    begin = time.time()
    host.path("/run/later/number").write_text("6\n")
    daemon.wait_log("now says 6", within=1)
    assert time.time() - begin < 0.5
    host.sh("rm -r /run/later")
    until(lambda: effective(daemon) == 100, 2.5)


def test_init_file_writes_what_is_not_there_and_a_reload_does_not_write_over(host):
    daemon = Buoyd(host, conf(100, "init_file -3 overwrite")).wait("MASTER", within=6)
    assert host.read(PATH) == "-3\n" and effective(daemon) == 97
    host.write(PATH, "4\n")
    until(lambda: effective(daemon) == 104, 1)
    daemon.reload(conf(100, "init_file -3 overwrite", "weight 2"))
    until(lambda: effective(daemon) == 108, 2)
    assert host.read(PATH) == "4\n"
