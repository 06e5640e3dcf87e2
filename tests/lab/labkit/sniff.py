"""The sniffer: what each host has put on the wire, with the kernel's time of it.

One packet socket in the switch sees every port. A frame is stamped when it enters the switch, before
the bridge has looked at it, so stamps of different hosts are on one clock (the wall clock, time.time()).
"""

import ctypes
import dataclasses
import ipaddress
import os
import select
import socket
import struct
import threading
import time

from .wait import until

ETH_P_ALL = 3
SO_TIMESTAMPNS, SO_ATTACH_FILTER = 35, 26
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23
BROADCAST = b"\xff" * 6


@dataclasses.dataclass
class Frame:
    t: float
    host: str          # at whose port it came in
    kind: str          # "advert", "garp", "na" (unsolicited), "arp", "ip"
    src: str           # IP source, or ARP sender
    dst: str           # IP destination, or ARP target
    mac: str           # Ethernet source
    version: int = 0   # the rest: adverts only
    vrid: int = 0
    priority: int = -1
    vips: tuple = ()
    ttl: int = 0
    auth: bytes = b""
    raw: bytes = dataclasses.field(default=b"", repr=False)

    def __str__(self):
        clock = time.strftime("%H:%M:%S", time.localtime(self.t)) + f".{int(self.t % 1 * 1e6):06d}"
        what = f"vrid {self.vrid} priority {self.priority}" if self.kind == "advert" else ""
        return f"{clock} {self.host}: {self.kind} {self.src} > {self.dst} {what}".rstrip()


def _mac(b):
    return ":".join(f"{x:02x}" for x in b)


def _advert(t, host, src, dst, mac, ttl, body, raw):
    version, count = body[0] >> 4, body[3]
    family, size = (socket.AF_INET6, 16) if ":" in src else (socket.AF_INET, 4)
    vips = tuple(socket.inet_ntop(family, body[8 + size * i:8 + size * (i + 1)])
                 for i in range(count) if len(body) >= 8 + size * (i + 1))
    return Frame(t, host, "advert", src, dst, mac, version, body[1], body[2], vips, ttl,
                 bytes(body[8 + size * count:]) if version == 2 else b"", raw)


def _parse6(t, host, raw, mac):
    ip = raw[14:]
    length, following, ttl = int.from_bytes(ip[4:6], "big"), ip[6], ip[7]
    src, dst = (socket.inet_ntop(socket.AF_INET6, ip[i:i + 16]) for i in (8, 24))
    body = ip[40:40 + length]
    if following == 112 and len(body) >= 8:
        return _advert(t, host, src, dst, mac, ttl, body, raw)
    if following == 58 and len(body) >= 24 and body[0] == 136 and not body[4] & 0x40:
        target = socket.inet_ntop(socket.AF_INET6, body[8:24])
        return Frame(t, host, "na", target, dst, mac, ttl=ttl, raw=raw)
    return None


def parse(t, host, raw):
    """A Frame of an Ethernet frame; None for what is neither ARP nor IP of interest."""
    ethertype = int.from_bytes(raw[12:14], "big")
    mac = _mac(raw[6:12])
    if ethertype == 0x0806 and len(raw) >= 42:
        sender, target = socket.inet_ntoa(raw[28:32]), socket.inet_ntoa(raw[38:42])
        kind = "garp" if sender == target and raw[:6] == BROADCAST else "arp"
        return Frame(t, host, kind, sender, target, mac, raw=raw)
    if ethertype == 0x86dd and len(raw) >= 54:
        return _parse6(t, host, raw, mac)
    if ethertype != 0x0800 or len(raw) < 34:
        return None
    ip = raw[14:]
    header, total = (ip[0] & 15) * 4, int.from_bytes(ip[2:4], "big")
    src, dst = socket.inet_ntoa(ip[12:16]), socket.inet_ntoa(ip[16:20])
    body = ip[header:total]
    if ip[9] == 51 and len(body) > 32 and body[0] == 112:
        return _advert(t, host, src, dst, mac, ip[8], body[24:], raw)
    if ip[9] != 112 or len(body) < 8:
        return Frame(t, host, "ip", src, dst, mac, ttl=ip[8], raw=raw)
    return _advert(t, host, src, dst, mac, ip[8], body, raw)


