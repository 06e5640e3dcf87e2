"""A configuration that is not right: nothing is started, and every fault is told once and clearly."""

import os

import pytest

from labkit import Buoyd, SECURE, ours_is_keepalived, vrrp
from labkit.conf import script
from labkit.build import build_dir

GOOD = vrrp(100, password="")

# name: (text, what the one complaint names)
FAULTY = {
    "unknown-keyword": (GOOD.replace("priority 100", "prioritty 100"), ["prioritty", "priority"]),
    "no-vrid": (GOOD.replace("    virtual_router_id 51\n", ""), ["virtual_router_id"]),
    "vrid-out-of-range": (GOOD.replace("virtual_router_id 51", "virtual_router_id 256"), ["256", "1", "255"]),
    "no-such-interface": (GOOD.replace("interface eth0", "interface eth7"), ["eth7"]),
    "not-an-address": (GOOD.replace("10.0.0.100/24", "10.0.0.1000/24"), ["10.0.0.1000"]),
    "brace-not-closed": (GOOD.rstrip().removesuffix("}"), ["}"]),
    "unknown-script": (GOOD.replace("advert_int 1", "advert_int 1\n    track_script {\n        nope\n    }"),
                       ["nope"]),
    "vrid-twice": (GOOD + GOOD.replace("VI {", "V2 {").partition("}\n")[2], ["51"]),
    "not-built-yet": (GOOD.replace("advert_int 1", "advert_int 1\n    use_vmac"), ["use_vmac"]),
    "fraction-in-v2": (GOOD.replace("advert_int 1", "advert_int 0.5"), ["0.5"]),
}

# name: (text, keepalived's exit code of -t)
TESTED = {
    "good": (GOOD, 0),
    "password-too-long": (vrrp(100, password="SecureVRRPPassword123"), 5),
    "scripts-without-security": (vrrp(100, password="", before=script("/bin/true"),
                                      extra="    track_script {\n        check\n    }",
                                      defs="router_id X"), 6),
    "value-missing": (GOOD.replace("priority 100", "priority"), 2),
}


@pytest.fixture(scope="module")
def host(module_lab):
    return module_lab.hosts("a")


def check_config(host, text, program):
    host.write("/run/lab/test.conf", text)
    return host.run(program, "-t", "-f", "/run/lab/test.conf", check=False)


@pytest.mark.buoyd
@pytest.mark.parametrize("what", FAULTY)
def test_starts_nothing_on_a_fault_and_says_which(host, what):
    text, names = FAULTY[what]
    wire = host.lab.sniff()
    daemon = Buoyd(host, text)
    assert daemon.wait_exit(within=5) != 0
    complaints = [line for line in daemon.log.splitlines() if "[E" in line]
    assert len(complaints) == 1, daemon.log
    assert f"{daemon.conf}:" in complaints[0]
    for name in names:
        assert name in daemon.log
    assert host.processes() == {}
    assert not host.path(daemon.pid_file).exists()
    assert wire.all("advert") == []


@pytest.mark.buoyd
def test_tells_every_fault_in_one_go(host):
    text = (GOOD.replace("virtual_router_id 51", "virtual_router_id 256")
            .replace("advert_int 1", "advert_imt 1").replace("interface eth0", "interface eth7"))
    done = check_config(host, text, build_dir() / "buoyd")
    said = done.stdout + done.stderr
    assert said.count("[E") == 3, said
    assert all(name in said for name in ("256", "advert_imt", "eth7"))


@pytest.mark.parametrize("what", TESTED)
def test_the_exit_code_of_t_is_keepalived_s(host, what):
    text, code = TESTED[what]
    if not ours_is_keepalived():
        assert check_config(host, text, build_dir() / "buoyd").returncode == code
    if os.path.exists("/usr/sbin/keepalived"):
        assert check_config(host, text, "keepalived").returncode == code


@pytest.mark.buoyd
@pytest.mark.own_root
def test_a_definition_may_come_after_its_use(host):
    text = vrrp(100, password="", defs=SECURE,
                extra="    track_script {\n        check\n    }") + script("/bin/true")
    done = check_config(host, text, build_dir() / "buoyd")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.buoyd
def test_lvs_blocks_are_skipped_with_one_warning(host):
    lvs = "virtual_server 10.0.0.9 80 {\n    lb_algo rr\n    real_server 10.0.0.8 80 {\n        weight 1\n    }\n}\n"
    done = check_config(host, GOOD + lvs + lvs.replace("10.0.0.9", "10.0.0.7"), build_dir() / "buoyd")
    said = done.stdout + done.stderr
    assert said.count("warning:") == 1 and "virtual_server" in said and "error:" not in said, said


@pytest.mark.buoyd
def test_a_file_that_is_not_there_is_named(host):
    done = host.run(build_dir() / "buoyd", "-n", "-l", "-f", "/run/lab/absent.conf", check=False)
    assert done.returncode == 6
    assert "/run/lab/absent.conf" in done.stdout + done.stderr
