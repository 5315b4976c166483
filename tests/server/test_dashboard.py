# SPDX-License-Identifier: Apache-2.0
"""conf-examples/grafana-dashboard.json: a real Prometheus has an answer to
each of its queries."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

import kept
import metrics
from ledger import wait_until
from resources import free_port
from server import Server, running

ANY_MPM = True

DASHBOARD = (pathlib.Path(__file__).resolve().parents[2] / "conf-examples"
             / "grafana-dashboard.json")
SCRAPE = """
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: httpd
    metrics_path: /crosstown-status
    params: { format: [prometheus] }
    static_configs: [ { targets: [ "127.0.0.1:%d" ] } ]
"""
WIDTH = 24


def panels():
    return json.loads(DASHBOARD.read_text())["panels"]


def queries():
    return [target["expr"] for panel in panels()
            for target in panel["targets"]]


@pytest.fixture(scope="module")
def shared_server(mpm, build, shared_receiver):
    server = Server(mpm, build, kept.load(build) + metrics.CONFIG
                    + 'CrosstownStore "${ROOT}/store/tasks.db" wait=20\n'
                    "CrosstownTask kept %s keep=disk retries=0\n"
                    "CrosstownLimit mail concurrency=9\n"
                    '<Location "/kept">\nCrosstownAccept kept\nHeader always '
                    'set Crosstown "kept;to=42"\n</Location>\n'
                    % shared_receiver.url("/500"), modules=("headers",),
                    allowed=kept.ALLOWED)
    (server.htdocs / "kept").write_text("x")
    with running(server, lambda: kept.make_directory(server)) as started:
        yield started


@pytest.fixture
def prometheus(server, tmp_path):
    """ask(path): what its API answers."""
    program = os.environ.get("PROMETHEUS") or shutil.which("prometheus")
    if not program:
        pytest.skip("no prometheus (Debian: prometheus)")
    (tmp_path / "prometheus.yml").write_text(SCRAPE % server.port)
    url = "http://127.0.0.1:%d" % free_port()
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen(
            [program, "--config.file=%s" % (tmp_path / "prometheus.yml"),
             "--storage.tsdb.path=%s" % (tmp_path / "data"),
             "--web.listen-address=" + url.partition("//")[2]],
            stdout=log, stderr=log)

    def ask(path):
        assert process.poll() is None, (tmp_path / "log").read_text()
        try:
            with urllib.request.urlopen(url + path, timeout=20) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            if error.code == 503:
                return ""            # not ready yet
            raise AssertionError(error.read().decode()) from None
        except OSError:
            return ""
    try:
        wait_until(lambda: ask("/-/ready"), "prometheus to be ready")
        yield ask
    finally:
        process.kill()
        process.wait()


def test_each_query_is_answered(server, prometheus):
    server.error_log.allow("CT0130[123]:")
    assert server.ask("/kept").status == 200

    def answer(query):
        for variable, value in (("$instance", ".*"),
                                ("$__rate_interval", "1m")):
            query = query.replace(variable, value)
        assert "$" not in query
        told = prometheus("/api/v1/query?" + urllib.parse.urlencode(
            {"query": query}))
        return told and json.loads(told)["data"]["result"]

    def is_answered(query):
        asked = server.ask("/probe", "name=mail&defer=1")
        server.ledger.outcomes(asked.tag, 1)
        return answer(query)

    assert len(queries()) >= 15
    for query in queries():
        wait_until(lambda: is_answered(query), "an answer to " + query)
    words = [row["metric"]["state"] for row in answer(queries()[0])]
    assert len(words) == 1


def test_panels_have_their_places():
    """None lies on another one, and each has its number."""
    taken = set()
    for panel in panels():
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= WIDTH
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in panels()}) == len(panels())
    known = set(re.findall(r"\$\{?(\w+)", DASHBOARD.read_text()))
    assert known == {"datasource", "instance", "__rate_interval", "__all"}
