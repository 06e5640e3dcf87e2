"""The matrix of peers and modes: each is followed by buoyd and follows it, on one link, all at once.

One scene a peer: buoyd is MASTER of everything, stops, comes back as BACKUP, the peer dies, buoyd
takes over, the peer comes back and preempts. What is noted on the way is judged mode by mode.
`make interop` prints it as a table."""

import dataclasses
import re
import signal
import time

import pytest

from labkit import Buoyd, Keepalived, Lab, Timeout, until
from labkit.frr import Frr, why_not as why_no_frr

pytestmark = [pytest.mark.keepalived, pytest.mark.buoyd]


@dataclasses.dataclass
class Mode:
    name: str
    vrid: int
    vips: tuple
    interval: float = 1
    version: int = 2
    auth: str = ""
    unicast: int = 0  # family

    @property
    def family(self):
        return 6 if ":" in self.vips[0] else 4

    def conf(self, priority, own, peer):
        """A vrrp_instance as both programs read it; |own|, |peer|: addresses by family."""
        lines = [f"vrrp_instance {self.name} {{", "interface eth0", f"virtual_router_id {self.vrid}",
                 f"priority {priority}", f"advert_int {self.interval}", f"version {self.version}"]
        if self.auth:
            lines += ["authentication {", f"auth_type {self.auth}", "auth_pass SecureVR", "}"]
        if self.unicast:
            ttl = " min_ttl 64" if self.unicast == 6 else ""  # keepalived sends 64 there
            lines += [f"unicast_src_ip {own[self.unicast]}", "unicast_peer {", peer[self.unicast] + ttl, "}"]
        return "\n".join([*lines, "virtual_ipaddress {", *self.vips, "}", "}", ""])


KEEPALIVED = [
    Mode("v2-none", 11, ("10.0.0.111/24",)),
    Mode("v2-pass", 12, ("10.0.0.112/24", "10.0.0.122/24"), auth="PASS"),
    Mode("v2-ah", 13, ("10.0.0.113/24",), auth="AH"),
    Mode("v3-ipv4", 14, ("10.0.0.114/24",), version=3),
    Mode("v3-ipv6", 14, ("fe80::114/64", "2001:db8::114/64"), version=3),
    Mode("v2-unicast", 15, ("10.0.0.115/24",), unicast=4),
    Mode("v3-unicast", 16, ("10.0.0.116/24",), version=3, unicast=4),
    Mode("v3-unicast-ipv6", 17, ("fe80::117/64",), version=3, unicast=6),
    Mode("v2-ah-unicast", 18, ("10.0.0.118/24",), auth="AH", unicast=4),
    Mode("v3-100ms", 19, ("10.0.0.119/24",), version=3, interval=0.1),
    Mode("v3-10ms", 20, ("10.0.0.120/24",), version=3, interval=0.01),
    Mode("v3-10ms-ipv6", 20, ("fe80::120/64",), version=3, interval=0.01),
]

FRR = [
    Mode("v2", 31, ("10.0.0.131/24",)),
    Mode("v3-ipv4", 32, ("10.0.0.132/24",), version=3),
    Mode("v3-ipv6", 33, ("fe80::133/64",), version=3),
]

DEFS = "global_defs {\nscript_user root\n}\n"
ROLES = ["master", "backup"]
BAD = re.compile(r"invalid|mismatch|bogus|dropped|wrong|incorrect|ignoring|error|discard", re.I)
WELL = re.compile(r"lower priority")  # which keepalived says it discards


class KeepalivedPeer:
    modes = KEEPALIVED

    def __init__(self, scene):
        self.daemon = Keepalived(scene.b, scene.conf(KEEPALIVED, 100, "b", "a"))

    def start(self):
        self.daemon.log_path = self.daemon.host.log_file("keepalived")
        self.daemon.start()

    def die(self):
        self.daemon.crash()

    def states(self):
        return {m.name: self.daemon.state(m.name) for m in self.modes}

    def errors(self):
        """{mode: what keepalived held against packets or complained about}."""
        found, name, section = {}, "", ""
        self.daemon.stats()
        for line in self.daemon.host.read("/tmp/keepalived.stats").splitlines():
            label, _, value = (part.strip() for part in line.partition(":"))
            if label == "VRRP Instance":
                name = value
            elif not value:
                section = label
            elif value.isdigit() and int(value) and section in ("Packet Errors", "Authentication Errors"):
                found.setdefault(name, []).append(f"{section}: {label} {value}")
        for line in self.daemon.log.splitlines():
            said = re.search(r"\((\S+)\) (.*)", line)
            if said and BAD.search(said[2]) and not WELL.search(said[2]):
                found.setdefault(said[1], []).append(line)
        return found


