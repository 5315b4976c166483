# SPDX-License-Identifier: Apache-2.0
import os
import time
import urllib.parse


def application(environ, start_response):
    query = dict(urllib.parse.parse_qsl(environ["QUERY_STRING"]))
    lines = [line.split(": ", 1) for line in query.get("head", "").split("|")
             if line]
    status = ([value for name, value in lines if name == "Status"]
              or ["200 OK"])[0]
    start_response(status, [("Content-Type", "text/plain")] + [
        (name, value) for name, value in lines if name != "Status"])
    return body(environ, query, status)


def body(environ, query, status):
    if status[:3] in ("204", "304"):
        return
    yield ("accepted: %s\nasked: %s\nread: %d\n" % (
        environ.get("CROSSTOWN", "-"), environ.get("HTTP_CROSSTOWN", "-"),
        len(environ["wsgi.input"].read(int(
            environ.get("CONTENT_LENGTH") or 0))))).encode()
    if "gate" in query:
        open(query["gate"] + ".reached", "w").close()
        while not os.path.exists(query["gate"]):
            time.sleep(0.005)
        yield b"the end\n"
