# SPDX-License-Identifier: Apache-2.0
"""The cases that every back end goes through: what is asked, and what becomes
of it. A case whose tasks are none has a twin beside it that has some."""

import dataclasses

from places import quoted

NO_PLACE = 'CT02102: task "mail" .*: no CrosstownAccept here'


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    place: str = "open"           # or a whole path, with its slash
    head: tuple = ()              # what the program says
    status: object = 200          # or several that may be
    tasks: tuple = ()             # payloads, in any order
    method: str = "GET"
    headers: tuple = ()           # of the request
    body: bytes = None
    says: tuple = ()              # what is in the response's body
    report: str = None            # Crosstown-Report
    log: tuple = ()               # lines that are in the error log
    # What is otherwise with a back end that has this word in its `but`; None:
    # it has no such case.
    unless: dict = dataclasses.field(default_factory=dict, hash=False)

    def path(self):
        if self.place.startswith("/"):
            return self.place
        return "/%s/app?head=%s" % (self.place, quoted(*self.head))

    def of(self, back_end):
        for word in sorted(self.unless):
            if word in back_end.but:
                other = self.unless[word]
                return other and dataclasses.replace(self, **other)
        return self


def task(words, no_go=False):
    return "Crosstown: mail;%s%s" % (
        words, ';ct-no-go="none"' if no_go else "")


def going(target, place):
    """A program of one place sends its request on to another."""
    return ("Location: /%s/app?head=%s" % (place, quoted(task(target))),
            task("sent"))


CASES = [
    Case("plain", head=('Crosstown: mail;to=42;s="a b";ok',),
         tasks=("to=42&s=a%20b&ok=1",)),
    Case("values stay values", head=(
        r'Crosstown: mail;q="a\"b, other;x=1";s="$(id)`id`%41&c=d";'
        'b=:ZsO8bmY=:;u=%"f%c3%bcnf"',),
        tasks=("q=a%22b%2C%20other%3Bx%3D1&s=%24%28id%29%60id%60%2541%26c%3Dd"
               "&b=f%C3%BCnf&u=f%C3%BCnf",)),
    Case("several lines", head=(task("n=1"), "Crosstown: mail;n=2, mail;n=3"),
         tasks=("n=1", "n=2", "n=3")),
    Case("long", head=(task('long="%s"' % ("x" * 7000)),),
         tasks=("long=" + "x" * 7000,)),
    Case("a program", "program", ('Crosstown: file;to=42;s="a b"',),
         tasks=("to=42&s=a%20b\n200 file",)),
    Case("closed", "closed", (task("closed"),), log=(NO_PLACE,)),
    Case("another is accepted", "other", (task("not"), "Crosstown: other;is"),
         tasks=("is=1",), log=(NO_PLACE,)),
    Case("no such task", head=("Crosstown: nobody",), log=(
        'CT02102: task "nobody" .*no CrosstownTask of this name',)),
    Case("no list", head=("Crosstown: mail, mail;to=a@b.c",), log=(
        "CT02101: .*column 16: ",)),
    Case("report", "report", (task("reported"), "Crosstown: other"),
         tasks=("reported=1",),
         report='mail=recorded, other="no CrosstownAccept here"',
         log=('CT02102: task "other"',)),
    Case("told by the client", head=(task("believed"),), tasks=("believed=1",),
         headers=(("crosstown", "mail;evil"),), says=(b"asked: -",)),
    Case("the environment", head=(task("told"),), tasks=("told=1",),
         says=(b"accepted: mail",),
         unless={"environment": {"says": (b"accepted: -",)}}),
    Case("HEAD", head=(task("head"),), tasks=("head=1",), method="HEAD"),
    Case("POST", head=(task("post"),), tasks=("post=1",), method="POST",
         body=b"x" * 5000, says=(b"read: 5000",)),
    Case("201", head=("Status: 201 Created", task("made")), status=201,
         tasks=("made=1",)),
    Case("204", head=("Status: 204 No Content", task("empty")), status=204,
         tasks=("empty=1",)),
    Case("206", head=(task("part"),), headers=(("range", "bytes=0-3"),),
         status=(200, 206), tasks=("part=1",)),
    Case("302", head=("Status: 302 Found", "Location: http://127.0.0.1/there",
                      task("away")), status=302, tasks=("away=1",)),
    Case("304", head=("Status: 304 Not Modified", task("same")), status=304,
         tasks=("same=1",)),
    Case("ETag", head=('ETag: "a"', task("etag")), status=(200, 304),
         tasks=("etag=1",), headers=(("if-none-match", '"a"'),)),
    Case("404", head=("Status: 404 Not Found", task("no")), status=404),
    Case("404, wanted", head=("Status: 404 Not Found", task("yes", True)),
         status=404, tasks=("yes=1",)),
    Case("500", head=("Status: 500 Broken", task("no")), status=500),
    Case("500, wanted", head=("Status: 500 Broken", task("yes", True)),
         status=500, tasks=("yes=1",)),
    # What a program says of the status of an error document may count.
    Case("error document, out", "errors", (
        "Status: 404 Not Found", task("first", True)), status=(404, 200),
        tasks=("first=1",), unless={"error-documents": {"log": (NO_PLACE,)}}),
    Case("error document, in", "closederrors", (
        "Status: 404 Not Found", task("first", True)), status=(404, 200),
        log=(NO_PLACE,), unless={"error-documents": {"tasks": ("document=1",)}}),
    Case("forbidden", "forbidden", (task("never"),), status=(403, 200),
         tasks=("document=1",)),
    # Behind the last filter of a resource.
    Case("mod_headers, late", "late", (task("never"),), status=403,
         tasks=("late=1",)),
    Case("redirect, out", head=going("second", "closed"), tasks=("sent=1",),
         unless={"location": {"log": (NO_PLACE,)}}),
    Case("redirect, in", "closed", going("second", "open"), log=(NO_PLACE,),
         unless={"location": {"tasks": ("second=1",)}}),
    Case("rewritten", "/passed/open/app?head=" + quoted(task("passed")),
         tasks=("passed=1",)),
    Case("included", "/page.shtml", tasks=("included=page",),
         unless={"included": None}),
    Case("included, closed", "/closed.shtml", log=(NO_PLACE,),
         unless={"included": None}),
    Case("mod_headers", "added", (task("by=app"),),
         tasks=("by=app", "by=admin")),
    Case("mod_headers, closed", "addedclosed", (task("by=app"),),
         log=(NO_PLACE, NO_PLACE)),
]
