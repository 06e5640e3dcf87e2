"""The main job with real servers: a client keeps writing to MariaDB when the host under it dies."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as xml

import pytest

from labkit.build import CHECKOUT, build_dir

pytestmark = pytest.mark.needs("mariadbd")


@pytest.fixture(scope="module")
def demo(laboratory, built, tmp_path_factory):
    """(story, picture): one run of tools/demo, a second of writing before and after the cut."""
    picture = tmp_path_factory.mktemp("demo") / "demo.svg"
    done = subprocess.run([sys.executable, CHECKOUT / "tools/demo", "--json", "--seconds", "1", "--svg", picture],
                          capture_output=True, text=True, timeout=60,
                          env={**os.environ, "BUOY_BUILD": str(build_dir())})
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout), picture


def test_rows_go_on_after_the_cut_and_none_that_was_acknowledged_is_lost(demo):
    story, _ = demo
    assert story["semi_sync"] and story["lost"] == []
    assert story["acknowledged_before"] >= 20
    assert story["acknowledged"] - story["acknowledged_before"] >= 50
    assert len(story["unanswered_but_kept"]) <= 1, "only the row that was on its way"


def test_things_happen_in_the_order_of_the_protocol(demo):
    story, _ = demo
    order = ["last_advert", "master_down", "first_advert", "garp", "answered", "written"]
    times = [story[name] for name in order]
    assert times == sorted(times), dict(zip(order, times))
    assert story["last_advert"] <= 0 and story["backup_priority"] == 70
    assert story["first_advert"] - 0.001 < story["address_added"] < story["answered"] + 0.1
    assert story["garp"] - story["master_down"] < 0.1
    assert story["written"] - story["garp"] < 3, "promotion and one more attempt"


def test_the_picture_is_one(demo):
    story, picture = demo
    root = xml.parse(picture).getroot()
    assert root.tag.endswith("svg")
    words = " ".join(e.text or "" for e in root.iter())
    assert "power cut of host1" in words and "first row" in words and "none lost" in words
