"""One host: what can be run on it, read from it, and done to it."""

import contextlib
import fcntl
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import textwrap
import time

from . import ns
from .build import CHECKOUT, build_dir
from .wait import until

HOLDER = str(pathlib.Path(__file__).with_name("holder.py"))
PRIVATE = ("/run", "/tmp", "/usr/local/bin", "/var/lib/mysql", "/var/tmp", "/var/log")
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def kept():
    """Folders a host sees although they may lie in one that is private: the sources, the binaries."""
    return {str(CHECKOUT), *filter(os.path.isdir, map(str, [build_dir()]))}


class Host:
    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.address = None  # set by Lab.hosts()
        self.alive = True
        self._logs, self._children = 0, []
        with ns.new_pid_namespace():
            self._holder = subprocess.Popen(
                [sys.executable, "-I", "-S", HOLDER, name, *PRIVATE, *(f"+{path}" for path in kept())],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.pid = self._holder.pid
        self._ready = False

    def wait_ready(self):
        if not self._ready:
            said = self._holder.stdout.readline()
            if said != b"ready\n":
                raise RuntimeError(self._holder.stderr.read().decode() or "holder died")
            self._ready = True
        return self

    # Running things

    @staticmethod
    def _enter(pid, argv, cwd="/"):
        return ["nsenter", "-t", str(pid), "-n", "-m", "-u", "-i", f"--wd={cwd}", "--", *argv]

    def popen(self, *argv, **kwargs):
        """subprocess.Popen of a program on this host. Its pid is the one we see from outside."""
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        env = {**os.environ, "LC_ALL": "C.UTF-8", **kwargs.pop("env", {})}
        self._children = [c for c in self._children if c.poll() is None]
        with ns.inside(self.pid, "pid"):
            child = subprocess.Popen(self._enter(self.pid, [str(a) for a in argv]), env=env, **kwargs)
        self._children.append(child)
        return child

    def run(self, *argv, check=True, timeout=20, **kwargs):
        """Runs a program to its end; returns CompletedProcess with text output."""
        text = kwargs.pop("input", None)
        if text is not None:
            kwargs["stdin"] = subprocess.PIPE
        with self.popen(*argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                        **kwargs) as process:
            try:
                out, err = process.communicate(text, timeout=timeout)
            except BaseException:
                process.kill()
                raise
        done = subprocess.CompletedProcess(argv, process.returncode, out, err)
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name}: {' '.join(map(str, argv))}: "
                                 f"exit {done.returncode}\n{out}{err}")
        return done

    def sh(self, script, **kwargs):
        return self.run("/bin/sh", "-c", script, **kwargs).stdout

    def ip(self, *lines):
        """Runs |lines| as one ip -batch with the caller's own mounts and pids."""
        subprocess.run(["nsenter", "-t", str(self.pid), "-n", "--", "ip", "-batch", "-"],
                       input="\n".join(lines), text=True, check=True, timeout=20)

    # Files

    def path(self, inside):
        """Where a file of this host is seen from outside, while the host lives."""
        return pathlib.Path(f"/proc/{self.pid}/root") / inside.lstrip("/")

    def write(self, path, text, mode=0o644):
        """Writes a file, with the directories it needs. Leading indentation is cut away."""
        out = self.path(path)
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = out.with_name(out.name + ".new")
        fresh.write_text(textwrap.dedent(text).lstrip("\n"))
        fresh.chmod(mode)
        fresh.rename(out)
        return path

    def script(self, name, body):
        """An executable shell script in /usr/local/bin; returns its path."""
        return self.write(f"/usr/local/bin/{name}", "#!/bin/sh\n" + textwrap.dedent(body).lstrip("\n"),
                          mode=0o755)

    def read(self, path):
        try:
            return self.path(path).read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def log_file(self, name):
        """A new file for a program's output; it outlives the host and is shown when a test fails."""
        self._logs += 1
        return self.lab.dir / f"{self.name}-{self._logs}-{name}.log"

    # Network

    @contextlib.contextmanager
    def sockets(self):
        """Sockets this thread opens inside belong to this host, for ever."""
        with ns.inside(self.pid, "net"):
            yield

    def addresses(self, dev="eth0", family=4):
        """What `ip -j addr` says: a list of dicts, one an address of the family."""
        out = self.run("ip", f"-{family}", "-j", "addr", "show", "dev", dev).stdout
        return [a for link in json.loads(out) for a in link.get("addr_info", [])]

    def holds(self, address, dev="eth0"):
        return any(a["local"] == address for a in self.addresses(dev, 6 if ":" in address else 4))

    def enable_ipv6(self, address=None, dev="eth0"):
        """IPv6 is off in a laboratory unless asked for. Returns the link-local address, usable at once;
        |address| with its prefix length is added too."""
        for name in ("all", "default", dev):
            self.run("sh", "-c", f"echo 0 > /proc/sys/net/ipv6/conf/{name}/accept_dad;"
                     f"echo 0 > /proc/sys/net/ipv6/conf/{name}/disable_ipv6")
        if address:
            self.ip(f"address add {address} dev {dev} nodad")
        return until(lambda: next((a["local"] for a in self.addresses(dev, 6)
                                   if a["scope"] == "link" and not a.get("tentative")), None),
                     5, f"a link-local address of {self.name}")

    def mac(self, dev="eth0"):
        return json.loads(self.run("ip", "-j", "link", "show", "dev", dev).stdout)[0]["address"]

    def set_link(self, dev, up):
        """Brings an interface up or down with one system call."""
        with self.sockets():
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sock:
            request = struct.pack("16sH14x", dev.encode(), 0)
            flags, = struct.unpack_from("H", fcntl.ioctl(sock, SIOCGIFFLAGS, request), 16)
            flags = flags | IFF_UP if up else flags & ~IFF_UP
            fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH14x", dev.encode(), flags))

    def unplug(self):
        """Takes the cable out: the host loses its carrier."""
        self.lab.switch.set_link(self.name, False)

    def plug(self):
        self.lab.switch.set_link(self.name, True)

    def isolate(self):
        """Cuts the host off at the switch; it keeps its carrier and notices nothing."""
        self.lab.switch.ip(f"link set dev {self.name} nomaster")

    def rejoin(self):
        self.lab.switch.ip(f"link set dev {self.name} master br0")

    def drop_vrrp(self, direction):
        """Drops protocol 112 "in", "out" or "both" ways by nftables; None ends it."""
        hooks = {"in": ["input"], "out": ["output"], "both": ["input", "output"], None: []}[direction]
        rules = "".join(
            f"add chain ip lab {hook} {{ type filter hook {hook} priority 0; }}\n"
            f"add rule ip lab {hook} ip protocol 112 counter drop\n" for hook in hooks)
        self.run("nft", "-f", "-", input="add table ip lab\ndelete table ip lab\n"
                 "add table ip lab\n" + rules)

    def probe(self, address, every_ms=1.0):
        """Pings |address| every millisecond from now on; see probe.py."""
        from .probe import Probe
        return Probe(self, address, every_ms)

    # Life and death

    def processes(self):
        """{pid: command line} of all processes of this host but its holder, as seen from outside."""
        mine = os.stat(f"/proc/{self.pid}/ns/pid").st_ino
        found = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == self.pid:
                continue
            try:
                if os.stat(f"/proc/{entry}/ns/pid").st_ino == mine:
                    with open(f"/proc/{entry}/cmdline", "rb") as f:
                        found[int(entry)] = f.read().replace(b"\0", b" ").decode().strip()
            except OSError:
                continue  # it has just ended
        return found

    def signal_all(self, sig):
        """Sends a signal to every process of the host but its holder."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sig)

    def freeze(self):
        self.signal_all(signal.SIGSTOP)

    def thaw(self):
        self.signal_all(signal.SIGCONT)

    def power_cut(self):
        """The cable is dead at once, and then everything that ran. Returns the time of it."""
        self.unplug()
        when = time.time()
        self.kill()
        return when

    def kill(self):
        """Kills process 1 of the host, and with it all others; returns when they are gone."""
        self.alive = False
        self._holder.kill()
        for child in self._children:
            child.wait(timeout=10)  # process 1 stays until the last one has been reaped
        self._holder.wait(timeout=10)
        for stream in (self._holder.stdin, self._holder.stdout, self._holder.stderr):
            stream.close()


def wait_gone(pid, within=5):
    until(lambda: not os.path.exists(f"/proc/{pid}"), within, f"end of process {pid}")
