# SPDX-License-Identifier: Apache-2.0
"""usage: consumer_app.py PORT DB STREAM. Notes what it is sent; what fails is
not acknowledged the first time."""

import json
import sys

import redis

import consumer

port, db, stream = sys.argv[1:]
client = redis.Redis("127.0.0.1", int(port), db=int(db))
seen = set()
for key, job, task, payload in consumer.jobs(client, stream, "one", idle=300,
                                             block=100):
    with open("ran", "a", encoding="utf-8") as file:
        print(json.dumps([job, json.loads(payload)]), file=file)
    if not task.startswith("fails") or job in seen:
        client.xack(stream, consumer.GROUP, key)
    seen.add(job)
