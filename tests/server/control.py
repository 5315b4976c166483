# SPDX-License-Identifier: Apache-2.0
"""What an administrator says to a server while it runs, as curl says it."""

import urllib.parse

PAGE = "/crosstown-status"
CONFIG = """
<Location "%s">
    SetHandler crosstown-status
    CrosstownControl On
</Location>
""" % PAGE


def post(server, headers=(), **fields):
    """@return the answer"""
    return server.ask(PAGE, method="POST",
                      body=urllib.parse.urlencode(fields),
                      headers={"Content-Type":
                               "application/x-www-form-urlencoded",
                               **dict(headers)})


def say(server, **fields):
    """@return what was said to it"""
    answer = post(server, **fields)
    assert answer.status == 200, answer.body
    return answer.body.decode().rstrip("\n")
