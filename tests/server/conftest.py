# SPDX-License-Identifier: Apache-2.0
"""Every test that takes `mpm` runs once per MPM, on a private httpd; those of a
test module with ANY_MPM on one of them, since none makes a difference there.

A test module that has a CONFIG gets `server`, one httpd for all of its tests;
OPTIONS are further arguments of Server. `make_server` starts one for a single
test. After each test the error log may hold only lines that it has named.
"""

import pathlib
import ssl

import pytest
from _pytest.runner import runtestprotocol

import cases
import client
import ledger
import named
from cases import HTTPD_ITSELF
from engine_config import text_of
from error_log import pytest_terminal_summary
from httpd import httpd_before
from resources import make_certificate
from server import MPMS, Server, running

__all__ = ["pytest_terminal_summary"]

TREE = pathlib.Path(__file__).resolve().parents[2]

# Seconds; enough for every test of a hard case with the real module.
NAIVE_PATIENCE = 4

# So often a test is run, if httpd itself crashes in it.
CHANCES = 3

# mod_http2 says so itself: it works under prefork, but not well.
ALLOWED = (r"AH10034:",)


def pytest_addoption(parser):
    parser.addoption("--mpm", action="append", choices=MPMS,
                     help="test this MPM only (may be given several times)")
    parser.addoption("--share", metavar="I/N",
                     help="this is one of N runs: of the tests that no MPM "
                     "makes a difference to, it has its share")
    parser.addoption("--part", metavar="I/N", default="1/1",
                     help="this is one of N runs with the same MPM: of the "
                     "other tests it has its share")
    parser.addoption("--build", default=str(TREE / "build"),
                     help="where mod_crosstown.so and mod_probe.so are")
    parser.addoption("--naive", metavar="DIR",
                     help="test the naive mod_crosstown.so of this directory: "
                     "the tests of the hard cases must fail")
    parser.addoption("--portable", action="store_true",
                     help="the module was made with PORTABLE=1, without what "
                     "POSIX does not have")
    parser.addoption("--preload", metavar="LIBRARY",
                     help="what every httpd loads first")
    parser.addoption("--patience", type=float, metavar="SECONDS",
                     help="how long to wait for what must happen soon")


def pytest_configure(config):
    for line in cases.MARKERS:
        config.addinivalue_line("markers", line)
    if config.getoption("--preload"):
        Server.environment = {"LD_PRELOAD": config.getoption("--preload")}
    naive = config.getoption("--naive")
    patience = config.getoption("--patience") or (NAIVE_PATIENCE if naive
                                                  else None)
    if patience:
        ledger.DEADLINE, client.TIMEOUT = patience, 2 * patience
    if naive:
        Server.crosstown_directory = pathlib.Path(naive).resolve()
        config.pluginmanager.register(cases.NaiveRun())


def pytest_generate_tests(metafunc):
    if "mpm" in metafunc.fixturenames:
        metafunc.parametrize("mpm", metafunc.config.getoption("mpm") or MPMS,
                             scope="module")


def needs_each_mpm(item):
    return ("mpm" in item.fixturenames
            and not getattr(item.module, "ANY_MPM", False))


def deal(items, share):
    """Of these tests those that another run has; a test module stays whole."""
    number, runs = map(int, share.split("/"))
    modules = sorted({item.module.__name__ for item in items})
    own = set(modules[number - 1::runs])
    return {item for item in items if item.module.__name__ not in own}


def pytest_collection_modifyitems(config, items):
    share = config.getoption("--share")
    if not share:
        return
    each_mpm = [item for item in items if needs_each_mpm(item)]
    any_mpm = [item for item in items if not needs_each_mpm(item)]
    left_out = (deal(each_mpm, config.getoption("--part"))
                | deal(any_mpm, share))
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def pytest_sessionfinish(session, exitstatus):
    if session.config.getoption("--share") and (
            exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.OK    # -k names none of an MPM


def pytest_runtest_protocol(item, nextitem):
    """As pytest does it; but a test that fails because httpd's MPM crashed
    by itself is run again. The backtrace has to say that it was that crash."""
    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for chance in range(CHANCES, 0, -1):
        crashes = Server.httpds_own_crashes
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if (chance == 1 or Server.httpds_own_crashes == crashes
                or not any(report.failed for report in reports)):
            break
        item.warn(pytest.PytestWarning("httpd crashed by itself: run again"))
    for report in reports:
        hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture(scope="session")
def build(request):
    path = pathlib.Path(request.config.getoption("build")).resolve()
    for name in ("mod_crosstown.so", "mod_probe.so"):
        assert (path / name).exists(), "%s is missing: make it" % (path / name)
    return path


def scope_of_shared_server(fixture_name, config):
    return "function" if config.getoption("--naive") else "module"


# PR 65769. Without any module of ours, one thread and one request after the
# other, each on a connection of its own: with 2.4.49 the sixth has no answer.
def skip_if_it_has_one_worker(mpm, options):
    if (mpm == "event" and options.get("workers") == 1
            and httpd_before("2.4.53")):
        pytest.skip(HTTPD_ITSELF + "before 2.4.53 event's listener may not "
                    "listen again once its only worker was busy")


@pytest.fixture(scope=scope_of_shared_server)
def shared_server(request, mpm, build):
    """The module's own httpd, if it has a CONFIG."""
    if not hasattr(request.module, "CONFIG"):
        yield None
        return
    options = getattr(request.module, "OPTIONS", {})
    skip_if_it_has_one_worker(mpm, options)
    server = Server(mpm, build, request.module.CONFIG,
                    **{"allowed": ALLOWED, **options})
    def prepare():
        if hasattr(request.module, "prepare"):
            request.module.prepare(server, request)

    with running(server, prepare) as started:
        yield started


@pytest.fixture
def server(shared_server):
    yield shared_server
    shared_server.error_log.check()


@pytest.fixture(scope="module")
def shared_receiver():
    """Whom webhooks tell; for the configuration of a module's server."""
    made = named.Receiver()
    yield made
    made.close()


@pytest.fixture
def receiver(shared_receiver):
    """The same; what it was told before this test is forgotten."""
    shared_receiver.reset()
    yield shared_receiver
    shared_receiver.reset()


@pytest.fixture
def make_server(mpm, build):
    """make_server(config, ...): a started httpd, stopped after the test."""
    made = []

    def make(config="", start=True, **options):
        skip_if_it_has_one_worker(mpm, options)
        server = Server(mpm, build, config,
                        **{"allowed": ALLOWED, **options})
        made.append(server)
        return server.start() if start else server

    yield make
    try:
        for server in made:
            if server.process is not None:
                server.stop()
    finally:
        for server in made:
            server.clean_up()


@pytest.fixture
def more_than_posix(pytestconfig):
    """For tests of what the fallbacks of lib/base/platform.h cannot do."""
    if pytestconfig.getoption("--portable"):
        pytest.skip("POSIX does not say which thread of the system one is, "
                    "whether it lives, nor on what a directory is")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """The file of make_certificate(), one for all tests."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def trusting_tls():
    """The client's side of TLS: any certificate will do. Each client names
    its protocol in it before it connects."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.fixture
def configtest(build):
    """configtest(lines): what httpd -t says of them, where tasks are named
    and engines are targets."""
    servers = []

    def configtest(lines):
        servers.append(Server("event", build, text_of(build, lines)))
        return servers[-1].configtest()
    yield configtest
    for server in servers:
        server.clean_up()
