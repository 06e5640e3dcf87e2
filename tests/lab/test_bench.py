"""tools/bench prints its figures in the form that others read."""

import os
import re
import subprocess
import sys

import pytest

from labkit.build import CHECKOUT, build_dir

pytestmark = [pytest.mark.keepalived, pytest.mark.buoyd]
LINE = re.compile(r"bench: crash-1s ours (\d+\.\d+) theirs (\d+\.\d+) ms ratio (\d+\.\d+) "
                  r"\(theirs: keepalived \d+\.\d+\.\d+\)\n")


def bench(*args):
    return subprocess.run([sys.executable, CHECKOUT / "tools/bench", *args], capture_output=True, text=True,
                          timeout=60, env={**os.environ, "BUOY_BUILD": str(build_dir())})


def test_a_figure_is_one_line(laboratory, built):
    done = bench("--repeat", "1", "ONLY=crash-1s")
    found = LINE.fullmatch(done.stdout)
    assert found and done.returncode == 0, done.stdout + done.stderr
    ours, theirs, ratio = map(float, found.groups())
    assert 0 < ours < 100 and 0 < theirs < 100
    assert ratio == pytest.approx(ours / theirs, rel=0.1)


def test_an_unknown_figure_is_refused():
    done = bench("ONLY=nonsense")
    assert done.returncode != 0 and "nonsense" in done.stderr
