"""The program under test, and keepalived beside it, started the same way."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess

from .build import build_dir, ours_is_keepalived
from .host import wait_gone
from .wait import until

ENTERING = re.compile(r"\((?P<name>[^)]+)\) Entering (?P<state>[A-Z]+) STATE")


class Daemon:
    """A VRRP daemon on a host. Started at once; its end is the host's end or stop()."""

    def __init__(self, host, conf, *args, start=True, wrapper=()):
        self.host, self.args, self.wrapper = host, args, wrapper
        host.lab.daemons.append(self)
        self.serial = sum(d.host is host for d in host.lab.daemons)
        self.conf = f"/run/lab/{self.program}{self.serial}.conf"
        self.pid_file = f"/run/lab/{self.program}{self.serial}.pid"
        self.configure(conf)
        self.log_path = host.log_file(self.program)
        self.process = None
        if start:
            self.start()

    # Subclasses say these

    program = None

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {}

    # Life

    def configure(self, conf):
        """Writes the configuration file; the daemon reads it when it starts or on HUP."""
        self.host.write(self.conf, conf)

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = self.host.popen(*self.wrapper, *self.command(), *self.args,
                                           stdout=log, stderr=log, env=self.environment())
        self.pid = self.process.pid
        return self

    def signal(self, sig):
        os.kill(self.pid, sig)

    def stop(self, within=10):
        """SIGTERM; returns the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait_exit(within)

    def wait_exit(self, within=10):
        try:
            return self.process.wait(timeout=within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.program} on {self.host.name} still runs after {within} s") from None

    def reload(self, conf=None):
        if conf is not None:
            self.configure(conf)
        self.signal(signal.SIGHUP)

    def children(self):
        """{pid: command line} of its child processes."""
        found = {}
        for pid, command in self.host.processes().items():
            with contextlib.suppress(OSError):
                stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
                if int(stat.rpartition(")")[2].split()[1]) == self.pid:
                    found[pid] = command
        return found

    def crash(self):
        """SIGKILL of it and of all it has started, at once."""
        children = self.children()
        for pid in (self.pid, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=5)
        for pid in children:
            wait_gone(pid)

    # What it says

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_log(self, text, within=5, after=0):
        """Waits for |text| (a string or a compiled pattern) in the log from offset |after| on."""
        def seen():
            log = self.log[after:]
            return text.search(log) if isinstance(text, re.Pattern) else text in log
        return until(seen, within, f"{text!r} in the log of {self.host.name}")

    def states(self, name="VI", after=0):
        """The states an instance has entered, in order."""
        return [m["state"] for m in ENTERING.finditer(self.log[after:]) if m["name"] == name]

    def state(self, name="VI"):
        return (self.states(name) or ["INIT"])[-1]

    def wait(self, state, within=5, name="VI"):
        """Waits until the log says that |name| has entered |state|."""
        until(lambda: self.state(name) == state, within,
              lambda: f"{self.host.name} ({self.program}): {state} (is {self.state(name)})")
        return self


class Keepalived(Daemon):
    program = "keepalived"

    def command(self):
        return ["keepalived", "-P", "-n", "-l", "-D", "-G", "-f", self.conf, "-p", self.pid_file,
                "-r", self.pid_file + ".vrrp"]

    def stats(self):
        """Its .stats dump: {label: number}, a label with its section before a colon."""
        path = "/tmp/keepalived.stats"
        self.host.path(path).unlink(missing_ok=True)
        self.signal(signal.SIGUSR2)
        text = until(lambda: (t := self.host.read(path)).count("Priority Zero") and "Sent" in
                     t.rpartition("Priority Zero")[2] and t, 5, "keepalived.stats")
        found, section = {}, ""
        for line in text.splitlines():
            label, _, value = (part.strip() for part in line.partition(":"))
            if value.isdigit():
                found[f"{section}: {label}" if line.startswith("    ") else label] = int(value)
            else:
                section = label
        return found

    def packet_errors(self):
        """What it held against packets it received: {label: count} without the zeroes."""
        return {label: n for label, n in self.stats().items()
                if n and label.startswith(("Packet Errors", "Authentication Errors"))}


class _Buoyd(Daemon):
    program = "buoyd"

    def command(self):
        return [build_dir() / "buoyd", "-n", "-l", "-D", "-f", self.conf, "-p", self.pid_file]

    def environment(self):
        return {"ASAN_OPTIONS": "abort_on_error=0:detect_leaks=1",
                "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}

    def status(self):
        """What `buoy status --json` says."""
        done = self.host.run(build_dir() / "buoy", "status", "--json")
        return json.loads(done.stdout)

    def instance(self, name="VI"):
        """One instance of the status."""
        return next(i for i in self.status()["instances"] if i["name"] == name)

    def packet_errors(self, name="VI"):
        """{name of wire/drop.h: count} without the zeroes."""
        return {k: v for k, v in self.instance(name)["dropped"].items() if v}


Buoyd = Keepalived if ours_is_keepalived() else _Buoyd
