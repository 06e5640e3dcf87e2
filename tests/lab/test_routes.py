"""Routes and rules move with the addresses; static ones are always there."""

import json

import pytest

from labkit import Buoyd, until, vrrp

pytestmark = pytest.mark.buoyd

VIP = "10.0.0.100"
ROUTES = """
    virtual_routes {
        10.2.0.0/24 via 10.0.0.9 dev eth0
        src 10.0.0.100 to 10.3.0.0/24 via 10.0.0.9 dev eth0 metric 5
        10.4.0.0/24 via 10.0.0.8 or 10.0.0.9 dev eth0
        blackhole 10.5.0.0/24
        default via 10.0.0.9 dev eth0 table 100
        2001:db8:2::/64 dev eth0
    }
    virtual_rules {
        from 10.0.0.100 table 100 priority 200
        not to 10.0.0.0/8 fwmark 0x7/0xff iif eth0 lookup 100 priority 201
    }
"""
NETWORKS = {"10.2.0.0/24", "10.3.0.0/24", "10.4.0.0/24", "10.5.0.0/24", "2001:db8:2::/64"}


def routes(host, *more):
    """{destination: route} of what is marked as ours."""
    found = {}
    for family in ("-4", "-6"):
        out = host.run("ip", family, "-j", "-d", "route", "show", "proto", "18", *more, check=False).stdout
        try:
            found.update({r["dst"]: r for r in json.loads(out)})
        except json.JSONDecodeError:
            pass  # what ip says of a table that is not there
    return found


def rules(host):
    return {r["priority"]: r for r in json.loads(host.run("ip", "-j", "-d", "rule", "show").stdout)
            if r.get("protocol") in ("18", "keepalived", "vrrp")}


def has_all(host):
    return (set(routes(host)) == NETWORKS and set(routes(host, "table", "100")) == {"default"}
            and set(rules(host)) == {200, 201})


def has_none(host):
    return routes(host) == {} and routes(host, "table", "100") == {} and rules(host) == {}


@pytest.fixture
def master(lab):
    a = lab.hosts("a")
    a.enable_ipv6()
    return a, Buoyd(a, vrrp(100, state="MASTER", extra=ROUTES)).wait("MASTER")


def test_they_come_with_the_addresses_as_written_and_go_with_them(lab, master):
    a, daemon = master
    until(lambda: has_all(a), 2)
    found = routes(a)
    assert found["10.2.0.0/24"]["gateway"] == "10.0.0.9" and found["10.2.0.0/24"]["dev"] == "eth0"
    assert found["10.3.0.0/24"]["prefsrc"] == VIP and found["10.3.0.0/24"]["metric"] == 5
    assert [h["gateway"] for h in found["10.4.0.0/24"]["nexthops"]] == ["10.0.0.8", "10.0.0.9"]
    assert found["10.5.0.0/24"]["type"] == "blackhole"
    assert rules(a)[200]["src"] == VIP and rules(a)[200]["table"] == "100"
    assert rules(a)[201]["fwmark"] == "0x7" and rules(a)[201]["fwmask"] == "0xff" and rules(a)[201]["iif"] == "eth0"
    until(lambda: all(r["present"] for r in daemon.instance()["routes"]), 2)
    b = lab.hosts("b")
    other = Buoyd(b, vrrp(150)).wait("MASTER", within=8)
    daemon.wait("BACKUP", within=2)
    until(lambda: has_none(a), 1)
    other.stop()
    daemon.wait("MASTER", within=5)
    until(lambda: has_all(a), 1)
    daemon.stop()
    assert has_none(a) and not a.holds(VIP)


def test_what_somebody_removes_is_put_back_and_the_master_stays(master):
    a, daemon = master
    until(lambda: has_all(a), 2)
    a.ip("route del 10.2.0.0/24 via 10.0.0.9")
    until(lambda: has_all(a), 0.5)
    daemon.wait_log("somebody else has removed 10.2.0.0/24 via 10.0.0.9 dev eth0: puts it back")
    a.ip("rule del priority 200")
    until(lambda: has_all(a), 1.5)
    a.ip(f"address del {VIP}/24 dev eth0")  # takes the route with it as its source along, silently
    until(lambda: a.holds(VIP) and has_all(a), 1.5)
    assert daemon.states() == ["BACKUP", "MASTER"]


