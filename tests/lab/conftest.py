"""Fixtures of the lab suite. `lab` is a fresh laboratory for one test."""

import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from labkit import Lab, ours_is_keepalived, own_root, why_not  # noqa: E402
from labkit.build import missing  # noqa: E402
from labkit.cli import end_in_order  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "keepalived: needs keepalived as the other end")
    config.addinivalue_line("markers", "buoyd: about buoyd alone, not run with LAB_OURS=keepalived")
    config.addinivalue_line("markers", "own_root: needs more than the root of a user namespace may do")
    config.addinivalue_line("markers", "needs(program): skipped where the program is not installed")
    end_in_order()


@pytest.fixture(scope="session")
def laboratory():
    reason = why_not()
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def built():
    reason = missing()
    if reason:
        pytest.fail(reason)  # not a skip: a suite that tests nothing is not green


def _skip_reason(item):
    if item.get_closest_marker("buoyd") and ours_is_keepalived():
        return "about buoyd alone"
    if item.get_closest_marker("own_root") and not own_root():
        return "root of a user namespace only: there are no other users, and the machine's files are not ours"
    programs = [m.args[0] for m in item.iter_markers("needs")]
    if item.get_closest_marker("keepalived"):
        programs.append("keepalived")
    for program in programs:
        if not shutil.which(program, path="/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin"):
            return f"{program} is not installed"
    return None


def pytest_runtest_setup(item):
    reason = _skip_reason(item)
    if reason:
        pytest.skip(reason)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    labs = [v for v in getattr(item, "funcargs", {}).values() if isinstance(v, Lab)]
    if report.failed and call.when in ("setup", "call"):
        for lab in labs:
            report.sections.append(("lab", lab.story()))


def _end(lab):
    reports = lab.sanitizer_reports()
    story = lab.story() if reports else ""
    lab.close()
    assert not reports, "sanitizer: " + "\n".join(reports) + "\n" + story


@pytest.fixture
def lab(laboratory, built):
    with Lab() as made:
        yield made
        _end(made)


@pytest.fixture(scope="module")
def module_lab(laboratory, built):
    """One laboratory for all tests of a file."""
    with Lab() as made:
        yield made
        _end(made)