class FrrPeer:
    modes = FRR

    def __init__(self, scene):
        self.frr = Frr(scene.b, [(m.name, m.vrid, m.version, m.vips[0], int(m.interval * 1000)) for m in FRR])

    def start(self):
        self.frr.start()

    def die(self):
        self.frr.stop(signal.SIGKILL)

    def states(self):
        return self.frr.states()

    def errors(self):
        """FRR counts no errors; it says what it discards, with the VRID."""
        found = {}
        for line in self.frr.log.splitlines():
            vrid = re.search(r"VRID (\d+)", line)
            if vrid and BAD.search(line) and not WELL.search(line):
                name = next((m.name for m in FRR if m.vrid == int(vrid[1])), "?")
                found.setdefault(name, []).append(line)
        return found


class Scene:
    def __init__(self, peer):
        self.faults = {(m.name, role): [] for m in peer.modes for role in ROLES}
        self.modes = peer.modes
        self.lab = Lab()
        self.a, self.b = self.lab.hosts("a", "b")
        self.addresses = {h.name: {6: h.enable_ipv6(), 4: h.address} for h in (self.a, self.b)}
        self.wire = self.lab.sniff()
        self.play(peer)

    def conf(self, modes, priority, own, peer):
        return DEFS + "".join(m.conf(priority, self.addresses[own], self.addresses[peer]) for m in modes)

    def start(self, priority):
        self.buoyd = Buoyd(self.a, self.conf(self.modes, priority, "a", "b"))
        self.buoyd.wait_log("Entering BACKUP")

    def note(self, role, name, fault):
        if (name, role) in self.faults:
            self.faults[name, role].append(fault)

    def expect(self, role, states, wanted, within, what):
        """Every mode's state becomes |wanted|; those that do not are noted."""
        try:
            until(lambda: all(s == wanted for s in states().values()), within)
        except Timeout:
            for name, state in states().items():
                if state != wanted:
                    self.note(role, name, f"{what}: {state}, not {wanted}")

    def ours(self):
        return {i["name"]: i["state"] for i in self.buoyd.status()["instances"]}

    def look(self, role, seconds, master):
        """|seconds| of quiet: who speaks, who holds the addresses, what is held against whom."""
        since = self.wire.frames[-1].t if self.wire.frames else 0
        time.sleep(seconds)
        for m in self.modes:
            spoke = {f.host for f in self.wire.all("advert", vrid=m.vrid, since=since)
                     if (":" in f.src) == (m.family == 6)}
            if spoke != {master.name}:
                self.note(role, m.name, f"adverts of {sorted(spoke)}, not of {master.name} alone")
            for vip in m.vips:
                held = self.a.holds(vip.partition("/")[0])
                if held != (master is self.a):
                    self.note(role, m.name, f"{vip} is {'' if held else 'not '}on a")
        for i in self.buoyd.status()["instances"]:
            for name, count in (*i["dropped"].items(), *i["noticed"].items()):
                if count:
                    self.note(role, i["name"], f"buoyd: {count} {name}")
        for name, errors in self.peer.errors().items():
            for error in errors:
                self.note(role, name, f"peer: {error}")

    def play(self, peer):
        self.start(150)
        self.expect("master", self.ours, "MASTER", 6, "alone")
        self.peer = peer(self)
        self.expect("master", self.peer.states, "BACKUP", 6, "beside buoyd")
        self.look("master", 3.2, self.a)
        if self.buoyd.stop() != 0:
            self.note("master", self.modes[0].name, "exit status")
        self.expect("master", self.peer.states, "MASTER", 3, "after buoyd has resigned")

        self.start(50)
        self.expect("backup", self.ours, "BACKUP", 2, "beside its master")
        self.look("backup", 4, self.b)
        self.peer.die()
        self.expect("backup", self.ours, "MASTER", 6, "after the master died")
        self.peer.start()
        self.expect("backup", self.peer.states, "MASTER", 8, "come back")
        self.expect("backup", self.ours, "BACKUP", 2, "when the master came back")
        self.look("backup", 3.2, self.b)
        if self.lab.sanitizer_reports():
            self.note("master", self.modes[0].name, "sanitizer")


def scene_of(peer):
    scene = Scene(peer)
    faults, story = scene.faults, scene.lab.story()
    scene.lab.close()
    return faults, story


@pytest.fixture(scope="module")
def keepalived_scene(laboratory, built):
    return scene_of(KeepalivedPeer)


@pytest.fixture(scope="module")
def frr_scene(laboratory, built):
    if why_no_frr():
        pytest.skip(why_no_frr())
    return scene_of(FrrPeer)


def judge(scene, mode, role):
    faults, story = scene
    found = faults[mode.name, role]
    if found:
        print(story)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("mode", KEEPALIVED, ids=lambda m: m.name)
def test_keepalived(keepalived_scene, mode, role):
    judge(keepalived_scene, mode, role)


@pytest.mark.own_root
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("mode", FRR, ids=lambda m: m.name)
def test_frr(frr_scene, mode, role):
    judge(frr_scene, mode, role)
