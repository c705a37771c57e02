"""A page as a browser shows it: what it draws, complains about and asks the network for."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Pages forbid scripts; this one is let in, and only into a copy.
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_LOOK = """<script>addEventListener("load", () => {
  const seen = [...document.images].map(image => ({
    width: image.naturalWidth, shown: image.getBoundingClientRect().width, words: image.alt}));
  document.body.dataset.seen = JSON.stringify(
    {images: seen, overflow: document.documentElement.scrollWidth - innerWidth});
});</script>"""


@dataclass
class Page:
    """An opened page.

    Attributes:
        dom: its elements after loading.
        images: of each image, its own width, its width on the page and its words.
        overflow: pixels that it is wider than the window.
        complaints: of the browser's console.
        requests: addresses asked for, but for files and data.
    """

    dom: str
    images: list[dict]
    overflow: float
    complaints: list[str]
    requests: set[str]


def find_browser() -> str:
    """Skips where there is none, but not in CI, where its absence is a failure."""
    for name in _NAMES:
        if shutil.which(name):
            return name
    if os.environ.get("CI"):
        pytest.fail("no browser: docker/packages.txt lists chromium-headless-shell")
    pytest.skip("NO BROWSER: the report is not opened; install chromium-headless-shell")


def open_page(page: Path, folder: Path, *, width: int = 1200) -> Page:
    """Open a page in a window and look at it."""
    copy, log = folder / "looked-at.html", folder / "net.json"
    text = _POLICY.sub("", page.read_text(encoding="utf-8"))
    copy.write_text(text.replace("</body>", f"{_LOOK}</body>"), encoding="utf-8")
    done = subprocess.run(
        [find_browser(), "--headless=new", "--no-sandbox", "--disable-gpu",
         "--disable-dev-shm-usage", f"--window-size={width},1000", "--enable-logging=stderr",
         f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}", "--dump-dom",
         copy.as_uri()],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = re.search(r'data-seen="([^"]*)"', done.stdout)
    assert found, done.stdout[-500:]
    seen = json.loads(html.unescape(found[1]))
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    addresses = {event["params"]["url"] for event in events if "url" in event.get("params", {})}
    return Page(
        dom=done.stdout,
        images=seen["images"],
        overflow=seen["overflow"],
        complaints=[line for line in done.stderr.splitlines() if ":CONSOLE:" in line],
        requests={url for url in addresses if not url.startswith(("data:", "file:"))},
    )
