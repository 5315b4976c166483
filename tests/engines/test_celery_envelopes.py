# SPDX-License-Identifier: Apache-2.0
"""Whatever a payload is, what a Celery worker reads is an envelope: a
malformed one would end it. Payloads are made up, our writer makes jobs of
them, and the real worker runs all; the same by way of a whole server for some,
of any bytes."""

import json
import random
import struct
import subprocess

import pytest
import redis

import kept
import redis_peer
import workers
from server import Server, running

SEED = 20260101
MANY, SOME, BROKEN = 600, 40, 200

CONFIG = """
LoadModule ask_module "%s/mod_ask.so"
CrosstownTask echo %s format=celery class=shop.echo
<Location "/ask">
    SetHandler ask
</Location>
"""

LETTERS = ["a", "Z", " ", "\"", "\\", "/", "\n", "\r", "\t", "\0", "\x01",
           "\x1f", "\x7f", "\u0080", "\u00e9", "\u2028", "\u2603", "\ufeff",
           "\uffff", "\U0001f600", "\U0010ffff", "{", "}", "[", "]", "'",
           "</script>", "%s", "{0}", "$", "*3\r\n", "\\u0000", "\\ud800"]
NUMBERS = [0, -1, 1.5, -0.0, 1e308, 5e-324, 2 ** 53 + 1, 10 ** 40, -10 ** 18]


def text(draw, longest=20):
    return "".join(draw.choice(LETTERS) if draw.random() < 0.7
                   else chr(draw.choice((draw.randrange(0x20, 0xd800),
                                         draw.randrange(0xe000, 0x110000))))
                   for _ in range(draw.randrange(longest)))


def value(draw, depth=0):
    kind = draw.randrange(7 if depth < 6 else 5)
    if kind == 0:
        return draw.choice([None, True, False])
    if kind == 1:
        return draw.choice(NUMBERS)
    if kind < 5:
        return text(draw, 2000 if draw.random() < 0.02 else 20)
    if kind == 5:
        return [value(draw, depth + 1) for _ in range(draw.randrange(5))]
    return {text(draw): value(draw, depth + 1)
            for _ in range(draw.randrange(5))}


def nested(levels):
    made = "innermost"
    for level in range(levels):
        made = [made] if level % 2 else {"": made}
    return made


def payload(draw):
    """A value, and one of the ways to write it."""
    made = value(draw) if draw.random() < 0.3 else draw.choice(
        [lambda: [value(draw) for _ in range(draw.randrange(6))],
         lambda: {text(draw): value(draw)
                  for _ in range(draw.randrange(6))}])()
    written = json.dumps(made, ensure_ascii=draw.random() < 0.5,
                         indent=draw.choice([None, None, 1, "\t"]))
    return made, (draw.choice(["", " ", "\r\n\t"]) + written + draw.choice(
        ["", "\n"])).encode()


def fixed():
    """Those that nobody would draw."""
    big = "x\u2603\"" * 110000
    for made in ([], {}, [[]], {"": ""}, [big], {"big": big}, nested(60),
                 {"this": 1, "args": 2, "kwargs": 3, "task": 4, "id": 5,
                  "retries": 6, "eta": 7, "callbacks": 8},
                 [0] * 20000, {str(key): key for key in range(5000)}):
        yield made, json.dumps(made).encode()


def spoilt(draw):
    """Bytes that are hardly ever JSON, though they were once."""
    _, written = payload(draw)
    at = draw.randrange(len(written) + 1)
    return draw.choice([
        written[:at] + b"\0" + written[at:],
        written[:at] + bytes([draw.randrange(0x80, 0x100)]) + written[at:],
        written[:at] + b"\xed\xa0\x80" + written[at:],
        b'["\\ud800"]', b'"\xff"', b'"\xc0\x80"', b'{"a":1}{"b":2}',
        written[:at], written + b"]", b"[" + written,
        bytes(draw.randrange(256) for _ in range(draw.randrange(1, 60)))])


def reads(written):
    """What a strict reader makes of these bytes; they may be none."""
    def refuse(word):
        raise ValueError(word)
    return json.loads(written.decode(), parse_constant=refuse) if (
        written) else {}


def is_json(written):
    try:
        reads(written)
    except ValueError:
        return False
    return True


