# SPDX-License-Identifier: Apache-2.0
"""For `celery -A celery_app worker`: notes what it is called with."""

import json
import os

from celery import Celery

app = Celery("shop", broker=os.environ["BROKER"])
app.conf.task_default_queue = "celery"
app.conf.broker_connection_retry_on_startup = True


def note(*what):
    with open("ran", "a", encoding="utf-8") as file:
        print(json.dumps(what), file=file)


@app.task(bind=True, name="shop.echo")
def echo(self, /, *arguments, **named):
    note(self.request.id, [arguments, named])


@app.task(bind=True, name="shop.fails")
def fails(self, /, *arguments, **named):
    note(self.request.id, [arguments, named])
    if self.request.retries < 1:
        raise self.retry(countdown=0)
