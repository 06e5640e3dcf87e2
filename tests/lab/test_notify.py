"""Notify scripts are called with what keepalived gives them, in the order things happened."""

import pytest

from labkit import Buoyd, SECURE, until, vrrp

SCRIPTS = """
    notify_master /usr/local/bin/master
    notify_backup /usr/local/bin/backup
    notify_fault "/usr/local/bin/fault one 'two words'"
    notify_stop /usr/local/bin/stop
    notify /usr/local/bin/any
"""


def recorder(host, name, more=""):
    """A script that adds a line 'name:count:arguments' to /run/calls."""
    host.script(name, f"{more}\nline={name}:$#\nfor arg in \"$@\"; do line=\"$line:$arg\"; done\n"
                "echo \"$line\" >> /run/calls\n")


def calls(host):
    return host.read("/run/calls").splitlines()


@pytest.fixture
def scene(lab):
    a = lab.hosts("a")
    for name in ("master", "backup", "fault", "stop", "any"):
        recorder(a, name)
    return a, vrrp(100, state="MASTER", extra=SCRIPTS, defs=SECURE)


def of(host, *names):
    return [line for line in calls(host) if line.partition(":")[0] in names]


def test_every_change_of_state_is_told_with_keepalived_s_arguments(scene):
    a, conf = scene
    daemon = Buoyd(a, conf).wait("MASTER")
    until(lambda: len(calls(a)) >= 4, 3, "calls for BACKUP and MASTER")
    a.unplug()
    daemon.wait("FAULT", within=3)
    until(lambda: len(calls(a)) >= 6, 3, "calls for FAULT")
    a.plug()
    daemon.wait("MASTER", within=8)
    until(lambda: len(calls(a)) >= 10, 3)
    daemon.stop()
    until(lambda: len(calls(a)) >= 12, 3, lambda: f"calls for STOP: {calls(a)}")
    assert of(a, "any") == [f"any:4:INSTANCE:VI:{state}:100"
                            for state in ("BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "STOP")]
    assert of(a, "master", "backup", "fault", "stop") == [
        "backup:0", "master:0", "fault:2:one:two words", "backup:0", "master:0", "stop:0"]


@pytest.mark.buoyd
def test_calls_of_an_instance_do_not_overtake_each_other(scene):
    a, conf = scene
    recorder(a, "backup", "sleep 2")
    daemon = Buoyd(a, conf).wait("MASTER")
    until(lambda: len(calls(a)) >= 4, 6, lambda: str(calls(a)))
    assert calls(a) == ["backup:0", "any:4:INSTANCE:VI:BACKUP:100", "master:0", "any:4:INSTANCE:VI:MASTER:100"]
    assert daemon.state() == "MASTER"


@pytest.mark.buoyd
def test_the_environment_says_what_the_arguments_do_not(scene):
    a, conf = scene
    a.script("master", "env > /run/env.new; mv /run/env.new /run/env")
    Buoyd(a, conf).wait("MASTER")
    env = dict(line.split("=", 1) for line in
               until(lambda: a.read("/run/env"), 3, "environment").splitlines())
    ours = {k: v for k, v in env.items() if k.startswith("BUOY_")}
    assert ours["BUOY_INSTANCE"] == "VI" and ours["BUOY_STATE"] == "MASTER"
    assert ours["BUOY_INTERFACE"] == "eth0" and ours["BUOY_VRID"] == "51"
    assert "10.0.0.100" in ours["BUOY_VIPS"] and ours["BUOY_PRIORITY"] == "100"
    assert ours["BUOY_REASON"]
