"""What the programs around the laboratory have in common: how they begin, and how they are ended."""

import os
import signal
import subprocess
import sys

UNSHARE = ["unshare", "-Urnmpfui", "--kill-child", "--mount-proc"]


def become_root():
    """Who is not root starts over as root of a user namespace, where the kernel allows it."""
    if os.geteuid() != 0 and subprocess.run([*UNSHARE, "true"], capture_output=True).returncode == 0:
        os.execvp("unshare", [*UNSHARE, sys.executable, *sys.argv])


def end_in_order():
    """SIGTERM is what Ctrl-C is: KeyboardInterrupt, so that everything made is taken down again."""
    def end(number, _):
        signal.signal(number, signal.SIG_IGN)  # once is enough
        raise KeyboardInterrupt(signal.Signals(number).name)
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)  # also where a shell in the background had it ignored
