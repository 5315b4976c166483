#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
import os
import sys
import time
import urllib.parse

query = dict(urllib.parse.parse_qsl(os.environ["QUERY_STRING"]))
lines = [line for line in query.get("head", "").split("|") if line]
read = len(sys.stdin.read(int(os.environ.get("CONTENT_LENGTH") or 0)))
print("\n".join(["Content-Type: text/plain", *lines, ""]))
if not {"Status: 204 No Content", "Status: 304 Not Modified"} & set(lines):
    print("accepted:", os.environ.get("CROSSTOWN", "-"))
    print("asked:", os.environ.get("HTTP_CROSSTOWN", "-"))
    print("read:", read, flush=True)
    if "gate" in query:
        open(query["gate"] + ".reached", "w").close()
        while not os.path.exists(query["gate"]):
            time.sleep(0.005)
        print("the end")
