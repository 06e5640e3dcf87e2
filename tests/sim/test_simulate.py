#!/usr/bin/python3
"""`buoy simulate` on the configurations of the demonstration, which are the guide's: it must find by
itself what costs their users their data. TAP."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUOY = pathlib.Path(os.environ.get("BUILD_TEST", ROOT / "build-test")) / "buoy"
GUIDE = [str(ROOT / "demo/node1.conf"), str(ROOT / "demo/node2.conf")]
CALM = [str(ROOT / "tests/sim/calm1.conf"), str(ROOT / "tests/sim/calm2.conf")]

FILE_CONF = """
track_file f {
	file /nowhere
	weight 1
	init_file %d
}
vrrp_instance A {
	interface eth0
	virtual_router_id 51
	priority 100
	virtual_ipaddress {
		10.0.1.100
	}
	track_file {
		f
	}
}
"""


def simulate(files, *options, status=1):
    done = subprocess.run([BUOY, "simulate", *options, *files], capture_output=True, text=True)
    assert done.returncode == status, f"exit status {done.returncode}: {done.stderr}"
    return done.stdout


def cases(files, *options, status=1):
    listed = json.loads(simulate(files, "--json", *options, status=status))
    return {case["fault"]: case for case in listed}


def guide(promote="manual:60"):
    return cases(GUIDE, "--check", "check_mariadb=writable", "--promote", promote)


def a_dead_database_keeps_the_address_by_arithmetic():
    case = guide()["node1: service down"]
    assert case["verdict"] == "stuck"
    assert "80 > 70" in case["reason"] and "a replica is read-only" in case["reason"], case["reason"]


def after_the_promotion_preempt_delay_holds_it_300_s_more():
    case = guide()["node1: service down"]
    assert "80 < 90, but preempt_delay holds node2 back for 300 s" in case["reason"]
    assert 360 < case["service_outage_s"] < 370, case["service_outage_s"]


def a_power_cut_moves_the_address_to_a_read_only_replica():
    case = guide()["node1: power cut"]
    assert case["after"] == "node2"
    assert 3 < case["address_outage_s"] < 3.8
    assert "a read-only replica until somebody promotes it" in case["reason"]


def who_returns_takes_the_address_to_stale_data():
    assert guide()["node1: back after a power cut"]["verdict"] == "stale"


def filtered_adverts_split_the_cluster():
    case = guide()["VRRP filtered both ways between all hosts"]
    assert case["verdict"] == "split" and case["split_s"] > 100


def without_promotion_a_power_cut_is_the_end_of_writing():
    assert guide("never")["node1: power cut"]["verdict"] == "stuck"


def the_stale_primary_comes_back_by_arithmetic():
    for fault in ("back after a power cut", "VM paused for 90 s", "link eth0 back after 120 s",
                  "cut off for 120 s, its link stays up"):
        case = guide()[f"node1: {fault}"]
        assert case["verdict"] == "stale" and "100 > 90" in case["reason"], case


def a_split_names_who_does_not_hear_whom():
    assert guide()["node1: its VRRP is filtered on the way out"]["reason"].endswith(
        "node2 hears nothing of node1")


def who_holds_the_address_where_nobody_gets_at_it_is_no_split():
    case = guide()["node2: cut off, its link stays up"]
    assert case["verdict"] == "ok" and case["after"] == "node1", case


def a_dead_daemon_is_started_again_before_the_other_node_sees():
    assert guide()["node2: daemon killed, started again by systemd"]["service_outage_s"] == 0
    assert guide()["node1: daemon killed, started again by systemd"]["service_outage_s"] < 4


def the_corrected_pair_has_no_bad_verdict():
    listed = cases(CALM, "--check", "writable=writable", "--check", "net=gateway",
                   "--promote", "manual:60", status=0)
    assert len(listed) > 35
    assert {case["verdict"] for case in listed.values()} == {"ok", "slow"}
    assert max(case["service_outage_s"] for case in listed.values()) < 65
    down = listed["calm1: service down"]
    assert down["after"] == "calm2" and "because a replica is read-only" in down["reason"], down


def the_check_of_the_way_out_is_what_saves_the_pair_when_it_is_cut_off():
    listed = cases(CALM, "--check", "writable=writable", "--check", "net=always",
                   "--promote", "manual:60")
    bad = {fault for fault, case in listed.items() if case["verdict"] not in ("ok", "slow")}
    assert bad == {"calm1: cut off for 120 s, its link stays up"}, bad


def the_same_files_give_the_same_story_twice():
    options = ("--check", "check_mariadb=writable", "--promote", "auto:20", "--json")
    assert simulate(GUIDE, *options) == simulate(GUIDE, *options)


def a_case_is_explained_step_by_step():
    told = simulate(GUIDE, "--check", "check_mariadb=writable", "--explain", "1")
    assert "BACKUP -> MASTER: no advertisement for 3." in told


def the_picture_has_a_line_for_every_case():
    path = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"buoy-simulate-{os.getpid()}.svg"
    try:
        told = simulate(GUIDE, "--check", "check_mariadb=writable", "--svg", str(path))
        rows = len(re.findall(r"^ +\d+  ", told, re.M))
        assert rows > 20 and path.read_text().count("text-anchor='end'") == rows
    finally:
        path.unlink(missing_ok=True)


def pairs_are_tried_too():
    told = simulate(GUIDE, "--check", "check_mariadb=writable", "--promote", "auto:20", "--pairs")
    assert "30 s later" in told


def nodes_whose_files_have_one_name_are_told_apart():
    listed = cases([GUIDE[0], GUIDE[0]], "--check", "check_mariadb=writable", status=1)
    assert "node1-1: power cut" in listed and "node1-2: power cut" in listed


def a_tracked_file_says_what_it_says_at_the_start():
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, value in (("a", 0), ("b", 20)):
            files.append(os.path.join(folder, f"{name}.conf"))
            pathlib.Path(files[-1]).write_text(FILE_CONF % value)
        assert cases(files, status=1)["nothing breaks"]["before"] == "b"


def what_cannot_be_is_said():
    for options in (["--check", "nobody=alive"], ["--check", "x"], ["--promote", "soon"]):
        done = subprocess.run([BUOY, "simulate", *options, *GUIDE], capture_output=True, text=True)
        assert done.returncode == 2 and done.stderr.startswith("buoy simulate: "), options
    one = subprocess.run([BUOY, "simulate", GUIDE[0]], capture_output=True, text=True)
    assert one.returncode == 2


TESTS = [value for name, value in list(globals().items())
         if callable(value) and getattr(value, "__module__", "") == "__main__"
         and name not in ("simulate", "cases", "guide")]

print(f"1..{len(TESTS)}")
failed = 0
for number, test in enumerate(TESTS, 1):
    try:
        test()
        print(f"ok {number} - {test.__name__}")
    except Exception as fault:  # a broken test must not hide the others
        failed += 1
        print(f"not ok {number} - {test.__name__}\n# {type(fault).__name__}: {fault}")
sys.exit(bool(failed))
