# SPDX-License-Identifier: Apache-2.0
"""A task of Celery, which does not know who has put it into the queue:
`celery -A shop_tasks worker`. In a view of Django:
response["Crosstown"] = "mail;to=%d" % order.id"""

import os

from celery import Celery

app = Celery("shop", broker=os.environ["CELERY_BROKER_URL"])


# What the header says are named arguments.
@app.task(name="shop.mail", autoretry_for=(OSError,), retry_backoff=True)
def mail(to):
    print("a mail about order %d" % to, flush=True)
