"""Just enough of the MariaDB protocol to write rows, with time limits in milliseconds.

The vendor's library knows whole seconds only; a client that is to show when it is served again must give
up on a dead connection sooner. Run as a program it is the demo's client: it writes numbered rows through
one address, one after the other, and never skips a number it has no answer for.
"""

import hashlib
import json
import select
import signal
import socket
import struct
import sys
import time

PROTOCOL_41, SECURE, PLUGIN_AUTH, WITH_DB, TRANSACTIONS = 0x200, 0x8000, 0x80000, 8, 0x2000


class Refused(Exception):
    """The server answered with an error: (code, text)."""


class Connection:
    def __init__(self, address, user, password, database, timeout):
        self._sock = socket.create_connection((address, 3306), timeout)
        try:
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._password = password.encode()
            self._login(user.encode(), database.encode())
        except BaseException:
            self._sock.close()
            raise

    def close(self):
        self._sock.close()

    def execute(self, sql):
        """Runs a statement that returns no rows. Refused or OSError (TimeoutError) when it fails."""
        self._sequence = 0
        self._send(b"\x03" + sql.encode())
        self._ok(self._receive())

    def _login(self, user, database):
        self._sequence = 0
        hello = self._receive()
        if hello[0] == 0xff:
            self._ok(hello)
        rest = hello[hello.index(0, 1) + 1:]  # behind the version
        salt = rest[4:12] + rest[31:43]
        flags = PROTOCOL_41 | SECURE | PLUGIN_AUTH | WITH_DB | TRANSACTIONS
        answer = self._scramble(salt)
        self._send(struct.pack("<IIB23x", flags, 1 << 24, 45) + user + b"\0" + bytes([len(answer)]) + answer +
                   database + b"\0mysql_native_password\0")
        reply = self._receive()
        if reply[0] == 0xfe:  # asked to do it again with another salt
            _, salt = reply[1:].split(b"\0", 1)
            self._send(self._scramble(salt[:20]))
            reply = self._receive()
        self._ok(reply)

    def _scramble(self, salt):
        one = hashlib.sha1(self._password).digest()
        two = hashlib.sha1(salt + hashlib.sha1(one).digest()).digest()
        return bytes(a ^ b for a, b in zip(one, two))

    def _ok(self, reply):
        if reply[0] == 0xff:
            raise Refused(int.from_bytes(reply[1:3], "little"), reply[9:].decode(errors="replace"))

    def _send(self, body):
        self._sock.sendall(struct.pack("<I", len(body))[:3] + bytes([self._sequence]) + body)
        self._sequence += 1

    def _receive(self):
        head = self._exactly(4)
        self._sequence = head[3] + 1
        return self._exactly(int.from_bytes(head[:3], "little"))

    def _exactly(self, n):
        data = b""
        while len(data) < n:
            more = self._sock.recv(n - len(data))
            if not more:
                raise ConnectionResetError("closed by the server")
            data += more
        return data


def write_rows(address, user, password, database, pause, timeout, stopped):
    """Writes rows 1, 2, 3, ... until stopped(). Returns acknowledgements and failures with their times.

    A row without an answer is written again: INSERT IGNORE, for it may have arrived the first time."""
    acknowledged, failures, connection, n = [], [], None, 1
    while not stopped():
        try:
            connection = connection or Connection(address, user, password, database, timeout)
            connection.execute(f"INSERT IGNORE INTO orders (n) VALUES ({n})")
            acknowledged.append((n, time.time()))
            n += 1
            time.sleep(pause)
        except (Refused, OSError) as fault:
            failures.append((time.time(), fault.args[0] if isinstance(fault, Refused) else 0, str(fault)))
            if connection and not isinstance(fault, Refused):
                connection.close()
                connection = None
            time.sleep(0.002)
    return {"acknowledged": acknowledged, "failures": failures}


def main(address, user, password, database, pause_ms, timeout_ms):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("ready", flush=True)

    def stopped():
        return bool(select.select([sys.stdin], [], [], 0)[0])

    json.dump(write_rows(address, user, password, database, float(pause_ms) / 1000,
                         float(timeout_ms) / 1000, stopped), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
