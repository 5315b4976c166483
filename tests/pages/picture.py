# SPDX-License-Identifier: Apache-2.0
"""Takes conf-examples/status-page.png: the status page of a real server that
has been busy for some minutes, as Chromium shows it.

usage: picture.py --build DIR [--minutes N]
"""

import argparse
import pathlib
import random
import shutil
import subprocess
import sys
import threading
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests" / "server")]

import browser  # noqa: E402
from server import Server  # noqa: E402

PICTURE = TREE / "conf-examples" / "status-page.png"

CONFIG = """
CrosstownThreads 1 16
CrosstownLimit refresh concurrency=2 queue=12
<Location "/crosstown-status">
    SetHandler crosstown-status
</Location>
<Location "/shop">
    SetHandler probe
</Location>
"""

# Where, what it records, and how often of a hundred requests.
REQUESTS = (
    ("/shop/orders", "name=mail&sleep_ms=300&defer=2", 30),
    ("/shop/orders", "name=mail&sleep_ms=900&fail=20014&"
     "explain=the%20mail%20server%20is%20busy&defer=1", 1),
    ("/shop/orders/17/invoice", "name=invoice&sleep_ms=1400&defer=1", 6),
    ("/shop/basket", "name=refresh&sleep_ms=40&defer=1", 50),
    ("/shop/basket", "name=refresh&defer=1&status=404", 6),
    ("/shop/login", "name=audit&defer=1", 40),
)


def keep_busy(server, until):
    """One client; it works in waves."""
    choose = random.Random(threading.get_ident())
    while time.time() < until:
        path, script, _ = choose.choices(
            REQUESTS, [often for _, _, often in REQUESTS])[0]
        server.ask(path, script)
        time.sleep(choose.uniform(0, 0.5 if time.time() % 120 < 50 else 1.5))


def shrink(picture):
    """To a third, where there is pngquant (Debian: pngquant)."""
    tool = shutil.which("pngquant")
    if tool:
        subprocess.run([tool, "--force", "--strip", "--output", picture, "64",
                        picture], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(TREE / "build"))
    parser.add_argument("--minutes", type=float, default=6)
    options = parser.parse_args()
    if not browser.PROGRAM:
        sys.exit("Chromium (Debian: chromium) is not installed")
    server = Server("event", options.build, "ExtendedStatus On\n" + CONFIG,
                    modules=("status",), children=2,
                    allowed=(r"CT01301",))
    try:
        server.start()
        until = time.time() + 60 * options.minutes
        clients = [threading.Thread(target=keep_busy, args=(server, until))
                   for _ in range(10)]
        for client in clients:
            client.start()
        time.sleep(max(0, until - time.time() - 20))
        subprocess.run(
            [browser.PROGRAM, *browser.FLAGS, "--window-size=1280,1130",
             "--screenshot=%s" % PICTURE,
             "http://127.0.0.1:%d/crosstown-status" % server.port],
            check=True, timeout=120, stderr=subprocess.DEVNULL)
        for client in clients:
            client.join()
        server.stop()
    finally:
        server.clean_up()
    shrink(PICTURE)
    print("%s: %d bytes" % (PICTURE, PICTURE.stat().st_size))


if __name__ == "__main__":
    main()
