"""A switch, hosts at it, and the end of all of it."""

import contextlib
import fcntl
import ipaddress
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from .host import Host
from .sniff import Wire

PREFIX = "buoy-lab-"
SANITIZER = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "UndefinedBehaviorSanitizer")


def why_not():
    """Why there can be no lab here, or None."""
    for tool in ("nsenter", "ip", "nft"):
        if not shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            return f"{tool} is not installed"
    if os.geteuid() != 0:
        return "not root, and no user namespace was entered (start it with tests/lab/run)"
    done = subprocess.run(["unshare", "-nmpfui", "--mount-proc", "true"], capture_output=True, text=True)
    if done.returncode != 0:
        return f"namespaces are refused: {done.stderr.strip()}"
    return None


def own_root():
    """True when we are root of the machine; root of a user namespace only may not do everything."""
    with open("/proc/self/uid_map") as f:
        return f.read().split() == ["0", "0", "4294967295"]


def _lock(folder):
    """Takes the lock that says "in use" for as long as this process lives; OSError: somebody has it."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise
    return fd


def make_folder():
    """A new folder for logs and its lock. It has its name only once it is locked."""
    fresh = pathlib.Path(tempfile.mkdtemp(prefix=".new-" + PREFIX))
    lock = _lock(fresh)
    return fresh.rename(fresh.with_name(fresh.name.removeprefix(".new-"))), lock


@contextlib.contextmanager
def own_folder():
    """A folder for as long as it is needed."""
    remove_leftovers()
    folder, lock = make_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_leftovers():
    """Removes what runs that were killed have left: by design only folders, of which nobody has the lock."""
    for folder in pathlib.Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        with contextlib.suppress(OSError):
            lock = _lock(folder)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


class Lab:
    def __init__(self, network="10.0.0.0/24", first=1):
        """Hosts get addresses of |network| in their order, from its |first| on."""
        if "/usr/sbin" not in os.environ["PATH"].split(":"):
            os.environ["PATH"] += ":/usr/sbin:/sbin"
        self.network = ipaddress.ip_network(network)
        self._ends = contextlib.ExitStack()  # all of them are called, whatever one of them does
        self.dir = self._ends.enter_context(own_folder())
        self.daemons, self._wires = [], []
        self._next_address = first
        try:
            self.switch = self._host("switch").wait_ready()
            self.switch.ip("link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                           "link set br0 up")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def hosts(self, *names):
        """New hosts at the switch: eth0 with 10.0.0.1, .2, ... in the order they were ever named."""
        fresh = [self._host(name) for name in names]
        for host in fresh:
            self._attach(host.wait_ready())
        return fresh[0] if len(fresh) == 1 else fresh

    def _host(self, name):
        host = Host(self, name)
        self._ends.callback(lambda: host.alive and host.kill())
        return host

    def _attach(self, host, address=None):
        if address is None:
            address = str(self.network[self._next_address])
            self._next_address += 1
        host.address = address
        length = self.network.prefixlen
        self.switch.ip(
            f"link add name {host.name} type veth peer name eth0 netns /proc/{host.pid}/ns/net",
            f"link set dev {host.name} master br0 up")
        host.ip(f"address add {host.address}/{length} broadcast + dev eth0", "link set eth0 up")

    def replace(self, dead):
        """The same machine after a power cut: same name and address, nothing else left of it."""
        self._remove_port(dead.name)
        host = self._host(dead.name)
        self._attach(host.wait_ready(), dead.address)
        return host

    def _remove_port(self, name):
        """The kernel does it too when the dead host's namespace goes, but in its own time."""
        subprocess.run(["nsenter", "-t", str(self.switch.pid), "-n", "--", "ip", "link", "del", "dev", name],
                       stderr=subprocess.DEVNULL, check=False)

    def sniff(self, **kwargs):
        """A sniffer at every port of the switch, from now on."""
        wire = self.on_close(Wire(self.switch, **kwargs))
        self._wires.append(wire)
        return wire

    def on_close(self, thing):
        """|thing|.close() will be called at the end, last come first."""
        self._ends.callback(thing.close)
        return thing

    def sanitizer_reports(self):
        return [f"{path.name}: {line}" for path in sorted(self.dir.glob("*"))
                if path.is_file()
                for line in path.read_text(errors="replace").splitlines()
                if any(word in line for word in SANITIZER)]

    def story(self):
        """What the programs said and what was on the wire, for a test that failed."""
        parts = []
        for path in sorted(self.dir.glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()
            more = f"... {len(lines) - 60} lines before\n" if len(lines) > 60 else ""
            parts.append(f"--- {path.name}\n{more}" + "\n".join(lines[-60:]))
        for wire in self._wires:
            parts.append("--- wire\n" + "\n".join(map(str, wire.frames[-60:])))
        return "\n".join(parts)

    def close(self):
        """Ends everything. May be called twice and from any half-built state."""
        old = {}
        for sig in (signal.SIGINT, signal.SIGTERM):  # the way out is not to be left half way
            try:
                old[sig] = signal.signal(sig, signal.SIG_IGN)
            except ValueError:
                pass  # not the main thread
        try:
            self._ends.close()
        finally:
            for sig, handler in old.items():
                signal.signal(sig, handler)
