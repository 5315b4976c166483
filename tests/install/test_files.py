# SPDX-License-Identifier: Apache-2.0
"""What is installed where, and that it goes again and nothing else does."""

import re
import subprocess

import pytest

from httpd import apxs
from pages import broken_links
from root import TREE, header_version

MODS = apxs("SYSCONFDIR") + "/mods-available"
PREFIX = apxs("PREFIX") or "/usr"
PAGES = ["README.md", "include/README.md", "lib/README.md",
         "lib/deferred/README.md", "tests/README.md",
         *("conf-examples/tasks/" + name for name in (
             "README.md", "app.js", "crosstown.js", "crosstown.lua",
             "crosstown.php", "crosstown.pl", "crosstown.py", "crosstown.rb",
             "crosstown_django.py", "django.conf", "proxied.conf",
             "wordpress-mail-job.php", "wordpress-mail.php",
             "wordpress.conf")),
         *("conf-examples/" + name for name in (
             "README.md", "engines/README.md", "engines/consumer.py",
             *("engines/" + name for name in (
                 "SendMail.php", "django.conf", "laravel.conf", "mail_job.rb",
                 "node.conf", "rails.conf", "shop_tasks.py", "worker.js")),
             "all-directives.conf", "amqp.conf", "demo_store.conf",
             "demo_tasks.conf", "later.conf", "minimal.conf",
             "mod_later.c", "mod_later.h", "mod_later_backends.c", "mod_letter.c",
             "mod_phone_calls.c", "mod_postcard.c", "mod_telegram.cpp",
             "grafana-dashboard.json", "phone_calls.conf", "postcard.conf",
             "prometheus-alerts.yml",
             "redis.conf", "status-page.png", "status.conf", "telegram.conf"))]


def expected(prefix=PREFIX, mods=MODS):
    """The whole list, by hand."""
    def place(name):
        path = apxs(name)
        return (prefix + path[len(PREFIX):] if path.startswith(PREFIX + "/")
                else path)

    return {
        place("LIBEXECDIR") + "/mod_crosstown.so",
        place("LIBEXECDIR") + "/mod_crosstown_tasks.so",
        place("LIBEXECDIR") + "/mod_crosstown_store.so",
        place("LIBEXECDIR") + "/mod_crosstown_redis.so",
        place("LIBEXECDIR") + "/mod_crosstown_amqp.so",
        place("INCLUDEDIR") + "/mod_crosstown.h",
        place("INCLUDEDIR") + "/crosstown_client.h",
        place("INCLUDEDIR") + "/crosstown_control.h",
        place("INCLUDEDIR") + "/crosstown_deferred.h",
        place("INCLUDEDIR") + "/crosstown_keep.h",
        place("INCLUDEDIR") + "/crosstown_log.h",
        place("INCLUDEDIR") + "/crosstown_numbers.h",
        place("INCLUDEDIR") + "/crosstown_running.h",
        place("INCLUDEDIR") + "/crosstown_tasks.h",
        place("INCLUDEDIR") + "/crosstown_testing.h",
        place("LIBDIR") + "/libcrosstown_testing.a",
        place("LIBDIR") + "/pkgconfig/crosstown.pc",
        place("MANDIR") + "/man8/mod_crosstown.8",
        place("MANDIR") + "/man3/crosstown.3",
        place("MANDIR") + "/man3/crosstown_testing.3",
        *(prefix + "/share/doc/mod_crosstown/" + name for name in PAGES),
    } | ({mods + "/crosstown.load", mods + "/crosstown.conf",
          mods + "/crosstown_tasks.load",
          mods + "/crosstown_store.load",
          mods + "/crosstown_redis.load",
          mods + "/crosstown_amqp.load"} if mods else set())


@pytest.fixture
def left_behind():
    """What Python and an editor leave beside the pages."""
    directory = TREE / "conf-examples" / "__pycache__"
    made = not directory.exists()
    directory.mkdir(exist_ok=True)
    files = [directory / "left.cpython-0.pyc",
             TREE / "conf-examples" / "left.conf~"]
    for path in files:
        path.write_text("not to be installed")
    yield
    for path in files:
        path.unlink()
    if made:
        directory.rmdir()


def test_all_files_and_no_other(root, left_behind):
    root.make("install", MODSDIR=MODS)
    assert root.files() == expected()
    for name in root.files():
        assert root(name).stat().st_mode & 0o7777 == 0o644, name
        assert root(name).stat().st_size > 0, name


def test_load_files_are_configuration(root):
    """One that is not stops a server that a2enmod has told to read it."""
    root.make("install", MODSDIR=MODS)
    loads = [name for name in root.files() if name.endswith(".load")]
    assert loads
    for name in loads:
        *comments, load = root(name).read_text().splitlines()
        assert re.fullmatch(r"LoadModule crosstown\w* \S+\.so", load), load
        assert all(re.fullmatch(r"# Depends: \w+", line)
                   for line in comments), comments


