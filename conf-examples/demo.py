# SPDX-License-Identifier: Apache-2.0
"""The story of 100 phone calls: `make demo`.

A private httpd on 127.0.0.1 with the example module mod_phone_calls, and an
endpoint that takes 100 ms for each call. Every sentence marked "true" is
checked against what the client, the endpoint, the module and httpd's log have
measured. All times are of one clock, microseconds since 1970. The exit code is
0 if the whole story is true.
"""

import contextlib
import pathlib
import statistics
import sys
import time

from demo_act import Act, main
from demo_report import ms, recorded_with
from demo_server import Server
from demo_story import Play

HERE = pathlib.Path(__file__).resolve().parent
CALLS = 100
CALL_TAKES = 100            # milliseconds
ROUNDS = 5
SECONDS_FOR_ROUNDS = 6      # on a busy machine more rounds are played
AS_FAST = 20 * 1000         # microseconds
SIDE_BY_SIDE = 1300 * CALL_TAKES
CLEARLY_SIDE_BY_SIDE = 4000 * CALL_TAKES


def after_a_200(play, report):
    report.chapter("1. A response with status 200, and then %d calls" % CALLS)
    plain, rounds = play_rounds(play)
    best = min(rounds, key=lambda one: one.all_over_after)
    show(report, best)
    nothing, took = medians(plain, rounds)
    report.claim(took - nothing <= AS_FAST
                 and all(one.answer.status == 200 and one.answer.body
                         == b"%d calls recorded\n" % CALLS for one in rounds),
                 "the client has its answer in %s, and in %s if nothing is"
                 " recorded (medians of %d; at most %s more is true)"
                 % (ms(took), ms(nothing), len(rounds), ms(AS_FAST)))
    after_the_wire(report, rounds)
    report.claim(all(one.each_once(CALLS) and one.bill["ran"] == CALLS
                     and not one.bill["failed"] for one in rounds),
                 "each of the %d calls was made, once, and succeeded" % CALLS)
    orderly = sorted(one.in_order() for one in rounds)
    report.claim(orderly[-1] == CALLS,
                 "in the order in which they were recorded: %d of %d, counted"
                 " in each call's first statement (best of %d rounds, worst"
                 " %d: the kernel may hold a thread back before it)"
                 % (orderly[-1], CALLS, len(rounds), orderly[0]))
    report.claim(all(one.finished_on not in one.threads for one in rounds),
                 "none on the thread that finished the response (%d threads)"
                 % len(best.threads))
    report.claim(best.all_over_after <= CLEARLY_SIDE_BY_SIDE,
                 "side by side: %d calls of %d ms were over %s after the"
                 " response, %d of them at once (best of %d rounds; at most"
                 " %s is true)"
                 % (CALLS, CALL_TAKES, ms(best.all_over_after),
                    best.at_once(), len(rounds), ms(CLEARLY_SIDE_BY_SIDE)))


def play_rounds(play):
    """Requests without and with calls, in turns; more of them as long as the
    figures say how busy the machine is rather than how fast the module."""
    end = time.monotonic() + SECONDS_FOR_ROUNDS
    plain, rounds = [], []
    while not rounds or (time.monotonic() < end
                         and not enough(plain, rounds)):
        plain.append(play.ask(calls=0)[1].took)
        rounds.append(play.round(CALLS))
    return plain, rounds


def enough(plain, rounds):
    nothing, took = medians(plain, rounds)
    return (len(rounds) >= ROUNDS and took - nothing <= AS_FAST
            and max(one.in_order() for one in rounds) == CALLS
            and min(one.all_over_after for one in rounds) <= SIDE_BY_SIDE)


def medians(plain, rounds):
    return (statistics.median(plain),
            statistics.median(one.answer.took for one in rounds))


