# SPDX-License-Identifier: Apache-2.0
"""Work after the response for Django. In settings.py:

    MIDDLEWARE = ["crosstown_django.middleware", ...]

and wherever a view's work leads to, once the database has it:

    transaction.on_commit(lambda: later("thumb", photo=photo.pk))
"""
import contextvars

from crosstown import crosstown_item

asked = contextvars.ContextVar("asked")


def later(task, **fields):
    """Ask for a task of CrosstownTask. True: it will be asked for with the
    response; False: there is none, so do it here."""
    items, accepted = asked.get((None, ()))
    if task not in accepted:
        return False
    items.append(crosstown_item(task, **fields))
    return True


def middleware(get_response):
    def answer(request):
        items = []
        accepted = request.META.get("CROSSTOWN", "").split(",")
        token = asked.set((items, accepted))
        try:
            response = get_response(request)
        finally:
            asked.reset(token)
        if items:
            response["Crosstown"] = ", ".join(items)
        return response
    return answer
