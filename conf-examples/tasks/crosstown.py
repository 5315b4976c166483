# SPDX-License-Identifier: Apache-2.0
"""response.headers["Crosstown"] = crosstown_item("mail", to=42)
Values may come from anybody: they cannot become anything but values."""
import base64
import re


def crosstown_item(task, **fields):
    for key, value in fields.items():
        if isinstance(value, bool):
            text = "?%d" % value
        elif isinstance(value, int) and abs(value) < 10 ** 15:
            text = str(value)
        elif re.fullmatch(r"[\x20-\x7e]*", str(value)):
            text = '"%s"' % re.sub(r'(["\\])', r"\\\1", str(value))
        else:
            text = ":%s:" % base64.b64encode(str(value).encode()).decode()
        task += ";%s=%s" % (key.rstrip("_"), text)
    return task
