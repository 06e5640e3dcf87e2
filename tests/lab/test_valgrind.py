"""A whole life under valgrind: start, takeover, reload, stop; not one wrong access, not one leak."""

import os
import pathlib

import pytest

from labkit import Buoyd, SECURE, until, vrrp
from labkit.conf import script
from labkit.build import CHECKOUT, missing

pytestmark = [pytest.mark.needs("valgrind"), pytest.mark.buoyd]

ERRORS = 99


@pytest.fixture
def plain_build(monkeypatch):
    """valgrind and AddressSanitizer exclude each other: the optimised build is run."""
    build = pathlib.Path(os.environ.get("BUOY_BUILD_PLAIN", CHECKOUT / "build"))
    monkeypatch.setenv("BUOY_BUILD", str(build))
    if missing():
        pytest.skip(missing())


def test_start_failover_reload_and_stop_are_clean(lab, plain_build):
    a, b = lab.hosts("a", "b")
    b.script("check", "exit 0")
    conf = vrrp(90, defs=SECURE,
                before=script("/usr/local/bin/check", weight=-20),
                extra="    track_script {\n        check\n    }\n    notify /usr/local/bin/check")
    Buoyd(a, vrrp(100, state="MASTER")).wait("MASTER")
    backup = Buoyd(b, conf, wrapper=[
        "valgrind", "--trace-children=yes", "--trace-children-skip=/usr/local/bin/*,/bin/*,/usr/bin/*",
        f"--error-exitcode={ERRORS}", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect",
        "--track-fds=no", "--child-silent-after-fork=yes", "--log-file=/run/lab/valgrind.%p"])
    backup.wait("BACKUP", within=20)
    a.power_cut()
    backup.wait("MASTER", within=8)
    until(lambda: b.holds("10.0.0.100"), 2)
    until(lambda: backup.status()["checks"][0]["verdict"] == "up", 5, "the worker at work")
    backup.reload(conf.replace("priority 90", "priority 95"))
    until(lambda: backup.instance()["priority"]["base"] == 95, 10, "the new priority")
    code = backup.stop(within=20)
    reports = [p.read_text() for p in b.path("/run/lab").glob("valgrind.*")]
    said = "\n".join(reports)
    assert reports and all("ERROR SUMMARY: 0 errors" in r for r in reports if "ERROR SUMMARY" in r), said
    assert sum("ERROR SUMMARY" in r for r in reports) >= 2, "engine and worker\n" + said
    assert code == 0, said
