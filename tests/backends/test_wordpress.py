# SPDX-License-Identifier: Apache-2.0
"""conf-examples/tasks/wordpress.conf with a real WordPress on a real database:
it is installed through its own pages, and what it mails is sent after them."""

import http.client
import shutil
import subprocess
import urllib.parse

import pytest

import metrics
import named
from back_ends import found_module, found_program
from ledger import wait_until
from places import TASKS
from resources import user_lines
from server import Server, running

MAILER = """#!/bin/sh
cat >"%(root)s/mails/%(name)s-$$.part"
mv "%(root)s/mails/%(name)s-$$.part" "%(root)s/mails/%(name)s-$$"
"""

# The job's mailer is not the pages' own.
PHP = """#!/bin/sh
exec %s -d "sendmail_path=%s/later" "$@"
"""

WP_CONFIG = """<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:%s/mysql');
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('WP_CONTENT_DIR', __DIR__ . '/wp-content');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) { define('ABSPATH', __DIR__ . '/'); }
require_once ABSPATH . 'wp-settings.php';
"""

CONFIG = """
Define SITE "${ROOT}/site"
Define JOBS "${ROOT}/jobs"
Define PHP "${ROOT}/php"
TypesConfig "/dev/null"
%s
LoadModule php_module %s
php_admin_value sendmail_path "${ROOT}/page"
Include "%s/wordpress.conf"
Listen 127.0.0.1:${PORT2}
<VirtualHost *:${PORT2}>
    <Location "/">
        CrosstownAccept none
    </Location>
</VirtualHost>
"""


@pytest.fixture(scope="module")
def database():
    """A MariaDB of our own, which only a socket in its directory reaches."""
    made = []

    def start(root):
        (root / "db").mkdir()
        process = subprocess.Popen(
            [found_program("mariadbd"), "--no-defaults", "--user=root",
             "--datadir=%s/db" % root, "--socket=%s/mysql" % root,
             "--pid-file=%s/mysql.pid" % root, "--skip-networking",
             "--skip-grant-tables", "--innodb-buffer-pool-size=16M"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(root / "mysql.log", "wb"))
        made.append(process)
        wait_until(lambda: process.poll() is not None
                   or (root / "mysql").exists(), "the database to start")
        subprocess.run(["php", "-r", '(new mysqli("localhost", "root", "", '
                        '"", 0, "%s/mysql"))->query("CREATE DATABASE '
                        'wordpress");' % root], check=True, timeout=60)

    yield start
    for process in made:
        process.terminate()
        process.wait(60)


def missing(wordpress):
    if not wordpress.exists():
        return "wordpress"
    if not found_module("libphp*.so"):
        return "libapache2-mod-php"
    if not found_program("mariadbd"):
        return "mariadb-server-core"
    if not found_program("php") or subprocess.run(
            ["php", "-r", "exit(function_exists('mysqli_init') ? 0 : 1);"]
            ).returncode:
        return "php-mysql"
    return None


@pytest.fixture(scope="module")
def site(build, database):
    wordpress = build / "wordpress" / "usr" / "share" / "wordpress"
    lacking = missing(wordpress)
    if lacking:
        pytest.skip("%s is not on this machine" % lacking)
    if not user_lines():
        pytest.skip("only root starts this database")
    server = Server("prefork", build, CONFIG % (
        named.load(build), found_module("libphp*.so"), TASKS)
        + metrics.CONFIG, modules=("dir", "mime", "alias"),
        allowed=("PHP Warning:  Undefined variable .*wp-admin/install.php",))
    write_files(server, wordpress)
    database(server.root)
    with running(server) as started:
        yield started


def write_files(server, wordpress):
    root = server.root
    shutil.copytree(wordpress, root / "site", ignore=shutil.ignore_patterns(
        "languages", "wp-config.php"), ignore_dangling_symlinks=True)
    (root / "site" / "wp-config.php").write_text(WP_CONFIG % root)
    plugins = root / "site" / "wp-content" / "mu-plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    (root / "jobs").mkdir()
    for name, place in (("crosstown.php", plugins),
                        ("wordpress-mail.php", plugins),
                        ("wordpress-mail-job.php", root / "jobs")):
        shutil.copy(TASKS / name, place)
    (root / "mails").mkdir()
    (root / "mails").chmod(0o777)
    for name, text in (
            ("page", MAILER % {"root": root, "name": "page"}),
            ("later", MAILER % {"root": root, "name": "later"}),
            ("php", PHP % (found_program("php"), root))):
        (root / name).write_text(text)
        (root / name).chmod(0o755)


def post(port, path, **fields):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, urllib.parse.urlencode(fields), {
        "Content-Type": "application/x-www-form-urlencoded",
        "Connection": "close"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert "Crosstown" not in answer.headers
    return answer.status, text


def mail(server, name):
    """The one mail that there is; it is taken away."""
    def found():
        return [path for path in (server.root / "mails").iterdir()
                if not path.name.endswith(".part")]
    wait_until(found, "a mail")
    path, = found()
    assert path.name.startswith(name + "-"), path
    text = path.read_text()
    path.unlink()
    return text


def test_mails_are_sent_after_the_page(site):
    status, text = post(
        site.port, "/wp-admin/install.php?step=2", weblog_title="Shop",
        user_name="admin", admin_password="a Password 4 tests",
        admin_password2="a Password 4 tests", admin_email="admin@shop.example",
        blog_public="0", Submit="Install")
    assert status == 200 and "Success!" in text, text
    text = mail(site, "page")    # too early to put anything aside
    assert "To: admin@shop.example" in text
    assert "Subject: New WordPress Site" in text

    status, _ = post(site.port, "/wp-login.php?action=lostpassword",
                     user_login="admin")
    assert status == 302
    assert "[Shop] Password Reset" in mail(site, "later")

    # Where the task is not accepted, the page sends it, as ever.
    status, _ = post(site.ports[1], "/wp-login.php?action=lostpassword",
                     user_login="admin")
    assert status == 302
    assert "[Shop] Password Reset" in mail(site, "page")
    total = metrics.settled(site)["total"]
    assert total["recorded"] == total["ran"] == 1 and total["failed"] == 0
    site.error_log.check()