def encode(build, payloads):
    """What is sent to Redis for each; text that says why not for those that
    are refused."""
    said = subprocess.run(
        [str(build / "engines" / "envelopes"), "celery", "shop.echo",
         "celery"], check=True, stdout=subprocess.PIPE, timeout=120,
        input=b"".join(struct.pack("<I", len(one)) + one
                       for one in payloads)).stdout
    commands = []
    while said:
        length, = struct.unpack_from("<I", said)
        commands.append(said[4:4 + length])
        said = said[4 + length:]
    assert len(commands) == len(payloads)
    return commands


def message_of(command):
    """The last word of the one command."""
    words = []
    _, rest = command.split(b"\r\n", 1)
    while rest:
        length, rest = rest.split(b"\r\n", 1)
        words.append(rest[:int(length[1:])])
        rest = rest[int(length[1:]) + 2:]
    assert words[:2] == [b"LPUSH", b"celery"] and len(words) == 3
    return words[2]


@pytest.fixture(scope="module", params=workers.celeries(),
                ids=lambda worker: worker.name)
def worker(request, engine, build):
    made = request.param
    missing = made.missing(build)
    if missing:
        pytest.skip("%s is not on this machine" % missing)
    try:
        yield made.start(engine.port, build)
    finally:
        made.stop()


def push(engine, worker, messages):
    client = redis.Redis(port=engine.port, db=worker.db)
    pipe = client.pipeline(transaction=False)
    for message in messages:
        pipe.lpush("celery", message)
    pipe.execute()


def check_ran(worker, before, expected):
    """Each of them was called, with what it was to be called with."""
    calls = worker.wait_for(before + len(expected))[before:]
    assert len(calls) == len(expected)
    got = {job: called for job, called in calls}
    for job, made in expected.items():
        # 1e308 and so on: as the text that it is
        assert json.dumps(got[job]) == json.dumps(worker.called_with(made))
    assert worker.lives() and "Traceback" not in worker.log(), worker.log()


def test_envelopes(worker, engine, build):
    draw = random.Random(SEED)
    pairs = [*fixed(), *(payload(draw) for _ in range(MANY))]
    commands = encode(build, [written for _, written in pairs])
    expected, before = {}, len(worker.ran())
    for (made, _), command in zip(pairs, commands):
        assert not command.startswith(b"-"), (made, command)
        message = message_of(command)
        expected[json.loads(message)["headers"]["id"]] = made
    push(engine, worker, map(message_of, commands))
    check_ran(worker, before, expected)


def test_spoilt_payloads(worker, engine, build):
    """They are refused, or a strict reader reads them, too; then they run."""
    draw = random.Random(SEED + 1)
    payloads = [spoilt(draw) for _ in range(BROKEN)]
    expected, messages, before = {}, [], len(worker.ran())
    for written, command in zip(payloads, encode(build, payloads)):
        if command.startswith(b"-"):
            assert b"\\ud" in written.lower() or not is_json(written), written
            continue
        messages.append(message_of(command))
        expected[json.loads(messages[-1])["headers"]["id"]] = reads(written)
    assert len(messages) < len(payloads)
    push(engine, worker, messages)
    check_ran(worker, before, expected)


@pytest.fixture
def server(build, engine, worker):
    text = "\n".join([redis_peer.load(build), CONFIG % (
        build, worker.url(engine.port))])
    made = Server("event", build, text, allowed=(
        *kept.ALLOWED, r"CT02109: .*does not fit",
        r"CT02106: .*more line"))
    with running(made) as started:
        yield started


def test_by_way_of_a_server(server, worker):
    """Any bytes: whoever asked was told whether they fit."""
    draw = random.Random(SEED + 2)
    payloads = [*(written for _, written in fixed()),
                *(payload(draw)[1] for _ in range(SOME)),
                *(spoilt(draw) for _ in range(SOME))]
    expected, before = [], len(worker.ran())
    for written in payloads:
        answer = server.ask("/ask/echo", method="POST", body=written)
        assert answer.status in (202, 400)
        if answer.status == 202:
            expected.append(json.dumps(worker.called_with(reads(written))))
    assert len(expected) < len(payloads)
    calls = worker.wait_for(before + len(expected))[before:]
    assert sorted(json.dumps(called) for _, called in calls) == sorted(
        expected)
    assert worker.lives() and "Traceback" not in worker.log(), worker.log()