class _Filter:
    """A classic BPF program: ARP, protocols 112 and 51, ICMPv6, and IP from or to the addresses of interest."""

    def __init__(self, addresses):
        wanted = [int(ipaddress.ip_address(a)) for a in addresses]
        code = [(0x28, None, None, 12),             # A = ethertype
                (0x15, "yes", None, 0x0806),
                (0x15, "six", None, 0x86dd),
                (0x15, None, "no", 0x0800),
                (0x30, None, None, 23),             # A = protocol
                (0x15, "yes", None, 112),
                (0x15, "yes", None, 51)]
        for at in (26, 30) if wanted else ():       # source, destination
            code.append((0x20, None, None, at))
            code += [(0x15, "yes", None, a) for a in wanted]
        code += [(0x06, None, None, 0), (0x06, None, None, 0xffff),
                 (0x30, None, None, 20),            # A = next header
                 (0x15, None, 1, 112), (0x06, None, None, 0xffff),
                 (0x15, None, 1, 58), (0x06, None, None, 0xffff), (0x06, None, None, 0)]
        place = {"no": len(code) - 8, "yes": len(code) - 7, "six": len(code) - 6}
        self.program = b"".join(
            struct.pack("HBBI", op, place[t] - i - 1 if t else 0, f if f == 1 else place[f] - i - 1 if f else 0, k)
            for i, (op, t, f, k) in enumerate(code))
        self._buffer = ctypes.create_string_buffer(self.program)
        self.option = struct.pack("HL", len(code), ctypes.addressof(self._buffer))


class Wire:
    """frames grows while it lives. |also|: addresses whose other IP packets are wanted too."""

    def __init__(self, switch, also=()):
        self.frames, self.started = [], time.time()
        self._stop, self._wake = os.pipe()
        accept = _Filter(also)
        with switch.sockets():
            self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)  # or as much as we get
        self._sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, accept.option)
        self._sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self._drain()  # what came before the filter was there
        self._thread = threading.Thread(target=self._listen, name="sniffer", daemon=True)
        self._thread.start()

    def _drain(self):
        while True:
            try:
                self._sock.recv(1, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return

    def _listen(self):
        while True:
            ready, _, _ = select.select([self._sock, self._stop], [], [])
            if self._stop in ready:
                return
            raw, ancillary, _, address = self._sock.recvmsg(2048, 128)
            if address[0] == "br0":
                continue  # the same frame once more, on its way to the switch itself
            t = 0.0
            for level, kind, data in ancillary:
                if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                    seconds, nanoseconds = struct.unpack("qq", data[:16])
                    t = seconds + nanoseconds / 1e9
            frame = parse(t, address[0], raw)
            if frame:
                self.frames.append(frame)

    def close(self):
        if self._sock.fileno() >= 0:
            os.write(self._wake, b".")
            self._thread.join(timeout=5)
            self._sock.close()
            os.close(self._stop)
            os.close(self._wake)

    # Questions

    def all(self, kind=None, host=None, since=0.0, **fields):
        """Frames of a kind, from a host (or its name), not older than |since|, with these fields."""
        name = getattr(host, "name", host)
        return [f for f in list(self.frames)
                if (kind is None or f.kind == kind) and (name is None or f.host == name)
                and f.t >= since and all(getattr(f, k) == v for k, v in fields.items())]

    def last(self, kind, host=None, **fields):
        found = self.all(kind, host, **fields)
        assert found, f"no {kind} from {host} {fields} was seen"
        return found[-1]

    def first(self, kind, host=None, within=1.0, **fields):
        """The first such frame; waits |within| seconds for it."""
        return until(lambda: next(iter(self.all(kind, host, **fields)), None), within,
                     f"{kind} from {getattr(host, 'name', host)} {fields}")

    def holders(self, vrid=51, since=0.0):
        """Names of the hosts that called themselves MASTER, in the order they first did."""
        return list(dict.fromkeys(f.host for f in self.all("advert", vrid=vrid, since=since)
                                  if f.priority > 0))
