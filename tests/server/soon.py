# SPDX-License-Identifier: Apache-2.0
"""What must not take as long as the longest drain. A busy machine may need as
long for something else, but not time and again: a test has some chances."""

import functools
import time

SOON = 7    # seconds; a drain without an end takes eight
CHANCES = 3


class TooLong(AssertionError):
    pass


def check(passed, limit=SOON):
    if passed >= limit:
        raise TooLong("%.1f s" % passed)


def took(begin):
    """@param begin  of time.monotonic()"""
    check(time.monotonic() - begin)


def stop(server):
    begin = time.monotonic()
    server.stop()
    took(begin)


def soon(test):
    """Decorates a test that calls these."""
    @functools.wraps(test)
    def repeated(*args, **kwargs):
        for left in reversed(range(CHANCES)):
            try:
                return test(*args, **kwargs)
            except TooLong:
                if not left:
                    raise
    return repeated
