"""Where the binaries under test are, and whether it is ours that are tested."""

import os
import pathlib
import shutil

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]


def ours_is_keepalived():
    """LAB_OURS=keepalived runs the tests against keepalived, to test the tests."""
    return os.environ.get("LAB_OURS") == "keepalived"


def build_dir():
    """Where the binaries under test are: $BUOY_BUILD, else build-test, else build."""
    if "BUOY_BUILD" in os.environ:
        return pathlib.Path(os.environ["BUOY_BUILD"]).resolve()
    for name in ("build-test", "build"):
        if (CHECKOUT / name / "buoyd").exists():
            return CHECKOUT / name
    return CHECKOUT / "build"


def missing():
    """Why the program under test cannot be run, or None."""
    if ours_is_keepalived():
        return None if shutil.which("keepalived", path="/usr/sbin:/usr/bin") else "no keepalived"
    here = build_dir()
    absent = [n for n in ("buoyd", "buoy") if not (here / n).exists()]
    return f"{' and '.join(absent)} not built in {here}" if absent else None
