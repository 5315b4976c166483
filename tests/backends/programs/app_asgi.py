# SPDX-License-Identifier: Apache-2.0
import asyncio
import os
import urllib.parse


async def application(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError("http only")
    query = dict(urllib.parse.parse_qsl(scope["query_string"].decode()))
    lines = [line.split(": ", 1) for line in query.get("head", "").split("|")
             if line]
    status = int(([value for name, value in lines if name == "Status"]
                  or ["200"])[0][:3])
    asked = [value.decode() for name, value in scope["headers"]
             if name == b"crosstown"]
    read, more = 0, True
    while more:
        message = await receive()
        read += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": status, "headers": [
        (b"content-type", b"text/plain"),
        *((name.lower().encode(), value.encode())
          for name, value in lines if name != "Status")]})
    await send_body(send, query, "" if status in (204, 304) else
                    "accepted: -\nasked: %s\nread: %d\n" % (
                        ", ".join(asked) or "-", read))


async def send_body(send, query, text):
    await send({"type": "http.response.body", "body": text.encode(),
                "more_body": True})
    if "gate" in query:
        open(query["gate"] + ".reached", "w").close()
        while not os.path.exists(query["gate"]):
            await asyncio.sleep(0.005)
        await send({"type": "http.response.body", "body": b"the end\n",
                    "more_body": True})
    await send({"type": "http.response.body", "body": b""})
