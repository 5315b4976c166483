# SPDX-License-Identifier: Apache-2.0
"""The status page in a real browser: nothing in a name becomes part of the
page, it fits a phone, and it can be read on light and on dark."""

import pytest

import metrics
import browser
import status
from client import new_tag
from closing import LONG
from test_status_escapes import NAMES, words

ANY_MPM = True

# The page does not want to be shown in a frame, which is how it is measured.
CONFIG = metrics.CONFIG + """
CrosstownThreads 1 32
<Location "/crosstown-status">
    Header always unset Content-Security-Policy
    Header unset Content-Security-Policy
</Location>
"""
OPTIONS = {"modules": ("headers",)}

pytestmark = pytest.mark.skipif(
    not browser.PROGRAM, reason="Chromium (Debian: chromium) is not installed")

WIDTHS = (320, 400, 768, 1280)

# How far the page and each of its parts reach, and the size of its letters.
# Behind what scrolls by itself nothing is to be seen.
LAYOUT = """(view) => {
    const root = view.document.documentElement;
    const shown = [...view.document.body.querySelectorAll("*")].filter(
        (element) => !element.closest(".box > *, svg > *"));
    return {
        width: root.clientWidth,
        wanted: root.scrollWidth,
        right: Math.max(...shown.map(
            (element) => element.getBoundingClientRect().right)),
        letters: Math.min(...shown.map((element) =>
            parseFloat(view.getComputedStyle(element).fontSize))),
        boxes: [...view.document.querySelectorAll(".box")].map((box) => [
            box.tabIndex, box.scrollWidth > box.clientWidth]),
        loaded: view.performance.getEntriesByType("resource").length
    };
}"""

# The contrast of each text to what is behind it, by the formula of WCAG.
CONTRAST = """(view) => {
    const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
    const luminance = (colour) => {
        const [red, green, blue] = parts(colour).map((part) => {
            part /= 255;
            return part <= 0.04045 ? part / 12.92
                                   : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const background = (element) => {
        for (; element; element = element.parentElement) {
            const colour = view.getComputedStyle(element).backgroundColor;
            if (parts(colour).length === 3) {
                return colour;
            }
        }
        return "rgb(255, 255, 255)";
    };
    const found = {};
    for (const element of view.document.body.querySelectorAll("*")) {
        const graphic = element.matches("path, i");
        const own = [...element.childNodes].some(
            (node) => node.nodeType === 3 && node.data.trim());
        if (!graphic && !own || element.closest("title, desc")) {
            continue;
        }
        const css = view.getComputedStyle(element);
        const colour = element.matches("path") ? css.fill
            : element.matches("i") ? css.backgroundColor : css.color;
        const behind = background(graphic ? element.parentElement : element);
        const [dark, light] = [luminance(colour), luminance(behind)].sort(
            (one, other) => one - other);
        const key = [graphic, colour, behind].join(" ");
        found[key] = [graphic, (light + 0.05) / (dark + 0.05)];
    }
    return { found, ground: luminance(background(view.document.body)) };
}"""


@pytest.fixture(scope="module")
def shown(shared_server, tmp_path_factory):
    """A browser, and a page that has something to show: odd names, failures,
    things that run and wait."""
    answer = shared_server.ask("/probe", words(NAMES))
    gate = new_tag()
    held = shared_server.ask(
        "/probe/" + "long/" * 20, "fail=20014&name=failing&defer=1&fail=0&"
        "name=%%3Cscript%%3E&gate=%s&defer=40" % gate)
    # They are held until the browser has seen all.
    shared_server.error_log.allow("CT0170[12]:")
    shared_server.ledger.wait(len(NAMES), event="done", tag=answer.tag)
    shared_server.ledger.wait(33, event="start", tag=held.tag)
    if LONG:
        metrics.wait_for(shared_server, lambda now: len(now["samples"]) >= 2,
                       "a drawing of the history", 40)
    yield browser.Browser(tmp_path_factory.mktemp("browser"), shared_server)
    shared_server.open_gate(gate)
    metrics.settled(shared_server)
    shared_server.error_log.allow('"failing" failed')
    shared_server.error_log.check()


def test_document(shown):
    """What the browser made of it is what was meant."""
    page = status.Page(shown.dom("/crosstown-status"))
    now = metrics.read(shown.server)
    *rows, last = page.names()
    assert sorted(row["name"] for row in rows) == sorted(
        status.visible(row["name"]) for row in now["names"])
    assert last["recorded"] == str(now["total"]["recorded"])
    assert len(page.rows("tasks")) == len(now["tasks"]) == 32
    assert {row["name"] for row in page.rows("tasks")} == {"<script>"}


@pytest.mark.parametrize("width", WIDTHS)
def test_layout(shown, width):
    """No column is cut off, and nothing scrolls sideways; what would could be
    reached by keyboard."""
    said = shown.measure("/crosstown-status", LAYOUT, width)
    assert said["width"] == width
    assert said["wanted"] <= width and said["right"] <= width
    assert said["letters"] >= 13
    assert said["boxes"] == [[0, False]] * 6
    assert said["loaded"] == 0


def test_nothing_fits_too(make_server, tmp_path):
    """Before the first task there are titles only."""
    shown = browser.Browser(tmp_path, make_server(CONFIG, **OPTIONS))
    said = shown.measure("/crosstown-status", LAYOUT, min(WIDTHS))
    assert said["wanted"] <= min(WIDTHS) and said["right"] <= min(WIDTHS)
    assert not any(wide for _, wide in said["boxes"])


@pytest.mark.parametrize("scheme", ("light", "dark"))
def test_contrast(shown, scheme):
    said = shown.measure("/crosstown-status", CONTRAST, 360, scheme)
    assert (said["ground"] > 0.5) == (scheme == "light")
    kinds = [graphic for graphic, _ in said["found"].values()]
    assert kinds.count(False) >= 4
    assert kinds.count(True) >= (2 if LONG else 0)
    for colours, (graphic, contrast) in said["found"].items():
        assert contrast >= (3 if graphic else 4.5), colours
