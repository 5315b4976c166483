# SPDX-License-Identifier: Apache-2.0
"""/coro of mod_later: straight on, each step on a thread of the pool."""

from later_server import CONFIG, OPTIONS, prepare

__all__ = ["CONFIG", "OPTIONS", "prepare"]

PAGE = (b"<html><body><strong><i>Straight on, and never in the way."
        b"</i></strong></body></html>")


def test_page(server):
    answer = server.ask("/coro")
    assert (answer.status, answer.body) == (200, PAGE)


def test_one_after_the_other_on_a_connection(server):
    with server.visit() as visitor:
        for _ in range(50):
            assert visitor.ask("/coro").body == PAGE
