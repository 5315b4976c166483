# SPDX-License-Identifier: Apache-2.0
"""The second act of `make demo`: no C.

A script answers with the header `Crosstown: mail;to=42`; when the answer is
out, a webhook is posted to an endpoint that takes 100 ms. Every sentence
marked "true" is checked against what the client, the endpoint and httpd's log
have measured. The exit code is 0 if all of them are.
"""

import contextlib
import http.client
import json
import statistics
import sys
import urllib.request

from demo_act import Act, main
from demo_client import Client
from demo_report import ms
from demo_server import DemoError, Server, wait_until

TAKES = 100                 # milliseconds, the endpoint
ROUNDS = 15

SCRIPT = """#!/bin/sh
case $QUERY_STRING in
    *mail*) echo 'Crosstown: mail;to=42;subject="Your order"' ;;
esac
case $QUERY_STRING in
    *broken*) echo 'Status: 500 Broken' ;;
esac
printf 'Content-Type: text/plain\\n\\nthank you\\n'
"""


class Shop(Server):
    config = "demo_tasks.conf"
    needs = ("mod_crosstown.so", "mod_crosstown_tasks.so")

    def start(self, called):
        self.write_script()
        super().start(called)

    def write_script(self):
        path = self.root / "shop" / "order"
        path.parent.mkdir()
        path.parent.chmod(0o755)
        path.write_text(SCRIPT)
        path.chmod(0o755)

    def error_lines(self, words):
        return [line for line in
                (self.root / "error_log").read_text().splitlines()
                if words in line]


def calls(endpoint):
    url = endpoint.url.replace("/call", "/record")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=15) as answer:
        return json.loads(answer.read())


def wait_for_calls(endpoint, count):
    """So many, all of them answered."""
    def there():
        found = calls(endpoint)
        return len(found) >= count and all(
            call["answered"] for call in found) and found
    if not wait_until(there):
        raise DemoError("%d calls were expected" % count)
    return calls(endpoint)


def headers_of(shop, path):
    line = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=15)
    with contextlib.closing(line):
        line.request("GET", path)
        answer = line.getresponse()
        answer.read()
        return answer.headers


def play(shop, endpoint, report):
    report.say("A script, any script; this one is sh. It says what is to be"
               " done, not who does it:\n")
    report.say("    echo 'Crosstown: mail;to=42;subject=\"Your order\"'\n")
    report.say("The configuration says what that means, and who may ask:\n")
    report.say("    CrosstownTask mail %s\n    <Location \"/shop\">\n"
               "        CrosstownAccept mail\n    </Location>" % endpoint.url)
    with contextlib.closing(Client(shop.port)) as client:
        with_a_header(shop, client, endpoint, report)
        refused(shop, client, endpoint, report)
    report.chapter("The end")
    report.claim(shop.stop(), "httpd stopped when it was asked to")


def with_a_header(shop, client, endpoint, report):
    report.chapter("5. A script answers with the header, and a webhook that"
                   " takes %d ms follows" % TAKES)
    plain, answers, made = [], [], []
    for number in range(ROUNDS):
        plain.append(client.ask("/shop/order").took)
        answers.append(client.ask("/shop/order?mail"))
        made.append(wait_for_calls(endpoint, number + 1)[-1])
    report.timeline(answers[-1].asked, [
        (answers[-1].asked, "the client sends its request"),
        (answers[-1].arrived, "kernel: the last byte is in its socket"),
        (answers[-1].read, "the client has read it, status %d"
                           % answers[-1].status),
        (made[-1]["arrived"], "endpoint: the webhook arrives"),
        (made[-1]["answered"], "endpoint: it is answered")])
    report.claim(all(answer.status == 200 for answer in answers)
                 and statistics.median(one.took for one in answers)
                 < TAKES * 1000 / 2,
                 "the client has its answer in %s, and in %s if nothing is"
                 " asked for (medians of %d)"
                 % (ms(statistics.median(one.took for one in answers)),
                    ms(statistics.median(plain)), ROUNDS))
    report.claim(all(call["arrived"] >= (answer.arrived or answer.asked)
                     for answer, call in zip(answers, made)),
                 "the webhook arrives after the answer: %s after its last"
                 " byte was in the client's socket (median)"
                 % ms(statistics.median(
                     call["arrived"] - (answer.arrived or answer.read)
                     for answer, call in zip(answers, made))))
    report.claim(all(call["body"] == "to=42&subject=Your%20order"
                     for call in made),
                 "with what the script has said: %s" % made[-1]["body"])
    report.claim("Crosstown" not in headers_of(shop, "/shop/order?mail"),
                 "and the client sees nothing of the header")
    wait_for_calls(endpoint, ROUNDS + 1)


def refused(shop, client, endpoint, report):
    report.chapter("6. The same where it may not be, or must not")
    before = len(calls(endpoint))
    statuses = [client.ask("/shop/order?mail&broken").status,
                client.ask("/guests/order?mail").status]
    # One that is let through comes after both of them.
    client.ask("/shop/order?mail")
    made = wait_for_calls(endpoint, before + 1)
    lines = shop.error_lines("no CrosstownAccept here")
    report.claim(statuses == [500, 200] and len(made) == before + 1,
                 "no webhook after a 500, and none for a place that nobody"
                 " has opened")
    report.claim(len(lines) == 1, "for which the error log has a line: %s"
                 % (lines or ["-"])[0].split(": ", 1)[-1])


if __name__ == "__main__":
    sys.exit(main(__doc__, Act(
        Shop, TAKES, play, first="\nThe second act: no C.",
        last="All %d claims of the second act are true.")))
