# SPDX-License-Identifier: Apache-2.0
"""A script's response asks for tasks with the header Crosstown: who is
believed, what becomes of it, and that nobody outside ever sees it."""

import re
import urllib.parse

import pytest

import named
from ledger import wait_until
from server import Server, running


def config_for(mpm, build, receiver, more=""):
    return "\n".join([
        named.load(build), named.cgi_lines(mpm), """
CrosstownTask mail %s
CrosstownTask thumb %s format=json
CrosstownTask other %s
<Location "/cgi">
    CrosstownAccept mail thumb
</Location>
<Location "/cgi/closed">
    CrosstownAccept none
</Location>
<Location "/cgi/report">
    CrosstownReport On
</Location>
<Location "/cgi/report_off">
    Crosstown Off
    CrosstownReport On
</Location>
<Location "/cgi/report_choosy">
    CrosstownNoGo 200
    CrosstownReport On
</Location>
<Location "/ranged.txt">
    Header set Crosstown "mail;n=1"
    CrosstownAccept mail
    CrosstownReport On
</Location>
ErrorDocument 404 /nothing.txt
""" % (receiver.url("/mail"), receiver.url("/thumb"), receiver.url("/other")),
        more])


@pytest.fixture(scope="module")
def shared_server(request, mpm, build, shared_receiver):
    server = Server(mpm, build, config_for(mpm, build, shared_receiver),
                    modules=("headers",))
    for name in ("app", "closed", "report", "report_off", "report_choosy"):
        named.write_script(server, name, named.SCRIPT)
    (server.htdocs / "nothing.txt").write_text("nothing\n")
    (server.htdocs / "ranged.txt").write_text("not so long\n")
    with running(server) as started:
        yield started


def ask(server, *head, script="app", **more):
    answer = server.ask("/cgi/%s?head=%s" % (
        script, urllib.parse.quote("|".join(head))), **more)
    assert "Crosstown" not in answer.headers
    return answer


def test_a_task_follows_the_response(server, receiver):
    answer = ask(server, 'Crosstown: mail;to=42;s="a b";ok')
    assert answer.status == 200
    assert b"accepted: mail,thumb" in answer.body
    hook, = receiver.wait()
    assert hook.path == "/mail"
    assert hook.body == "to=42&s=a%20b&ok=1"
    assert hook.headers["Content-Type"] == (
        "application/x-www-form-urlencoded")
    assert hook.headers["Crosstown-Task"] == "mail"
    assert len(hook.headers["webhook-id"]) == 32
    assert "Crosstown-Token" not in hook.headers


def test_several_tasks_in_several_lines(server, receiver):
    ask(server, "Crosstown: mail;n=1, thumb;n=2", "Crosstown: mail;n=3")
    assert sorted(hook.body for hook in receiver.wait(3)) == [
        "n=1", "n=3", '{"n":2}']


def test_ids_differ(server, receiver):
    ask(server, "Crosstown: mail, mail, mail")
    assert len({hook.headers["webhook-id"]
                for hook in receiver.wait(3)}) == 3


@pytest.mark.parametrize("head, script, why", [
    ("mail", "closed", 'no CrosstownAccept here; write "CrosstownAccept mail" '
     "in a <Directory> or <Location> of this page"),
    ("other", "app", "no CrosstownAccept here; write "),
    ("nobody", "app", "no CrosstownTask of this name; there are: .*mail"),
])
def test_who_is_not_believed(server, receiver, head, script, why):
    ask(server, "Crosstown: " + head, script=script)
    server.error_log.expect(r'CT02102: task "%s" .*: %s' % (head, why))
    ask(server, "Crosstown: mail;twin")
    assert [hook.body for hook in receiver.wait()] == ["twin=1"]


@pytest.mark.parametrize("field, where", [
    ("mail;to=a@b.c", "column 10: .*write to=\"...\""),
    ("mail, thumb;To=1", "column 13: a key begins with a lower-case"),
    ("mail;ct-retry=3", 'column 6: there is no option "ct-retry"'),
    ('mail, thumb;ct-no-go="6xx"', 'ct-no-go of "thumb": .*6xx'),
    (", ".join(["mail"] * 17), "more than 16 tasks"),
])
def test_what_does_not_parse_is_dropped_whole(server, receiver, field, where):
    ask(server, "Crosstown: " + field)
    server.error_log.expect("CT02101: .*/cgi/app.*" + where)
    ask(server, "Crosstown: mail;twin")
    assert [hook.body for hook in receiver.wait()] == ["twin=1"]


