"""A client that asks every millisecond: ICMP echo, answered by the kernel of whoever has the address.

The pinging is a process of its own on its host (this file, run as a program); Probe drives it.
"""

import dataclasses
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time

SO_TIMESTAMPNS = 35


@dataclasses.dataclass
class Report:
    """times of questions sent, and {index: time of its answer}; seconds on the wall clock."""
    sent: list
    answered: dict

    def answers(self, since=0.0):
        return sorted(t for t in self.answered.values() if t >= since)

    def first_answer(self, since):
        return next(iter(self.answers(since)), None)

    def lost(self, since=0.0, until=float("inf")):
        return sum(1 for i, t in enumerate(self.sent) if since <= t < until and i not in self.answered)

    def gaps(self, longer_than=0.05):
        """(from, to) between two answers that far apart."""
        times = self.answers()
        return [(a, b) for a, b in zip(times, times[1:]) if b - a > longer_than]


class Probe:
    def __init__(self, host, address, every_ms=1.0):
        self.report = None
        self._process = host.popen(sys.executable, "-I", "-S", os.path.abspath(__file__), address,
                                   every_ms, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == "ready\n", "the probe did not start"
        host.lab.on_close(self)

    def stop(self):
        """Waits for late answers a tenth of a second, then returns the Report."""
        if self.report is None:
            out, _ = self._process.communicate(timeout=10)  # end of its input is the sign to stop
            found = json.loads(out)
            self.report = Report(found["sent"], {int(k): v for k, v in found["answered"].items()})
        return self.report

    def close(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def _receive(sock, ident, answered):
    while True:
        try:
            data, ancillary, _, _ = sock.recvmsg(256, 64)
        except BlockingIOError:
            return
        kind, _, _, got, high = struct.unpack_from("!BBHHH", data, 20)
        if kind != 0 or got != ident:
            continue
        index = struct.unpack_from("!I", data, 28)[0]
        seconds, nanoseconds = struct.unpack("qq", ancillary[0][2][:16])
        answered.setdefault(index, seconds + nanoseconds / 1e9)


def main(address, every_ms):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    every, ident = float(every_ms) / 1000, os.getpid() & 0xffff
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setblocking(False)
    sent, answered = [], {}
    print("ready", flush=True)
    due, end = time.monotonic(), None
    while end is None or time.monotonic() < end:
        ready, _, _ = select.select([sock] if end else [sock, sys.stdin], [], [],
                                    max(0, due - time.monotonic()))
        if sock in ready:
            _receive(sock, ident, answered)
        if sys.stdin in ready:
            end = due = time.monotonic() + 0.1
        if end or time.monotonic() < due:
            continue
        due = max(due + every, time.monotonic() - 0.1)
        body = struct.pack("!I", len(sent)) + b"buoy"
        head = struct.pack("!BBHHH", 8, 0, 0, ident, len(sent) & 0xffff)
        head = struct.pack("!BBHHH", 8, 0, _checksum(head + body), ident, len(sent) & 0xffff)
        sent.append(time.time())
        try:
            sock.sendto(head + body, (address, 0))
        except OSError:
            pass  # no route or no neighbour just now: an unanswered question like any other
    json.dump({"sent": sent, "answered": answered}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
