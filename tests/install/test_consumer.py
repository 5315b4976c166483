# SPDX-License-Identifier: Apache-2.0
"""A consumer's author, who has nothing but what was installed."""

import os
import pathlib
import shutil

import pytest

from httpd import apxs
from root import TREE, InstalledServer, header_version, run

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture
def workshop(tmp_path):
    """A directory with the source of a consumer, and of its unit test."""
    path = tmp_path / "workshop"
    path.mkdir()
    shutil.copy(TREE / "conf-examples" / "mod_postcard.c", path)
    shutil.copy(HERE / "postcard_test.c", path)
    return path


def pkg_config(root, *words, **environment):
    """What a consumer's make asks."""
    return run(["pkg-config", *words, "crosstown"], env={
        **os.environ, **environment,
        "PKG_CONFIG_PATH": str(root(apxs("LIBDIR"), "pkgconfig"))})


def moved(root):
    """The root is no prefix that anybody has configured: say so."""
    return "--define-variable=prefix=%s" % root(apxs("PREFIX") or "/usr")


def test_apxs_is_enough(installed, workshop):
    headers = installed(apxs("INCLUDEDIR"))
    run([os.environ.get("APXS") or "apxs", "-c", "-I%s" % headers,
         "mod_postcard.c"], cwd=workshop)
    server = InstalledServer(installed, workshop / ".libs/mod_postcard.so")
    (server.htdocs / "holiday").write_text("the sea")
    try:
        server.start()
        answer = server.ask("/holiday", headers={"User-Agent": "aunt/1.0"})
        assert (answer.status, answer.body) == (200, b"the sea")
        server.error_log.expect(r"postcard: /holiday, status 200, was read "
                                r"by aunt/1\.0")
        server.stop()
    finally:
        server.clean_up()


def test_pkg_config_names_the_version(installed):
    assert pkg_config(installed, "--modversion").startswith(
        header_version() + ".")


def test_pkg_config_names_what_is_there(installed):
    flags = pkg_config(installed, moved(installed), "--cflags").split()
    libraries = pkg_config(installed, moved(installed), "--libs").split()
    assert "-I%s" % installed(apxs("INCLUDEDIR")) in flags
    assert "-L%s" % installed(apxs("LIBDIR")) in libraries
    assert "-lcrosstown_testing" in libraries


def test_pkg_config_below_a_sysroot(installed):
    flags = pkg_config(installed, "--cflags",
                       PKG_CONFIG_SYSROOT_DIR=str(installed.path)).split()
    assert "-I%s" % installed(apxs("INCLUDEDIR")) in flags


def test_unit_test_without_a_server(installed, workshop):
    run([os.environ.get("CC") or "cc", "-Wall", "-Werror", "-g",
         "mod_postcard.c", "postcard_test.c", "-o", "postcard_test",
         *pkg_config(installed, moved(installed), "--cflags",
                     "--libs").split()], cwd=workshop)
    assert run([workshop / "postcard_test"]) == "postcard: as it should be"
