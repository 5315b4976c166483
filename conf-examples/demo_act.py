# SPDX-License-Identifier: Apache-2.0
"""What the acts of the demo share: a server and an endpoint that live as long
as the act, its claims, and an exit code that says whether all are true."""

import argparse
import contextlib
import pathlib
import signal
import sys

from demo_report import Report
from demo_server import DemoError, Endpoint

HERE = pathlib.Path(__file__).resolve().parent


class Act:
    """tell(server, endpoint, report) makes the claims; the endpoint takes so
    many milliseconds for a call."""

    def __init__(self, server, milliseconds, tell, first="",
                 last="All %d claims are true."):
        self.server, self.milliseconds, self.tell = server, milliseconds, tell
        self.first, self.last = first, last


def stop(number, _):
    raise SystemExit(128 + number)


def be_deaf():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def run(act, arguments, report):
    """True: the whole story is."""
    with contextlib.ExitStack() as stack:
        endpoint = Endpoint(act.milliseconds)
        stack.callback(endpoint.stop)
        server = act.server(arguments.build, arguments.httpd)
        stack.callback(server.clean_up)
        # Once it is over a second Ctrl-C would only leave something behind.
        stack.callback(be_deaf)
        complaint = None
        try:
            server.start(endpoint.url)
            act.tell(server, endpoint, report)
        except BrokenPipeError:
            return False        # nobody listens any more
        except (DemoError, OSError) as error:
            complaint = str(error)
        if complaint or report.untrue:
            report.say("\n%s\nWhat httpd said:\n%s"
                       % (complaint or "The story is not true.",
                          server.story()))
            return False
    report.say("\n" + act.last % report.claims)
    return True


def main(description, act):
    """The exit code."""
    parser = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(HERE.parent / "build"),
                        help="where the modules are (%(default)s)")
    parser.add_argument("--httpd", help="the server program (as apxs says)")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    report = Report()
    try:
        if act.first:
            report.say(act.first)
        return 0 if run(act, arguments, report) else 1
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
