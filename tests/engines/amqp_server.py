# SPDX-License-Identifier: Apache-2.0
"""What the tests of amqp:// share: a RabbitMQ, which is started by its first
test, and the httpd that sends to it."""

import shutil

import pytest

pytest.importorskip("amqp", reason="python3-amqp is not installed")
if not shutil.which("rabbitmq-server", path="/usr/sbin"):
    pytest.skip("rabbitmq-server is not installed", allow_module_level=True)

import kept             # noqa: E402
import metrics          # noqa: E402
import named            # noqa: E402
import rabbit           # noqa: E402
import redis_peer       # noqa: E402
import workers          # noqa: E402
from server import Server, running  # noqa: E402

# What a sender says when its broker goes and comes back.
AWAY, BACK = r"CT02411: .*takes no jobs", r"CT02410: .*takes jobs again"

CONFIG = """
LoadModule letter_module "{build}/mod_letter.so"
CrosstownStore "${{ROOT}}/store/tasks.db" wait=60
CrosstownQueue 200
# A job waits for as long as the broker takes to start.
CrosstownSlowTask 0
CrosstownTask jobs {url} timeout=1
CrosstownTask disk {url} queue=jobs keep=disk timeout=1
CrosstownTask returned {url} queue=nobody timeout=1
CrosstownTask lost {url} queue=jobs exchange=nowhere timeout=1
CrosstownTask direct {url} queue=jobs exchange=amq.direct timeout=1
CrosstownTask full {url} timeout=1
CrosstownTask echo {url} format=celery class=shop.echo timeout=1
CrosstownTask proxied amqp://127.0.0.1:{proxy} queue=jobs keep=disk timeout=1
CrosstownTask locked amqp://shop@127.0.0.1:{port} queue=jobs keep=disk \\
    timeout=1 password=file:${{ROOT}}/password
CrosstownTask nowhere {url}/nowhere expires=3s timeout=1
CrosstownTask secure amqps://localhost:{tls} queue=jobs timeout=5 \\
    ca=${{ROOT}}/ca.pem
CrosstownTask other amqps://127.0.0.1:{tls} queue=jobs timeout=5 \\
    ca=${{ROOT}}/ca.pem expires=1s
CrosstownTask strange amqps://localhost:{tls} queue=jobs timeout=5 expires=1s
CrosstownTask probe_named module
<Location "/cgi">
    CrosstownAccept jobs disk returned lost direct full echo proxied locked \\
        nowhere secure other strange {celeries}
</Location>
"""
CELERY = "CrosstownTask %s %s format=celery class=shop.echo queue=%s timeout=1"


@pytest.fixture(scope="module")
def broker():
    made = rabbit.Rabbit("jobs", "celery")
    yield made
    made.close()


@pytest.fixture(scope="module")
def proxy(broker):
    made = redis_peer.Proxy(broker.port)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared(mpm, build, broker, proxy):
    """Started before its broker is."""
    names = [made.name for made in workers.celeries()]
    text = "\n".join([rabbit.load(build), named.cgi_lines(mpm),
                      metrics.CONFIG, CONFIG.format(
                          build=build, url=broker.url, port=broker.port,
                          proxy=proxy.port, tls=broker.tls_port,
                          celeries=" ".join(names)),
                      *(CELERY % (name, broker.url, name) for name in names)])
    server = Server(mpm, build, text, allowed=kept.ALLOWED, room=1)

    def prepare():
        kept.make_directory(server)
        named.write_script(server, "app", named.SCRIPT)
        named.write_password(server)
        shutil.copy(broker.certificate, server.root / "ca.pem")

    with running(server, prepare) as started:
        yield started


@pytest.fixture
def server(shared, broker, proxy):
    proxy.swallows = False
    broker.reset()
    yield shared
    shared.error_log.check()


def numbers(server, broker):
    row, = [row for row in metrics.read(server)["modules"]["amqp"]
            if row["address"] == broker.url + "/"]
    return row