def after_the_wire(report, rounds):
    by_whom = "by task->response->sent"
    if all(one.answer.arrived is not None for one in rounds):
        by_whom += " and by the kernel's stamp on it in the client's socket"
    report.claim(all(one.after_the_wire() for one in rounds),
                 "none of %d calls started before the last byte was out, %s"
                 % (len(rounds) * CALLS, by_whom))


def show(report, one):
    first = min(one.calls, key=lambda call: call["started"])
    last = max(one.calls, key=lambda call: call["started"])
    report.timeline(one.answer.asked, [
        (one.answer.asked, "the client sends its request"),
        (one.sent, "httpd: the last byte is out (task->response->sent)"),
        (one.answer.arrived, "kernel: the last byte is in the client's"
                             " socket"),
        (one.answer.read, "the client has read it, status %d"
                          % one.answer.status),
        (first["started"], "call %d starts" % first["call"]),
        (one.calls[0]["arrived"], "endpoint: the first call arrives"),
        (last["started"], "call %d starts" % last["call"]),
        (max(call["answered"] for call in one.calls),
         "endpoint: the last call is answered"),
        (one.last_over, "the module: the last call is over"),
    ])


def after_a_503(play, report):
    report.chapter("2. %d calls recorded, and the answer becomes a 503"
                   % CALLS)
    one = play.round(CALLS, status=503)
    report.claim(one.answer.status == 503 and not one.calls,
                 "the client was answered %d, the endpoint was called %d"
                 " times" % (one.answer.status, len(one.calls)))
    report.claim(one.bill["no_go"] == CALLS,
                 "the module was told NO_GO for %d of %d calls"
                 % (one.bill["no_go"], CALLS))


def its_own_words(play, report):
    report.chapter('3. The same with .no_go = "5xx 400-405 302"')
    for status, expected in ((404, 0), (405, 0), (302, 0), (406, CALLS)):
        one = play.round(CALLS, status=status, no_go=1)
        report.claim(one.answer.status == status
                     and len(one.calls) == one.bill["ran"] == expected
                     and one.bill["no_go"] == CALLS - expected
                     and (not one.calls or one.after_the_wire()),
                     "%d: %3d calls, %3d times NO_GO"
                     % (one.answer.status, len(one.calls), one.bill["no_go"]))


def on_the_same_thread(play, report):
    count = 5
    report.chapter("4. %d calls with .same_thread = 1" % count)
    one = play.round(count, same_thread=1)
    show(report, one)
    report.claim(one.each_once(count) and one.bill["ran"] == count
                 and not one.bill["failed"] and one.after_the_wire()
                 and one.answer.read < min(call["answered"]
                                           for call in one.calls),
                 "the client had its answer first, then each call was made")
    report.claim(one.threads == {one.finished_on},
                 "on the thread that finished the response: %s, and in"
                 " httpd's log %s" % (", ".join(sorted(one.threads)),
                                      one.finished_on))
    report.claim(one.at_once() == 1
                 and one.start_order() == list(range(1, count + 1)),
                 "one after the other: %s, at most %d at once"
                 % (" ".join(map(str, one.start_order())), one.at_once()))


def perform(server, endpoint, report):
    with contextlib.closing(Play(server, endpoint, report)) as play:
        tell(play, server, report)


def tell(play, server, report):
    report.say("httpd and an endpoint that takes %d ms for each call are on"
               " 127.0.0.1.\nThe example module records its calls like"
               " this:\n" % CALL_TAKES)
    report.say(recorded_with(HERE / "mod_phone_calls.c"))
    after_a_200(play, report)
    after_a_503(play, report)
    its_own_words(play, report)
    on_the_same_thread(play, report)
    report.chapter("The end")
    made = len(play.record())
    report.claim(made == play.ran, "the endpoint was called %d times in all,"
                 " as often as the module says" % made)
    report.claim(server.stop(), "httpd stopped when it was asked to")


if __name__ == "__main__":
    sys.exit(main(__doc__, Act(Server, CALL_TAKES, perform)))
