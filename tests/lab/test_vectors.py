"""All golden datagrams (tests/data/vrrp_vectors.def) at a running buoyd: verdict, counter and effect.

Each vector has an interface, an instance and the far end of a cable of its own, so that they are all
played at once. Two daemons: one whose instances are BACKUP (they wait a hundred adverts, not three), one
whose instances are MASTER. `make vectors` prints how many came out as they should."""

import dataclasses
import json
import re
import socket
import struct
import time

import pytest

from labkit import Buoyd, Lab, until
from labkit.build import CHECKOUT

pytestmark = [pytest.mark.buoyd, pytest.mark.filterwarnings("ignore:record_property")]

VECTOR = re.compile(r'VECTOR\("([^"]*)", "([^"]*)", "([^"]*)", "([^"]*)", "([^"]*)", (\d+), "([^"]*)",\s*'
                    r'((?:"[0-9a-f]*"\s*)+)\)')
OWN, OWN6, SENDER = "192.0.2.2", "fe80::ff:fe00:b02", "192.0.2.1"
PATIENCE = 97  # adverts a BACKUP waits here beyond the three of the vectors

# The kernel gives these to no raw socket; that nothing is counted and nothing moves is what is asked.
KERNEL = {"ip-malformed", "ip-fragment", "not-vrrp", "own-source", "bad-source", "wrong-destination"}
# What a running buoyd cannot show, and why.
CANNOT = {
    "V36-003": "255 IPv6 addresses do not fit 1500 bytes: such an instance is refused",
    "V36-110": "the kernel takes the fragment header of a packet in one piece away before anybody sees it",
}


@dataclasses.dataclass
class Vector:
    id: str
    profile: str
    verdict: str
    noticed: str
    effect: str
    timer_us: int
    after: str
    datagram: bytes


def read_vectors():
    text = (CHECKOUT / "tests/data/vrrp_vectors.def").read_text()
    found = [Vector(*m[:5], int(m[5]), m[6], bytes.fromhex(re.sub(r'["\s]', "", m[7])))
             for m in VECTOR.findall(text)]
    assert len(found) == text.count("VECTOR(\"")
    return found


VECTORS = read_vectors()
BY_ID = {v.id: v for v in VECTORS}
MANY = [f"198.18.0.{i}/24" for i in range(1, 256)]
VIP, THREE = ["192.0.2.100/24"], ["192.0.2.100/24", "192.0.2.101/24", "192.0.2.102/24"]
PEER6 = "unicast_peer {\nfe80::ff:fe00:a01 min_ttl 64\n}"


def six(vrid):
    return [f"fe80::{vrid}/64", "2001:db8::100/64"]


def auth(kind, key):
    return f"authentication {{\nauth_type {kind}\nauth_pass {key}\n}}"


# name: VRID, version, addresses, priority, the rest; as in tests/unit/test_vectors.c
PROFILES = {
    "v2-none": (51, 2, VIP, 100, ""),
    "v2-none-3": (51, 2, THREE, 100, "advert_int 2"),
    "v2-none-255": (51, 2, MANY, 100, ""),
    "v2-none-0": (51, 2, [], 100, "no_virtual_ipaddress"),
    "v2-nopreempt": (51, 2, VIP, 200, "nopreempt"),
    "v2-master": (51, 2, VIP, 100, ""),
    "v2-owner": (51, 2, VIP, 255, ""),
    "v2-pass": (52, 2, VIP, 100, auth("PASS", "s3cret")),
    "v2-pass8": (52, 2, VIP, 100, auth("PASS", "12345678")),
    "v2-ah": (53, 2, VIP, 100, auth("AH", "ahkey123")),
    "v2-ah-uni": (54, 2, VIP, 100, auth("AH", "ahkey") + f"\nunicast_peer {{\n{SENDER}\n}}"),
    "v3-4": (61, 3, VIP, 100, ""),
    "v3-4-9568": (61, 3, VIP, 100, "v3_checksum rfc9568"),
    "v3-4-5798": (61, 3, VIP, 100, "v3_checksum rfc5798"),
    "v3-4-cs": (61, 3, ["192.0.2.100/24", "198.51.100.7/24"], 100, "advert_int 0.25"),
    "v3-4-255": (61, 3, MANY, 100, ""),
    "v3-4-master": (61, 3, VIP, 100, ""),
    "v3-4-owner": (63, 3, VIP, 255, ""),
    "v3-4-uni": (62, 3, VIP, 100, f"unicast_peer {{\n{SENDER}\n}}"),
    "v3-4-uni-ttl": (62, 3, VIP, 100, f"unicast_peer {{\n{SENDER} min_ttl 60 max_ttl 64\n}}"),
    "v3-6": (71, 3, six(71), 100, ""),
    "v3-6-master": (71, 3, six(71), 100, ""),
    "v3-6-uni": (72, 3, six(72), 100, PEER6),
}


