# SPDX-License-Identifier: Apache-2.0
"""Real sentinels, which name the master, and another one when it is gone; and
a real cluster, which is refused."""

import contextlib
import json
import shutil
import subprocess

import pytest
import redis

import kept
import redis_peer
from ledger import wait_until
from resources import free_port
from server import Server, running

CONFIG = """
LoadModule ask_module "%s/mod_ask.so"
CrosstownStore "${ROOT}/store/tasks.db" wait=20
CrosstownTask jobs %s keep=disk timeout=1
CrosstownDrain 1
<Location "/ask">
    SetHandler ask
</Location>
"""

# A stop finds it waiting, and it waits on disk from then on.
STAYS = r"CT01401: .*jobs"

SENTINEL = """port {port}
bind 127.0.0.1
dir {root}
daemonize no
logfile ""
sentinel monitor shop 127.0.0.1 {master} 1
sentinel down-after-milliseconds shop 1000
sentinel failover-timeout shop 3000
"""

pytestmark = pytest.mark.skipif(
    not shutil.which("redis-sentinel"), reason="redis-sentinel is not on "
    "this machine")


class Sentinel(redis_peer.Redis):
    """One that looks after a master."""

    def __init__(self, master):
        super().__init__()
        path = self.root / "sentinel.conf"
        path.write_text(SENTINEL.format(port=self.port, root=self.root,
                                        master=master.port))
        self.process = subprocess.Popen(
            ["redis-sentinel", str(path)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL)
        wait_until(self._answers, "redis-sentinel to answer")

    def master(self):
        _, port = self.client.execute_command(
            "SENTINEL GET-MASTER-ADDR-BY-NAME", "shop")
        return int(port)

    def replicas(self):
        return len(self.client.execute_command("SENTINEL REPLICAS", "shop"))


def ask(server, number):
    answer = server.ask("/ask/jobs", method="POST",
                        body=json.dumps(number).encode())
    assert answer.status == 202, answer


def numbers(entries):
    return sorted(json.loads(entry[b"payload"]) for entry in entries)


def start_server(mpm, build, url, allowed):
    text = "\n".join([redis_peer.load(build), CONFIG % (build, url)])
    server = Server(mpm, build, text, allowed=(*kept.ALLOWED, *allowed))
    return running(server, lambda: kept.make_directory(server))


def test_sentinel(mpm, build):
    """The second address of the two is the one that answers. When the master
    is killed the jobs go to the one that was its replica."""
    with contextlib.ExitStack() as left:
        def started(made):
            left.callback(made.close)
            return made
        master = started(redis_peer.Redis()).start()
        replica = started(redis_peer.Redis()).start(
            "--replicaof", "127.0.0.1 %d" % master.port)
        sentinel = started(Sentinel(master))
        wait_until(lambda: sentinel.replicas() == 1, "the replica to be seen")
        server = left.enter_context(start_server(
            mpm, build, "redis+sentinel://127.0.0.1:%d,127.0.0.1:%d/shop/0" % (
                free_port(), sentinel.port), [r"CT0241[01]:"]))
        ask(server, 1)
        assert numbers(master.wait_for(1)) == [1]
        wait_until(lambda: replica.client.xlen("jobs") == 1, "the replica")
        master.kill()
        ask(server, 2)
        server.error_log.expect(r"CT02411: .*takes no jobs")
        wait_until(lambda: sentinel.master() == replica.port, "the fail-over")
        assert numbers(replica.wait_for(2)) == [1, 2]
        kept.wait_for_count(server, 0)
        ask(server, 3)
        assert numbers(replica.wait_for(3)) == [1, 2, 3]
        kept.wait_for_count(server, 0)


def test_no_such_service(mpm, build, engine):
    """The sentinel does not know the name: that is said, nothing is lost."""
    sentinel = Sentinel(engine)
    try:
        with start_server(mpm, build, "redis+sentinel://127.0.0.1:%d/other"
                          % sentinel.port, [STAYS]) as server:
            ask(server, 1)
            server.error_log.expect(r"CT0241[12]: .*other")
            assert kept.count(server) == 1
    finally:
        sentinel.close()


def test_cluster(mpm, build):
    """Refused, loudly, before anything is written to it; the jobs stay."""
    with contextlib.ExitStack() as left:
        cluster = redis_peer.Redis()
        left.callback(cluster.close)
        # The port of its bus would be 10000 more, which may be none.
        cluster.start("--cluster-enabled", "yes", "--cluster-config-file",
                      "nodes.conf", "--cluster-port", str(free_port()))
        cluster.client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        wait_until(lambda: cluster.client.execute_command(
            "CLUSTER INFO")["cluster_state"] == "ok", "the cluster")
        server = left.enter_context(start_server(mpm, build, cluster.url,
                                                 [STAYS]))
        ask(server, 1)
        server.error_log.expect(r"CT02412: redis://.*cluster")
        assert kept.count(server) == 1
        with pytest.raises(redis.exceptions.ResponseError):
            cluster.client.select(1)    # it is one
        assert cluster.client.dbsize() == 0