def test_refusals_by_the_hundred_are_held_back(make_server, mpm, build,
                                               receiver):
    """And told within seconds, with page and name, though nobody comes any
    more; each is in the books once."""
    server = make_server(config_for(mpm, build, receiver),
                         modules=("headers",), start=False, workers=1)
    named.write_script(server, "app", named.SCRIPT)
    server.start()
    server.error_log.always.append(re.compile("CT02102|CT02106"))
    asked = 0

    def written():
        return len(server.error_log.find("CT02102:"))

    def some_are_held_back():
        nonlocal asked
        for _ in range(3):
            ask(server, "Crosstown: " + ", ".join(["nobody"] * 16))
            asked += 16
        return written() < asked

    def told():
        rest = server.error_log.find(
            r'CT02106: (\d+) more .*, the latest: task "nobody" of .*/cgi/app '
            "is refused: no CrosstownTask of this name")
        return written() + sum(int(re.search(r"CT02106: (\d+)", line)[1])
                               for _, line in rest)

    wait_until(some_are_held_back, "more than are written")
    wait_until(lambda: told() == asked,
               lambda: "%d, not %d" % (asked, told()))


@pytest.mark.parametrize("status", ["404 Not Found", "500 Broken"])
def test_the_final_status_decides(server, receiver, status):
    answer = ask(server, "Status: " + status, "Crosstown: mail;no, "
                 'thumb;yes;ct-no-go="none"')
    assert answer.status == int(status[:3])
    assert [hook.body for hook in receiver.wait()] == ['{"yes":true}']


def test_head_and_redirect(server, receiver):
    ask(server, "Crosstown: mail;head", method="HEAD")
    ask(server, "Status: 302 Found", "Location: http://127.0.0.1/there",
        "Crosstown: mail;away")
    assert sorted(hook.body for hook in receiver.wait(2)) == [
        "away=1", "head=1"]


def test_an_internal_redirect_is_judged_by_its_sender(server, receiver):
    ask(server, "Location: /cgi/closed?head=", "Crosstown: mail;open")
    assert [hook.body for hook in receiver.wait()] == ["open=1"]
    ask(server, "Location: /cgi/app?head=", "Crosstown: mail;closed",
        script="closed")
    server.error_log.expect('CT02102: task "mail" .*no CrosstownAccept here')
    ask(server, "Crosstown: mail;twin")
    assert [hook.body for hook in receiver.wait()] == ["twin=1"]


def test_a_request_cannot_ask(server, receiver):
    answer = ask(server, headers={"Crosstown": "mail;evil"})
    assert b"asked: -" in answer.body
    ask(server, "Crosstown: mail;twin")
    assert [hook.body for hook in receiver.wait()] == ["twin=1"]


def test_the_report_says_what_became_of_it(server, receiver):
    answer = ask(server, "Crosstown: mail, other, Nobody", script="report")
    assert answer.headers["Crosstown-Report"] == (
        'mail=recorded, other="no CrosstownAccept here", '
        'nobody="no CrosstownTask of this name"')
    server.error_log.expect("CT02102:", 2)
    answer = ask(server, "Crosstown: mail;To", script="report")
    assert answer.headers["Crosstown-Report"].startswith(
        'crosstown="column 6: a key begins with')
    server.error_log.expect("CT02101:")
    assert "Crosstown-Report" not in ask(server, "Crosstown: mail").headers
    receiver.wait(2)


@pytest.mark.parametrize("script, status, says", [
    ("report", "200 OK", "recorded"),
    ("report", "404 Not Found", '"refused by the status 404"'),
    ("report", "503 Busy", '"refused by the status 503"'),
    ("report_choosy", "404 Not Found", "recorded"),
    ("report_choosy", "200 OK", '"refused by the status 200"'),
    ("report_off", "200 OK", '"Crosstown is Off here"'),
])
def test_the_report_knows_what_the_status_refuses(server, receiver, script,
                                                  status, says):
    """It goes out with the status, and so can say what that means for each
    task; what it promises is kept, and nothing else."""
    answer = ask(server, "Status: " + status, 'Crosstown: mail;n=1, '
                 'thumb;n=2;ct-no-go="4xx"', script=script)
    other = (says if "Off" in says
             else '"refused by the status 404"' if "404" in status
             else "recorded")
    assert answer.headers["Crosstown-Report"] == "mail=%s, thumb=%s" % (
        says, other)
    ask(server, "Crosstown: mail;twin")
    told = ["n=1"] * (says == "recorded") + ['{"n":2}'] * (other == "recorded")
    assert sorted(hook.body for hook in receiver.wait(1 + len(told))) == (
        sorted(told + ["twin=1"]))


def test_the_report_is_of_the_status_that_goes_out(server, receiver):
    """A range that cannot be had is found behind all that makes content."""
    answer = server.ask("/ranged.txt", headers={"Range": "bytes=99999-"})
    assert answer.status == 416
    assert answer.headers["Crosstown-Report"] == (
        'mail="refused by the status 416"')
    ask(server, "Crosstown: mail;twin")
    assert [hook.body for hook in receiver.wait()] == ["twin=1"]