def is_master(v):
    return v.profile.endswith(("-master", "-owner"))


def instance(v, dev):
    vrid, version, vips, priority, rest = PROFILES[v.profile]
    lines = [f"vrrp_instance {v.id} {{", f"interface {dev}", f"virtual_router_id {vrid}", f"version {version}",
             f"priority {priority}", "garp_lower_prio_repeat 0", rest]
    if version == 2:
        lines.append("lower_prio_no_advert")  # RFC 3768: a MASTER discards a lower priority
    if not is_master(v):
        lines.append(f"down_timer_adverts {PATIENCE + 3 if 'v3-4-cs' != v.profile else 100}")
    if vips:
        lines += ["virtual_ipaddress {", *vips, "}"]
    return "\n".join([*lines, "}", ""])


def frame(datagram, receiver):
    """An Ethernet frame for the datagram: to the mapped group, or to the receiver."""
    version = datagram[0] >> 4 if datagram else 4
    dst = datagram[24:40] if version == 6 else datagram[16:20]
    if version == 6 and dst[:1] == b"\xff":
        mac = b"\x33\x33" + dst[12:16]
    elif version != 6 and dst and dst[0] >> 4 == 0xe:
        mac = b"\x01\x00\x5e" + bytes([dst[1] & 0x7f]) + dst[2:4]
    else:
        mac = receiver
    return mac + bytes.fromhex("0200c0000201") + (b"\x86\xdd" if version == 6 else b"\x08\x00") + datagram


class Bench:
    """One host under test with its daemon, one host with the far ends of its cables."""

    def __init__(self, lab, name, vectors):
        self.vectors = vectors
        self.host, self.far = lab.hosts(name, name + "-far")
        self.dev = {v.id: f"v{i}" for i, v in enumerate(vectors)}
        for key, value in (("disable_ipv6", 0), ("accept_dad", 0), ("addr_gen_mode", 1)):
            self.host.run("sh", "-c", f"echo {value} > /proc/sys/net/ipv6/conf/default/{key}")
        self.host.run("sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/all/disable_ipv6;"
                                  "echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter")
        self.host.ip(*(f"link add {dev} type veth peer name {dev} netns /proc/{self.far.pid}/ns/net"
                       for dev in self.dev.values()))
        self.far.ip(*(f"link set {dev} up" for dev in self.dev.values()))
        self.host.ip(*(line for dev in self.dev.values() for line in (
            f"address add {OWN}/24 dev {dev}", f"address add {OWN6}/64 dev {dev} nodad", f"link set {dev} up")))
        links = json.loads(self.host.run("ip", "-j", "link", "show").stdout)
        self.mac = {l["ifname"]: bytes.fromhex(l["address"].replace(":", "")) for l in links}
        with self.far.sockets():
            self.out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            self.ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
        self.ear.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING
        self.daemon = Buoyd(self.host, "global_defs {\nscript_user root\nvrrp_garp_master_repeat 1\n"
                            "vrrp_garp_master_delay 0\n}\n"
                            + "".join(instance(v, self.dev[v.id]) for v in vectors))

    def wait_states(self, wanted, within):
        def states():
            return {i["state"] for i in self.daemon.status()["instances"]}
        self.daemon.wait_log("Entering BACKUP STATE" if wanted == "BACKUP" else "Entering MASTER STATE", 20)
        until(lambda: states() == {wanted}, within, lambda: f"all {wanted}: {states()}")

    def send(self, vectors):
        for receiver, datagram in vectors:
            dev = self.dev[receiver.id]
            self.out.sendto(frame(datagram, self.mac[dev]), (dev, 0))

    def snapshot(self):
        status = self.daemon.status()
        links = {l["name"]: l for l in status["interfaces"]}
        return {i["name"]: (i, links[i["interface"]], status["dropped"]) for i in status["instances"]}

    def adverts(self):
        """{device: number of adverts} heard at the far ends until now, none of them priority 0."""
        found = {}
        self.ear.setblocking(False)
        while True:
            try:
                raw, address = self.ear.recvfrom(4096)
            except BlockingIOError:
                return found
            if raw[12:14] == b"\x08\x00" and raw[23] == 112 or raw[12:14] == b"\x86\xdd" and raw[20] == 112:
                found[address[0]] = found.get(address[0], 0) + 1

    def play(self):
        """{id: (before, after, adverts sent in the 0.25 s after)}."""
        self.send([(v, BY_ID[v.after].datagram) for v in self.vectors if v.after])
        time.sleep(0.5)
        before = self.snapshot()
        self.adverts()
        self.send([(v, v.datagram) for v in self.vectors])
        time.sleep(0.25)
        sent = self.adverts()
        after = self.snapshot()
        return {v.id: (before[v.id], after[v.id], sent.get(self.dev[v.id], 0)) for v in self.vectors}


