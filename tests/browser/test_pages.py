"""What goes over the wire with the pages: headers that let nothing else in, and not much of it."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.desk import RunningDesk

WEB = Path(__file__).resolve().parents[2] / "messenger" / "web"
WIDGET_BUDGET = 26_500


@pytest.mark.parametrize("path", ["/", "/console"])
def test_a_page_allows_nothing_from_elsewhere_and_nothing_inline(desk: RunningDesk, path: str) -> None:
    with urllib.request.urlopen(desk.url + path) as page:
        policy = page.headers["Content-Security-Policy"]
        text = page.read().decode()
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert not re.search(r"<style|<script(?![^>]*src=)|\son\w+=|https?://", text)


def test_only_files_of_the_web_folder_are_served(desk: RunningDesk) -> None:
    for path in ("/web/../pages.py", "/web/%2e%2e/pages.py", "/web/vendor/rebuild.sh", "/web/vendor/LICENSE"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(desk.url + path)


def test_lit_is_the_one_that_the_record_names() -> None:
    told = json.loads((WEB / "vendor" / "VENDOR.json").read_text())["lit.js"]
    assert hashlib.sha256((WEB / "vendor" / "lit.js").read_bytes()).hexdigest() == told["sha256"]


def test_the_widget_with_lit_stays_small() -> None:
    shared = [path for path in (WEB / "shared").glob("*.js") if path.name != "session.js"]
    parts = [WEB / "vendor" / "lit.js", *(WEB / "widget").glob("*.js"), *shared]
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in parts) < WIDGET_BUDGET
