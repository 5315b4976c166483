# SPDX-License-Identifier: Apache-2.0
"""The parent takes a sample of the totals every ten seconds, and keeps them
through restarts."""

import metrics

ANY_MPM = True

CONFIG = metrics.CONFIG + "CrosstownThreads 1 2\n"


def test_samples(make_server):
    server = make_server(CONFIG, room=1)
    assert metrics.read(server)["samples"] == []
    answer = server.ask("/probe", "defer=5")
    assert server.ledger.outcomes(answer.tag, 5) == {"RAN": 5}
    first = metrics.wait_for(server, lambda now: now["samples"],
                           "a sample", deadline=40)["samples"][0]
    assert (first["recorded"], first["ran"]) == (5, 5)
    server.graceful()
    now = metrics.read(server)
    assert now["samples"][0] == first
    assert now["since"] < first["when"] <= now["now"]