@pytest.fixture(scope="module")
def played(laboratory, built):
    able = [v for v in VECTORS if v.id not in CANNOT]
    with Lab() as lab:
        backups = Bench(lab, "backup", [v for v in able if not is_master(v)])
        masters = Bench(lab, "master", [v for v in able if is_master(v)])
        backups.wait_states("BACKUP", 10)
        time.sleep(1)  # so that a timer that is set anew is told from one that runs on
        found = backups.play()
        masters.wait_states("MASTER", 10)
        found.update(masters.play())
        reports = lab.sanitizer_reports()
    assert not reports, reports
    return found


def grown(before, after):
    """{name: by how much} of two objects of counters, without the zeroes."""
    return {k: after[k] - before[k] for k in after if after[k] != before[k]}


def is_elsewhere(before, after):
    """Whether the packet found no instance, and its interface says so."""
    (_, l0, _), (_, l1, _) = before, after
    foreign = sum(f["packets"] for f in l1["foreign_vrids"]) - sum(f["packets"] for f in l0["foreign_vrids"])
    nameless = l1["nameless_packets"] - l0["nameless_packets"]
    assert foreign + nameless <= 1
    return foreign + nameless == 1


def check_counted(v, before, after):
    """Returns who has seen the packet: "buoyd", or "kernel" when that dropped it before."""
    (i0, _, d0), (i1, _, d1) = before, after
    dropped, elsewhere = grown(i0["dropped"], i1["dropped"]), is_elsewhere(before, after)
    received = i1["statistics"]["received"] - i0["statistics"]["received"]
    assert i1["name"] == i0["name"] == v.id
    if v.verdict == "ok":
        assert (received, dropped, elsewhere) == (1, {}, False)
        noticed = {v.noticed.replace("owner-conflict", "owner"): 1} if v.noticed else {}
        assert grown(i0["noticed"], i1["noticed"]) == noticed
        return "buoyd"
    assert received == 0
    if dropped:
        assert dropped == {v.verdict: 1} and not elsewhere
    elif elsewhere or v.verdict not in KERNEL:
        assert grown(d0, d1).get(v.verdict, 0) >= 1
    else:
        return "kernel"
    return "buoyd"


def check_effect(v, before, after, adverts):
    i0, i1 = before[0], after[0]
    t0, t1 = (i["timers"].get("master_down_us") for i in (i0, i1))
    if v.effect == "down-timer=full":
        full = v.timer_us + PATIENCE * i1["wire"]["master_advert_int_us"]
        assert full - 2000000 < t1 <= full
    elif v.effect == "down-timer=skew":
        assert i1["state"] == "MASTER" and i1["reason"]["code"] == "resigned" or t1 <= v.timer_us
    elif v.effect == "to-backup":
        assert (i0["state"], i1["state"]) == ("MASTER", "BACKUP")
        assert t1 <= v.timer_us and not any(a["present"] for a in i1["addresses"])
    elif v.effect in ("send-advert", "assert"):
        assert i1["state"] == "MASTER" and adverts >= 1
    else:
        assert i1["state"] == i0["state"]
        assert t0 is None or t1 < t0, "the timer runs on"


@pytest.mark.parametrize("v", VECTORS, ids=lambda v: v.id)
def test_vector(played, v, record_property):
    if v.id in CANNOT:
        pytest.skip(CANNOT[v.id])
    before, after, adverts = played[v.id]
    record_property("seen_by", check_counted(v, before, after))
    check_effect(v, before, after, adverts)


def test_what_finds_no_instance_is_counted_by_its_first_fault(played):
    wanted, counted = {}, {}
    for v in VECTORS:
        if v.id in CANNOT:
            continue
        before, after, _ = played[v.id]
        counted.setdefault(is_master(v), grown(before[2], after[2]))
        if v.verdict not in {"ok", *KERNEL} and not grown(before[0]["dropped"], after[0]["dropped"]):
            wanted[v.verdict] = wanted.get(v.verdict, 0) + 1
    total = {k: sum(c.get(k, 0) for c in counted.values()) for c in counted.values() for k in c}
    assert {k: n for k, n in total.items() if k not in KERNEL} == wanted
