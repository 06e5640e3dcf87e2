"""Waiting, always with an end."""

import time


class Timeout(AssertionError):
    pass


def until(cond, within=5.0, what=None, every=0.01):
    """Returns the first true value of cond(); Timeout when there is none |within| seconds."""
    end = time.monotonic() + within
    while True:
        value = cond()
        if value:
            return value
        if time.monotonic() >= end:
            said = what() if callable(what) else what
            raise Timeout(f"{said or 'condition'}: not within {within:g} s")
        time.sleep(every)


def never(cond, during, what="it", every=0.01):
    """Asserts that cond() stays false for |during| seconds."""
    end = time.monotonic() + during
    while time.monotonic() < end:
        value = cond()
        assert not value, f"{what} happened: {value!r}"
        time.sleep(every)
