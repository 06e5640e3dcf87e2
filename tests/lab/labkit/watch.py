"""When the kernel of a host told its processes that an address came or went.

Netlink has no kernel stamps, so these times are those of a listener waking up: late by its wake-up.
"""

import os
import select
import socket
import struct
import threading
import time

RTM_NEWADDR, RTM_DELADDR, RTMGRP_IPV4_IFADDR, IFA_LOCAL = 20, 21, 0x10, 2


def parse(data):
    """Yields (came, address) of each address message."""
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        body, at = data[16:length], 8
        while kind in (RTM_NEWADDR, RTM_DELADDR) and at + 4 <= len(body):
            size, attribute = struct.unpack_from("=HH", body, at)
            if attribute == IFA_LOCAL:
                yield kind == RTM_NEWADDR, socket.inet_ntoa(body[at + 4:at + 8])
            at += (max(size, 4) + 3) & ~3
        data = data[(max(length, 16) + 3) & ~3:]


class AddressWatch:
    """events: [(time, came or went, address)], growing while it lives."""

    def __init__(self, host):
        self.events = []
        self._stop, self._wake = os.pipe()
        with host.sockets():
            self._sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self._sock.bind((0, RTMGRP_IPV4_IFADDR))
        self._thread = threading.Thread(target=self._listen, name="addresses", daemon=True)
        self._thread.start()
        host.lab.on_close(self)

    def _listen(self):
        while True:
            ready, _, _ = select.select([self._sock, self._stop], [], [])
            t = time.time()
            if self._stop in ready:
                return
            self.events += [(t, came, address) for came, address in parse(self._sock.recv(65536))]

    def added(self, address, since=0.0):
        """When |address| first came after |since|, or None."""
        return next((t for t, came, a in self.events if came and a == address and t >= since), None)

    def close(self):
        if self._sock.fileno() >= 0:
            os.write(self._wake, b".")
            self._thread.join(timeout=5)
            self._sock.close()
            os.close(self._stop)
            os.close(self._wake)
