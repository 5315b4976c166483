# SPDX-License-Identifier: Apache-2.0
"""A rabbitmq-server of a test's own, and what it needs to look into it. It
starts slowly, in half a minute on a busy machine, so tests share one."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import amqp

import kept
from ledger import wait_until
from resources import free_port, make_certificate

BIN = pathlib.Path("/usr/lib/rabbitmq/bin")
# Of a broker that is to answer on a machine with other things to do.
PATIENCE = 240


def load(build):
    return "\n".join([
        kept.load(build),
        'LoadModule crosstown_amqp_module "%s/mod_crosstown_amqp.so"' % build])


def definitions(queues):
    """Who may come, and what is there when it starts."""
    salt = b"salt"
    guest = base64.b64encode(salt + hashlib.sha256(
        salt + b"guest").digest()).decode()
    return json.dumps({
        "users": [{"name": "guest", "password_hash": guest, "tags": "",
                   "hashing_algorithm": "rabbit_password_hashing_sha256"}],
        "vhosts": [{"name": "/"}],
        "permissions": [{"user": "guest", "vhost": "/", "configure": ".*",
                         "write": ".*", "read": ".*"}],
        "queues": [{"name": name, "vhost": "/", "durable": True,
                    "auto_delete": False, "arguments": {}}
                   for name in queues]})


class Rabbit:
    """Queues and what is in them survive, if they are durable."""

    def __init__(self, *queues):
        self.port = free_port()
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="crosstown-rabbit-"))
        self.process = None
        self._client = None
        self.tls_port = free_port()
        self.certificate = make_certificate(self.root)
        (self.root / "rabbitmq.conf").write_text("\n".join([
            "listeners.tcp.1 = 127.0.0.1:%d" % self.port,
            "listeners.ssl.1 = 127.0.0.1:%d" % self.tls_port,
            "ssl_options.certfile = %s" % self.certificate,
            "ssl_options.keyfile = %s" % self.certificate,
            "load_definitions = %s" % (self.root / "definitions.json"), ""]))
        (self.root / "definitions.json").write_text(definitions(queues))
        (self.root / "plugins").write_text("[].\n")
        node = "crosstown%d@localhost" % self.port
        self.environment = dict(
            PATH="/usr/sbin:/usr/bin:/sbin:/bin", LANG="C.UTF-8",
            HOME=str(self.root), RABBITMQ_NODENAME=node,
            RABBITMQ_MNESIA_BASE=str(self.root / "mnesia"),
            RABBITMQ_LOG_BASE=str(self.root / "log"),
            RABBITMQ_CONFIG_FILE=str(self.root / "rabbitmq.conf"),
            RABBITMQ_CONF_ENV_FILE="/dev/null",
            RABBITMQ_ENABLED_PLUGINS_FILE=str(self.root / "plugins"),
            RABBITMQ_DIST_PORT=str(free_port()),
            ERL_EPMD_PORT=str(free_port()), ERL_EPMD_ADDRESS="127.0.0.1",
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 1:1 +sbwt none "
            "+sbwtdcpu none +sbwtdio none")

    @property
    def url(self):
        return "amqp://127.0.0.1:%d" % self.port

    def start(self):
        self.process = subprocess.Popen(
            [str(BIN / "rabbitmq-server")], env=self.environment,
            cwd=self.root, stdin=subprocess.DEVNULL,
            stdout=open(self.root / "out.log", "ab"),
            stderr=subprocess.STDOUT, start_new_session=True)
        wait_until(self._answers, "rabbitmq-server to answer", PATIENCE)
        return self

    def _answers(self):
        assert self.process.poll() is None, \
            (self.root / "out.log").read_text()
        try:
            amqp.Connection("127.0.0.1:%d" % self.port, read_timeout=30,
                            write_timeout=30).connect()
            return True
        except (OSError, amqp.exceptions.AMQPError):
            return False

    @property
    def client(self):
        """A channel. Another one, if the last one is gone."""
        if self._client is None or not self._client.is_open:
            connection = amqp.Connection("127.0.0.1:%d" % self.port,
                                         read_timeout=60, write_timeout=60)
            connection.connect()
            self._client = connection.channel()
        return self._client

    def forget_client(self):
        self._client = None

    def ctl(self, *arguments):
        """rabbitmqctl, which takes some seconds."""
        return subprocess.run(
            [str(BIN / "rabbitmqctl"), "-q", *arguments], text=True,
            env=self.environment, cwd=self.root, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=PATIENCE, check=True).stdout

    def declare(self, *queues, **more):
        for queue in queues:
            self.client.queue_declare(queue, durable=True, auto_delete=False,
                                      **more)

    def count(self, queue):
        return self.client.queue_declare(queue, passive=True).message_count

    def take(self, queue):
        """One message, or None."""
        return self.client.basic_get(queue, no_ack=True)

    def wait_for(self, count, queue="jobs"):
        """So many messages, which are taken away."""
        found = []

        def take_more():
            message = self.take(queue)
            while message is not None:
                found.append(message)
                message = self.take(queue)
            return len(found) >= count
        wait_until(take_more, lambda: "%d messages; there are %d" % (
            count, len(found)))
        return found

    def reset(self):
        """It runs, and its first queue is empty."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        self.thaw()
        self.client.queue_purge("jobs")

    def _signal(self, number):
        os.killpg(self.process.pid, number)

    def kill(self):
        self._signal(signal.SIGKILL)
        self.process.wait()
        self.forget_client()

    def freeze(self):
        self._signal(signal.SIGSTOP)

    def thaw(self):
        self._signal(signal.SIGCONT)

    def _end_of_names(self):
        """Its daemon does not go before it has seen that the broker has."""
        return "Killed" in subprocess.run(
            ["epmd", "-kill"], env=self.environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=60).stdout

    def close(self):
        if self.process is not None:
            self.thaw()
            self.kill()
            wait_until(self._end_of_names, "epmd to end")
        shutil.rmtree(self.root, ignore_errors=True)


def tokens(messages):
    return sorted(json.loads(message.body)["to"] for message in messages)
