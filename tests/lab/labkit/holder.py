"""Process 1 of a host: makes the namespaces, says "ready", and waits for its end.

Started in a fresh pid namespace. It ends when its standard input does, that is with the test run,
and then the kernel kills every process of the host and removes its interfaces.
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWNET = 0x20000, 0x4000000, 0x8000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG = 1
SIOCSIFFLAGS, IFF_UP = 0x8914, 1

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        err = ctypes.get_errno()
        sys.exit(f"holder: {what}: {os.strerror(err)}")


def mount(source, target, fstype, flags=0, data=None):
    check(libc.mount(source.encode(), target.encode(), fstype and fstype.encode(),
                     ctypes.c_ulong(flags), data and data.encode()), f"mount {target}")


def sysctl(name, value):
    try:
        with open("/proc/sys/" + name, "w") as f:
            f.write(value)
    except OSError:
        pass  # a kernel built without it


def make_private(folders, keep):
    """Empty file systems on |folders|; of what they hide, |keep| is put back where it was."""
    hidden = {path: os.open(path, os.O_PATH) for path in keep
              if any(path.startswith(folder + "/") for folder in folders)}
    for folder in filter(os.path.isdir, folders):
        mount("lab", folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777" if folder == "/tmp" else "mode=0755")
    for path, fd in hidden.items():
        os.makedirs(path, exist_ok=True)
        mount(f"/proc/self/fd/{fd}", path, None, MS_BIND | MS_REC)
        os.close(fd)


def main(name, *folders):
    """|folders| are made private; those with a + before them are kept."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # orphans are reaped by the kernel
    signal.signal(signal.SIGINT, signal.SIG_IGN)   # Ctrl-C is for the test run, which cleans up
    check(libc.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET), "unshare")
    socket.sethostname(name)
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    make_private([f for f in folders if f[0] != "+"], [f[1:] for f in folders if f[0] == "+"])
    sysctl("net/ipv6/conf/all/disable_ipv6", "1")
    sysctl("net/ipv6/conf/default/disable_ipv6", "1")
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
    sock.close()
    print("ready", flush=True)
    while sys.stdin.buffer.read(4096):
        pass


main(*sys.argv[1:])
