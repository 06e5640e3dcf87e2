"""What a running buoyd puts on the wire, byte by byte: RFC 3768 section 5, RFC 9568 section 5, RFC 4861.

One MASTER with an instance of each kind, looked at from the switch. Checksums are computed anew here."""

import hashlib
import hmac
import re
import socket
import struct
import time

import pytest

from labkit import Buoyd, Lab, until
from labkit.build import build_dir

pytestmark = pytest.mark.buoyd

PEERS = ("10.0.0.201", "10.0.0.202", "10.0.0.203")
MANY = [f"10.1.0.{i}/24" for i in range(1, 256)]


def instance(name, vrid, vips, *lines):
    return "\n".join([f"vrrp_instance {name} {{", "interface eth0", f"virtual_router_id {vrid}", *lines,
                      "virtual_ipaddress {", *vips, "}", "}", ""])


def peers(*addresses):
    return "unicast_peer {\n" + "\n".join(addresses) + "\n}"


def auth(kind, password):
    return f"authentication {{\nauth_type {kind}\nauth_pass {password}\n}}"


CONF = "global_defs {\nscript_user root\nvrrp_garp_master_delay 1\n}\n" + "".join([
    instance("three", 1, ["10.0.0.103/24", "10.0.0.101/24", "10.0.0.102/24"], "priority 254"),
    instance("many", 2, MANY, "priority 1"),
    instance("pass", 3, ["10.0.0.104/24"], auth("PASS", "s3cret")),
    instance("long", 4, ["10.0.0.105/24"], auth("PASS", "twelve-chars")),
    instance("ah", 5, ["10.0.0.106/24"], auth("AH", "ahkey123")),
    instance("v3", 6, ["10.0.0.107/24"], "version 3", "advert_int 0.25"),
    instance("plain", 7, ["10.0.0.108/24"], "version 3", "v3_checksum rfc9568"),
    instance("six", 6, ["2001:db8::109/64", "fe80::109/64"]),
    instance("slow", 8, ["10.0.0.110/24"], "version 3", "advert_int 40.95", "priority 255"),
    instance("uni", 9, ["10.0.0.111/24"], "version 3", peers(*PEERS)),
    instance("uni-ah", 10, ["10.0.0.112/24"], auth("AH", "ahkey"), peers(*PEERS[:2])),
    instance("uni-ttl", 11, ["10.0.0.113/24"], "unicast_ttl 64", peers(PEERS[0])),
    instance("uni-six", 12, ["fe80::114/64"], peers("fe80::aaaa")),
    instance("owner", 13, ["10.0.0.115/24"], "priority 255"),
    instance("v2-2s", 14, ["10.0.0.116/24"], "advert_int 2"),
    instance("v2-255s", 15, ["10.0.0.117/24"], "advert_int 255", "priority 255"),
    instance("sources", 16, ["10.0.0.250/24"], "priority 200"),
])
VRIDS = {"three": (1, 4), "many": (2, 4), "pass": (3, 4), "long": (4, 4), "ah": (5, 4), "v3": (6, 4), "plain": (7, 4),
         "six": (6, 6), "slow": (8, 4), "uni": (9, 4), "uni-ah": (10, 4), "uni-ttl": (11, 4), "uni-six": (12, 6),
         "owner": (13, 4), "v2-2s": (14, 4), "v2-255s": (15, 4), "sources": (16, 4)}


class Scene:
    def __init__(self, lab):
        self.a = a = lab.hosts("a")
        peer_hosts = lab.hosts("p1")
        peer_hosts.enable_ipv6()
        peer_hosts.ip(*(f"address add {p}/24 dev eth0" for p in PEERS), "address add fe80::aaaa/64 dev eth0 nodad")
        self.own6, self.mac = a.enable_ipv6(), a.mac()
        self.wire = lab.sniff()
        self.began = time.time()
        self.daemon = Buoyd(a, CONF)
        self.daemon.wait_log("Entering MASTER STATE", 10)
        until(lambda: len(self.adverts("v2-2s")) >= 1, 12)
        time.sleep(2.2)
        self.groups = a.run("ip", "maddr", "show", "dev", "eth0").stdout
        self.addresses = a.run("ip", "-6", "addr", "show", "dev", "eth0").stdout
        self.status = a.run(build_dir() / "buoy", "status", "--json").stdout
        self.exit_status = self.daemon.stop()
        time.sleep(0.3)
        self.log = self.daemon.log
        self.groups_after = a.run("ip", "maddr", "show", "dev", "eth0").stdout

    def adverts(self, name):
        """Adverts of an instance."""
        vrid, family = VRIDS[name]
        return [f for f in self.wire.all("advert", self.a, vrid=vrid) if (":" in f.src) == (family == 6)]


@pytest.fixture(scope="module")
def scene(laboratory, built):
    with Lab() as lab:
        made = Scene(lab)
        reports = lab.sanitizer_reports()
    assert not reports
    return made


