"""FRR's vrrpd with its zebra, on one host: VRRP on macvlan interfaces with the virtual MAC."""

import json
import os
import signal
import time

from .wait import until

HOME = "/usr/lib/frr"


def why_not():
    """Why FRR cannot be run here, or None."""
    return None if os.path.exists(f"{HOME}/vrrpd") else "FRR's vrrpd is not installed (frr)"


class Frr:
    """|routers|: tuples of name, VRID, version, address with its prefix length, interval in ms."""

    def __init__(self, host, routers, priority=100):
        self.host, self.routers, self.processes = host, routers, []
        host.run("sh", "-c", "mkdir -p /run/frr && chown frr:frr /run/frr")
        for _, vrid, _, address, _ in routers:
            family, mac = (6, 2) if ":" in address else (4, 1)
            dev = f"vrrp{family}-{vrid}"
            host.ip(f"link add {dev} link eth0 address 00:00:5e:00:0{mac}:{vrid:02x} type macvlan mode bridge",
                    f"address add {address} dev {dev}" + (" nodad" if family == 6 else ""), f"link set {dev} up")
        lines = ["interface eth0"]
        for _, vrid, version, address, interval in routers:
            family = "ipv6" if ":" in address else "ip"
            lines += [f" vrrp {vrid} version {version}", f" vrrp {vrid} priority {priority}",
                      f" vrrp {vrid} advertisement-interval {interval}",
                      f" vrrp {vrid} {family} {address.partition('/')[0]}"]
        host.write("/run/lab/vrrpd.conf", "\n".join(lines) + "\n")
        host.write("/run/lab/zebra.conf", "")
        self.log_path = host.log_file("vrrpd")
        self.start()

    def _run(self, program, *args):
        with open(self.log_path, "ab") as log:
            self.processes.append(self.host.popen(
                f"{HOME}/{program}", "-f", f"/run/lab/{program}.conf", "-i", f"/run/frr/{program}.pid",
                "-z", "/run/frr/zserv.api", "--vty_socket", "/run/frr", "--log", "stdout", *args,
                stdout=log, stderr=log))

    def start(self):
        self.processes = []
        self._run("zebra")
        until(lambda: self.host.path("/run/frr/zserv.api").exists(), 5, "zebra's socket")
        time.sleep(0.3)
        self._run("vrrpd")
        until(lambda: self.host.path("/run/frr/vrrpd.vty").exists(), 5, "vrrpd's socket")
        return self

    def stop(self, sig=signal.SIGTERM):
        """Ends vrrpd, then zebra."""
        for process in reversed(self.processes):
            os.kill(process.pid, sig)
            process.wait(timeout=5)

    def show(self):
        """{name: what `show vrrp json` says of the family that runs}."""
        text = self.host.run("vtysh", "--vty_socket", "/run/frr", "-c", "show vrrp json").stdout
        by_vrid = {r["vrid"]: r for r in json.loads(text[text.index("["):])}
        return {name: by_vrid[vrid]["v6" if ":" in address else "v4"]
                for name, vrid, _, address, _ in self.routers if vrid in by_vrid}

    def states(self):
        """{name: "MASTER", "BACKUP", ...}."""
        return {name: r["status"].upper() for name, r in self.show().items()}

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")
