# SPDX-License-Identifier: Apache-2.0
"""Jobs of a Redis stream, for a worker of one's own: format=stream.

A job that is not acknowledged, since its worker died or failed, is another
one's when it has been idle for so long; so it may run twice, with the same
id."""

import redis

GROUP = "workers"


def jobs(client, stream, name, idle=60000, block=1000):
    """(key, id, task, payload) of each, for ever; to be acknowledged by
    client.xack(stream, GROUP, key). idle, block: ms."""
    try:
        client.xgroup_create(stream, GROUP, id="0", mkstream=True)
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
    while True:
        _, left, *_ = client.xautoclaim(stream, GROUP, name, idle, "0-0",
                                        count=10)
        new = client.xreadgroup(GROUP, name, {stream: ">"}, count=10,
                                block=block)
        for key, job in [*left, *(new[0][1] if new else [])]:
            yield key, job[b"id"].decode(), job[b"name"].decode(), (
                job[b"payload"])
