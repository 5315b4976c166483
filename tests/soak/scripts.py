# SPDX-License-Identifier: Apache-2.0
"""Random scripts for the probe. The names of tasks say what may become of
them; books.py holds them to it."""

import urllib.parse

from client import play

PAGE = "A page from a file.\n" * 50


class Wish:
    """One request: what to ask for and what the answer must be like."""

    def __init__(self, path, script, status, size=None):
        self.path = path
        self.script = script
        self.status = status
        self.size = size        # of the body, where that is known


def tasks(dice, tag, kinds=None):
    """Words that record tasks, before the handler answers."""
    words = []
    if dice.random() < 0.1:
        words += ["name=submitted." + tag,
                  "keep=" + dice.choice(["raw", "copy"]), "submit=2"]
    kinds = kinds or dice.choices(KINDS, weights=WEIGHTS,
                                  k=dice.randint(1, 2))
    for kind in kinds:
        words.append("keep=" + dice.choice(["raw", "copy", "carry"]))
        words += kind(dice, tag)
    return words


def plain(dice, tag):
    return ["name=plain", "defer=%d" % dice.randint(1, 3)]


def robust(dice, tag):
    return ["name=robust", "no_go=none", "defer=%d" % dice.randint(1, 3),
            "no_go=4xx 5xx"]


def slow(dice, tag):
    return ["name=plain", "sleep_ms=%d" % dice.randint(1, 4), "defer=2",
            "sleep_ms=0"]


def same_thread(dice, tag):
    return ["name=plain", "plan=" + "".join(dice.choices("sp", k=3))]


def cancelled(dice, tag):
    return ["name=gone", "defer=2", "count=1", "cancel=gone"]


def refused(dice, tag):
    return ["name=unwanted", "defer=2"]


def failing(dice, tag):
    return ["name=failing", "fail=20014", "defer=1", "fail=0"]


def without_data(dice, tag):
    return ["name=nothing", "keep=nothing", "defer=1", "name=bare", "bare=1"]


def in_a_sub_request(dice, tag):
    return ["sub=/probe/sub?" + play(
        "tag=%s.%d" % (tag, dice.randrange(10**6)), "name=plain",
        "keep=" + dice.choice(["raw", "copy", "carry"]), "defer=2")]


KINDS, WEIGHTS = zip((plain, 8), (robust, 4), (slow, 3), (same_thread, 4),
                     (cancelled, 2), (refused, 2), (failing, 0.2),
                     (without_data, 1), (in_a_sub_request, 2))


def whole_answer(dice, tag):
    size = dice.choice([100, 1000, 20000])
    path = dice.choice(["/probe", "/probe", "/probe/skip"])
    return Wish(path, play(*tasks(dice, tag), "size=%d" % size), 200, size)


def error_page(dice, tag):
    path, status, final = dice.choice([
        ("/probe", 404, 404), ("/probe", 503, 503),
        ("/probe/local", 404, 404), ("/probe/local", 410, 200)])
    return Wish(path, play(*tasks(dice, tag), "status=%d" % status), final)


def sent_elsewhere(dice, tag):
    return Wish("/probe", play(*tasks(dice, tag), "location=/elsewhere",
                               "status=302"), 302)


def internal_redirect(dice, tag):
    target, status = dice.choice([("/probe/target", 201), ("/missing", 404)])
    inner = play("tag=%s.0" % tag, "name=plain", "keep=copy", "defer=2",
                 "set_status=201")
    return Wish("/probe", play(*tasks(dice, tag), "redirect=%s?%s" % (
        target, inner)), status)


def file_with_tasks(dice, tag):
    """No handler of the probe's: a hook of another phase records."""
    where = dice.choice(["post_read_request", "fixups", "collect", "log"])
    kind = dice.choice([plain, robust, slow, same_thread, cancelled, refused])
    return Wish("/page.txt", play("where=" + where, *tasks(
        dice, tag, [kind])), 200, len(PAGE))


ENDINGS, SHARES = zip((whole_answer, 10), (error_page, 2),
                      (sent_elsewhere, 1), (internal_redirect, 1),
                      (file_with_tasks, 2))


def wish(dice, tag):
    return dice.choices(ENDINGS, weights=SHARES)[0](dice, tag)


def big(dice, tag, size):
    """A body that takes its time; `skip` asks to give up if it is not read."""
    path = dice.choice(["/probe", "/probe/skip"])
    return Wish(path, play(*tasks(dice, tag), "size=%d" % size), 200, size)


def flood(tag, count):
    return Wish("/probe", play("name=plain", "keep=copy", "sleep_ms=3",
                               "defer=%d" % count, "size=100"), 200, 100)


def root_of(tag):
    """Sub-requests and redirects have tags of their own: root.number."""
    return urllib.parse.unquote(tag).split(".", 1)[0]