def packet(frame):
    return frame.raw[14:]


def message(frame):
    ip = packet(frame)
    if ip[0] >> 4 == 6:
        return ip[40:40 + int.from_bytes(ip[4:6], "big")]
    return ip[20 + (24 if ip[9] == 51 else 0):int.from_bytes(ip[2:4], "big")]


def rfc1071(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def pseudo4(frame):
    return packet(frame)[12:20] + struct.pack("!BBH", 0, 112, len(message(frame)))


def pseudo6(frame):
    return packet(frame)[8:40] + struct.pack("!II", len(message(frame)), 112)


def all_adverts(scene):
    return [(name, f) for name in VRIDS for f in scene.adverts(name)]


def test_version_type_count_and_length_fit_the_configuration(scene):
    for name, count in (("three", 3), ("many", 255), ("pass", 1)):
        m = message(scene.adverts(name)[0])
        assert m[0] == 0x21 and m[3] == count and len(m) == 16 + 4 * count
    for name, count, size in (("v3", 1, 4), ("six", 2, 16)):
        m = message(scene.adverts(name)[0])
        assert m[0] == 0x31 and m[3] == count and len(m) == 8 + size * count
    assert {message(f)[0] & 15 for _, f in all_adverts(scene)} == {1}


def test_priority_is_the_configured_one_and_0_at_the_end(scene):
    for name, priority in (("three", 254), ("many", 1), ("pass", 100), ("owner", 255)):
        said = [f.priority for f in scene.adverts(name)]
        assert said[-1] == 0 and set(said[:-1]) == {priority}
        assert said.count(0) == 1, "once, and nothing after it"


def test_addresses_are_in_configured_order_a_link_local_one_first(scene):
    assert {f.vips for f in scene.adverts("three")} == {("10.0.0.103", "10.0.0.101", "10.0.0.102")}
    assert {f.vips for f in scene.adverts("six")} == {("fe80::109", "2001:db8::109")}


def test_the_interval_is_in_seconds_or_in_centiseconds(scene):
    for name, seconds in (("three", 1), ("v2-2s", 2), ("v2-255s", 255)):
        assert message(scene.adverts(name)[0])[5] == seconds
    for name, field in (("v3", 25), ("six", 100), ("slow", 4095)):
        assert int.from_bytes(message(scene.adverts(name)[0])[4:6], "big") == field


def test_authentication_data_is_zero_or_the_padded_password(scene):
    for name, data in (("three", b""), ("ah", b""), ("pass", b"s3cret"), ("long", b"twelve-c")):
        assert {message(f)[-8:] for f in scene.adverts(name)} == {data.ljust(8, b"\0")}


def test_the_source_is_the_interfaces_own_address_never_a_virtual_one(scene):
    for name, (_, family) in VRIDS.items():
        assert {f.src for f in scene.adverts(name)} == {scene.own6 if family == 6 else scene.a.address}


def test_multicast_goes_to_the_group_and_its_mapped_mac(scene):
    for name, dst, mac in (("three", "224.0.0.18", "01005e000012"), ("v3", "224.0.0.18", "01005e000012"),
                           ("ah", "224.0.0.18", "01005e000012"), ("six", "ff02::12", "333300000012")):
        assert {(f.dst, f.raw[:6].hex()) for f in scene.adverts(name)} == {(dst, mac)}
        assert {f.mac for f in scene.adverts(name)} == {scene.mac}


def test_ttl_is_255_and_traffic_class_cs6(scene):
    for name, f in all_adverts(scene):
        ip = packet(f)
        six = ip[0] >> 4 == 6
        assert f.ttl == (64 if name == "uni-ttl" else 255), name
        assert (((ip[0] & 15) << 4 | ip[1] >> 4) if six else ip[1]) == 0xc0
        assert (ip[6] if six else ip[9]) == (51 if name in ("ah", "uni-ah") else 112)


def test_nothing_is_sent_in_pieces(scene):
    for _, f in all_adverts(scene):
        ip = packet(f)
        assert len(ip) <= 1500
        if ip[0] >> 4 == 4:
            assert int.from_bytes(ip[6:8], "big") & 0x3fff == 0


def test_version_2_sums_the_message_alone(scene):
    for name in ("three", "many", "pass", "ah", "v2-2s"):
        assert {rfc1071(message(f)) for f in scene.adverts(name)} == {0}


def test_version_3_over_ipv4_sums_as_it_is_told_to(scene):
    assert {rfc1071(pseudo4(f) + message(f)) for f in scene.adverts("v3")} == {0}
    assert {rfc1071(message(f)) for f in scene.adverts("plain")} == {0}


def test_version_3_over_ipv6_sums_the_pseudo_header(scene):
    for name in ("six", "uni-six"):
        assert {rfc1071(pseudo6(f) + message(f)) for f in scene.adverts(name)} == {0}


def icv(frame, key, keep_ttl):
    ip = bytearray(packet(frame)[:int.from_bytes(packet(frame)[2:4], "big")])
    ip[1] = 0
    ip[6:8] = ip[10:12] = b"\0\0"
    if not keep_ttl:
        ip[8] = 0
    ip[32:44] = bytes(12)
    return hmac.new(key.ljust(8, b"\0"), bytes(ip), hashlib.md5).digest()[:12]


def test_the_authentication_header_is_keepalived_s(scene):
    for f in scene.adverts("ah"):
        ah = packet(f)[20:44]
        assert ah[:4] == bytes([112, 4, 0, 0])
        assert ah[4:8] == socket.inet_aton(f.src)
        assert ah[12:] == icv(f, b"ahkey123", keep_ttl=True)
        assert packet(f)[4:6] != b"\0\0"


def test_sequence_numbers_begin_with_1_and_go_up_by_one(scene):
    numbers = [int.from_bytes(packet(f)[28:32], "big") for f in scene.adverts("ah")]
    assert len(numbers) >= 3 and numbers == list(range(1, len(numbers) + 1))


def test_unicast_authentication_has_one_number_a_round_and_an_icv_a_peer(scene):
    by_peer = {p: [f for f in scene.adverts("uni-ah") if f.dst == p] for p in PEERS[:2]}
    numbers = [[int.from_bytes(packet(f)[28:32], "big") for f in frames] for frames in by_peer.values()]
    assert numbers[0] == numbers[1] == list(range(1, len(numbers[0]) + 1))
    for frames in by_peer.values():
        for f in frames:
            assert packet(f)[32:44] == icv(f, b"ahkey", keep_ttl=False)


def test_unicast_sends_one_copy_to_each_peer_and_none_to_a_group(scene):
    frames = scene.adverts("uni")
    assert {f.dst for f in frames} == set(PEERS)
    rounds = [frames[i:i + 3] for i in range(0, len(frames), 3)]
    for one in rounds:
        assert [f.dst for f in one] == list(PEERS)
        assert one[2].t - one[0].t < 0.01
        assert len({message(f)[:6] + message(f)[8:] for f in one}) == 1
        assert {rfc1071(pseudo4(f) + message(f)) for f in one} == {0}
    assert {f.dst for f in scene.adverts("uni-six")} == {"fe80::aaaa"}


def test_the_same_number_in_both_families_is_two_routers(scene):
    assert scene.adverts("v3") and scene.adverts("six")


def test_an_owner_speaks_first_of_all_and_the_others_wait(scene):
    assert scene.adverts("owner")[0].t - scene.began < 3
    assert scene.adverts("three")[0].t - scene.adverts("owner")[0].t > 2.9


def test_each_address_is_announced_after_the_advert(scene):
    first = scene.adverts("three")[0].t
    for vip in ("10.0.0.101", "10.0.0.102", "10.0.0.103"):
        garps = scene.wire.all("garp", scene.a, src=vip)
        assert len(garps) == 10 and garps[0].t > first
        assert {g.raw[28:32] for g in garps} == {g.raw[38:42] for g in garps} == {socket.inet_aton(vip)}
        assert {g.mac for g in garps} == {":".join(f"{b:02x}" for b in garps[0].raw[22:28])}
        assert 0.9 < garps[5].t - garps[4].t < 1.2


def test_each_ipv6_address_is_advertised_as_a_router_that_overrides(scene):
    first = scene.adverts("six")[0].t
    for vip in ("fe80::109", "2001:db8::109"):
        frames = [f for f in scene.wire.all("na", scene.a, src=vip) if packet(f)[44] & 0x80]
        assert len(frames) >= 5 and frames[0].t > first
        for f in frames:
            ip, icmp = packet(f), packet(f)[40:72]
            assert f.raw[:6].hex() == "333300000001" and f.dst == "ff02::1" and f.ttl == 255
            assert icmp[4] == 0xa0, "R and O, not S"
            assert icmp[24:26] == b"\x02\x01" and icmp[26:32] == f.raw[6:12]
            assert rfc1071(ip[8:40] + struct.pack("!II", 32, 58) + icmp) == 0


def test_groups_are_joined_and_left_again(scene):
    for group in ("224.0.0.18", "ff02::12", "ff02::1:ff00:109"):
        assert re.search(rf"{re.escape(group)}\b", scene.groups), group
        assert not re.search(rf"{re.escape(group)}\b", scene.groups_after), group


def test_ipv6_addresses_are_usable_at_once(scene):
    for vip in ("fe80::109", "2001:db8::109"):
        line = next(text for text in scene.addresses.splitlines() if vip in text)
        assert "nodad" in line and "tentative" not in line


def test_no_password_is_told_anywhere(scene):
    for text in (scene.status, scene.log):
        for password in ("s3cret", "ahkey", "twelve"):
            assert password not in text


def test_it_ends_in_order(scene):
    assert scene.exit_status == 0