def test_library_is_for_every_compiler(root):
    """What one leaves for its own link-time optimisation another version of
    it cannot read."""
    root.make("install", MODSDIR=MODS)
    library, = (name for name in root.files() if name.endswith(".a"))
    sections = subprocess.run(["objdump", "-h", str(root(library))],
                              check=True, text=True,
                              stdout=subprocess.PIPE).stdout
    assert ".text" in sections
    assert "lto" not in sections


def test_uninstall_leaves_no_file(root):
    root.make("install", MODSDIR=MODS)
    root.make("uninstall", MODSDIR=MODS)
    assert root.files() == set()


def test_again_changes_nothing(root):
    root.make("install", MODSDIR=MODS)
    before = {name: root(name).read_bytes() for name in root.files()}
    said = root.make("install", MODSDIR=MODS)
    assert {name: root(name).read_bytes() for name in root.files()} == before
    assert "kept" not in said


def test_links_of_the_pages_hold(installed):
    assert list(broken_links(installed(PREFIX, "share/doc"))) == []


def test_directory_of_the_pages_goes_unless_others_use_it(root):
    doc = root(PREFIX, "share/doc/mod_crosstown")
    root.make("install", MODSDIR=MODS)
    root.make("uninstall", MODSDIR=MODS)
    assert doc.parent.is_dir() and not doc.exists()
    root.make("install", MODSDIR=MODS)
    (doc / "notes").write_text("another's")
    root.make("uninstall", MODSDIR=MODS)
    assert [path.name for path in doc.iterdir()] == ["notes"]


def test_prefix(root):
    """Everything that the server keeps below its prefix moves along; its
    configuration stays where it is, and loads the module from there."""
    root.make("install", MODSDIR=MODS, PREFIX="/opt/town")
    assert root.files() == expected("/opt/town")
    assert (root(MODS, "crosstown.load").read_text().split()[2]
            == "/opt/town" + apxs("LIBEXECDIR")[len(PREFIX):]
            + "/mod_crosstown.so")
    root.make("uninstall", MODSDIR=MODS, PREFIX="/opt/town")
    assert root.files() == set()


def test_debians_server_is_recognised(root):
    """Also where apxs is all that there is of it yet."""
    root.make("install")
    assert root.files() == expected(
        mods=MODS if apxs("SYSCONFDIR") == "/etc/apache2" else "")


def test_server_that_is_not_debians(root):
    said = root.make("install", MODSDIR="")
    assert root.files() == expected(mods="")
    assert ("LoadModule crosstown_module %s/mod_crosstown.so"
            % apxs("LIBEXECDIR")) in said
    root.make("uninstall", MODSDIR="")
    assert root.files() == set()


def test_other_files_are_not_touched(root):
    others = [root(apxs("LIBEXECDIR"), "mod_other.so"),
              root(apxs("INCLUDEDIR"), "httpd.h"),
              root(apxs("LIBDIR"), "pkgconfig/other.pc"),
              root(MODS, "other.load")]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("another's")
    stamps = [path.stat() for path in others]
    root.make("install", MODSDIR=MODS)
    root.make("uninstall", MODSDIR=MODS)
    assert root.files() == {"/" + str(path.relative_to(root.path))
                            for path in others}
    assert [path.stat().st_mtime_ns for path in others] == [
        stamp.st_mtime_ns for stamp in stamps]


def test_edited_configuration_stays(root):
    root.make("install", MODSDIR=MODS)
    configuration = root(MODS, "crosstown.conf")
    configuration.write_text("CrosstownThreads 2 64\n")
    assert "kept" in root.make("install", MODSDIR=MODS)
    assert configuration.read_text() == "CrosstownThreads 2 64\n"
    assert "kept" in root.make("uninstall", MODSDIR=MODS)
    assert root.files() == {MODS + "/crosstown.conf"}


def test_uninstall_of_what_is_enabled(root):
    """A server that loads a module that is gone would not start again."""
    root.make("install", MODSDIR=MODS)
    link = root(apxs("SYSCONFDIR"), "mods-enabled/crosstown.load")
    link.parent.mkdir()
    link.symlink_to("../mods-available/crosstown.load")
    before = root.files()
    with pytest.raises(AssertionError, match="a2dismod crosstown first"):
        root.make("uninstall", MODSDIR=MODS)
    assert root.files() == before


def test_templates_are_filled(installed):
    version = header_version()
    for name in installed.files():
        if name.endswith((".pc", ".3", ".8")):
            text = installed(name).read_text()
            assert "@" not in text, name
            assert version in text, name


def test_configuration_has_every_default():
    """crosstown.conf says what conf-examples/all-directives.conf says."""
    def lines(path):
        return sorted(re.findall(r"^#?(Crosstown\w* .*)$",
                                 (TREE / path).read_text(), re.MULTILINE))

    assert (lines("lib/install/crosstown.conf")
            == lines("conf-examples/all-directives.conf"))


def test_exports_its_module_struct_alone(installed):
    module = installed(apxs("LIBEXECDIR"), "mod_crosstown.so")
    symbols = subprocess.run(["nm", "-D", "--defined-only", module],
                             check=True, text=True, stdout=subprocess.PIPE)
    assert [line.split()[-1] for line in symbols.stdout.splitlines()] == [
        "crosstown_module"]
