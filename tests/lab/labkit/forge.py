"""A peer that does not keep to the rules: VRRP packets made with scapy, from any host."""

import logging
import socket

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)

from scapy.layers.inet import IP  # noqa: E402
from scapy.layers.l2 import ARP, Ether  # noqa: E402
from scapy.layers.vrrp import VRRP  # noqa: E402

GROUP, GROUP_MAC = "224.0.0.18", "01:00:5e:00:00:12"


def advert(src, *, vrid=51, priority=200, vips=("10.0.0.100",), password="SecureVR", ttl=255, interval=1,
           dst=GROUP, cut=0, pad=0, **fields):
    """An IP datagram that is right but for what the arguments say. |cut| bytes are missing at the end,
    |pad| are there too many; other fields are scapy's: version, type, chksum, authtype."""
    auth = password.encode()[:8].ljust(8, b"\0")
    message = bytes(VRRP(vrid=vrid, priority=priority, ipcount=len(vips), addrlist=list(vips), adv=interval,
                         **{"authtype": 1 if password else 0, **fields},
                         auth1=int.from_bytes(auth[:4], "big"), auth2=int.from_bytes(auth[4:], "big")))
    message = message[:len(message) - cut] + b"\0" * pad
    return bytes(IP(src=src, dst=dst, ttl=ttl, proto=112, tos=0xc0, id=0) / message)


def send(host, datagram, dev="eth0"):
    """Puts an IP datagram on the wire as it is, from |host|'s interface."""
    send_frame(host, bytes(Ether(src=host.mac(dev), dst=GROUP_MAC, type=0x0800)) + datagram, dev)


def announce(host, address, dev="eth0"):
    """A gratuitous ARP for |address|."""
    mac = host.mac(dev)
    send_frame(host, bytes(Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") /
                           ARP(op=1, hwsrc=mac, psrc=address, pdst=address)), dev)


def send_frame(host, frame, dev="eth0"):
    with host.sockets():
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    with sock:
        sock.bind((dev, 0))
        sock.send(frame)
