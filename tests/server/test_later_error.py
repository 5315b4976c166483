# SPDX-License-Identifier: Apache-2.0
"""/error of mod_later: a failure flows to an errback, its apology on to the
next callback; what the chain ends with is sent as it is."""

import pytest

from later_server import CONFIG, OPTIONS, prepare

__all__ = ["OPTIONS", "prepare"]

CONFIG += 'ErrorDocument 400 "the server\'s own words"\n'

PAGE = (b"<strong>Sorry, that was too much for me.<br><br>"
        b"ERROR: a word is not a number</strong>")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_apology_in_bold(server, method):
    answer = server.ask("/error", method=method)
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.headers["Content-Length"] == str(len(PAGE))
    assert answer.body == (PAGE if method == "GET" else b"")


def test_other_methods_are_refused(server):
    assert server.ask("/error", method="POST", body=b"x").status == 405
