"""The three system calls Python 3.11 has no name for."""

import contextlib
import ctypes
import os

CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result):
    if result != 0:
        err = ctypes.get_errno()
        raise OSError(err, os.strerror(err))


def setns(fd, kind):
    _check(_libc.setns(fd, kind))


def unshare(kind):
    _check(_libc.unshare(kind))


@contextlib.contextmanager
def new_pid_namespace():
    """The first child of this thread started inside becomes process 1 of a new pid namespace."""
    home = os.open("/proc/thread-self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    try:
        unshare(CLONE_NEWPID)
        yield
    finally:
        setns(home, CLONE_NEWPID)
        os.close(home)


@contextlib.contextmanager
def inside(pid, what):
    """This thread is in namespace |what| ("net") of |pid|; for "pid", its children will be."""
    kind = {"net": CLONE_NEWNET, "pid": CLONE_NEWPID}[what]
    home = os.open(f"/proc/thread-self/ns/{what}", os.O_RDONLY | os.O_CLOEXEC)
    there = os.open(f"/proc/{pid}/ns/{what}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        setns(there, kind)
        yield
    finally:
        setns(home, kind)
        os.close(there)
        os.close(home)