def test_what_is_somebody_elses_stays_theirs(lab):
    a = lab.hosts("a")
    a.enable_ipv6()
    a.ip("route add 10.2.0.0/24 via 10.0.0.7 dev eth0 proto static")
    daemon = Buoyd(a, vrrp(100, state="MASTER", extra=ROUTES)).wait("MASTER")
    until(lambda: has_all(a), 2)
    assert "via 10.0.0.9" in a.run("ip", "route", "get", "10.2.0.1").stdout
    daemon.stop()
    assert has_none(a)
    assert "via 10.0.0.7" in a.run("ip", "route", "get", "10.2.0.1").stdout


def test_what_a_dead_predecessor_left_is_removed(lab):
    a = lab.hosts("a")
    a.ip("route add 10.2.0.0/24 via 10.0.0.9 dev eth0 proto 18", "rule add from 10.0.0.100 table 100 priority 200 protocol 18")
    b = lab.hosts("b")
    Buoyd(b, vrrp(150)).wait("MASTER", within=6)
    Buoyd(a, vrrp(100, extra=ROUTES)).wait("BACKUP")
    until(lambda: has_none(a), 1)


def test_a_route_that_cannot_be_added_is_a_fault_that_names_its_line(lab):
    a, b = lab.hosts("a", "b")
    conf = vrrp(100, extra="    virtual_routes {\n        10.2.0.0/24 via 172.16.0.1\n    }")
    line = 1 + conf.splitlines().index("        10.2.0.0/24 via 172.16.0.1")
    Buoyd(b, vrrp(90)).wait("BACKUP")
    first = Buoyd(a, conf)
    first.wait("FAULT", within=6)
    first.wait_log(f"cannot add 10.2.0.0/24 via 172.16.0.1 (line {line}): no way to reach the gateway")
    until(lambda: b.holds(VIP) and not a.holds(VIP), 5)


def test_the_interface_of_a_route_is_tracked(lab):
    a = lab.hosts("a")
    a.ip("link add eth1 type veth peer name eth1p", "link set eth1p up", "link set eth1 up", "address add 10.7.0.1/24 dev eth1")
    daemon = Buoyd(a, vrrp(100, extra="    virtual_routes {\n        10.2.0.0/24 via 10.7.0.9 dev eth1\n    }"))
    daemon.wait("MASTER", within=6)
    a.set_link("eth1", False)
    daemon.wait("FAULT", within=2)
    a.set_link("eth1", True)
    daemon.wait("MASTER", within=8)
    until(lambda: set(routes(a)) == {"10.2.0.0/24"}, 1)


STATIC = """
static_ipaddress {
    10.9.0.1/24 dev eth0
}
static_routes {
    10.8.0.0/24 via 10.9.0.9 dev eth0
}
static_rules {
    from 10.9.0.0/24 table 9 priority 300
}
"""


def test_static_ones_are_there_from_the_start_to_the_end_and_come_back(lab):
    a = lab.hosts("a")
    daemon = Buoyd(a, vrrp(100, before=STATIC)).wait("BACKUP")

    def all_there():
        return a.holds("10.9.0.1") and set(routes(a)) == {"10.8.0.0/24"} and set(rules(a)) == {300}

    assert all_there()
    a.ip("address del 10.9.0.1/24 dev eth0", "rule del priority 300")
    until(all_there, 2.5)
    daemon.wait_log("static 10.9.0.1 was not there any more: put back")
    daemon.reload(vrrp(100, before=STATIC.partition("static_routes")[0]))
    until(lambda: a.holds("10.9.0.1") and routes(a) == {} and rules(a) == {}, 2)
    assert daemon.stop() == 0
    assert not a.holds("10.9.0.1")


def test_a_reload_does_not_touch_the_routes_of_an_instance_that_goes_on(master):
    a, daemon = master
    until(lambda: has_all(a), 2)
    mark = a.popen("ip", "monitor", "route", stdout=(log := open(a.log_file("monitor"), "w+")))
    daemon.reload()
    daemon.wait_log("configuration reloaded: 1 of 1 instances go on undisturbed")
    a.ip("route del 10.2.0.0/24 via 10.0.0.9")
    until(lambda: has_all(a), 1.5)
    mark.terminate()
    mark.wait()
    log.seek(0)
    assert [line for line in log.read().splitlines() if "Deleted" in line and "10.2.0.0" not in line] == []
