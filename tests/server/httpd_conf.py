# SPDX-License-Identifier: Apache-2.0
"""The httpd.conf of a private httpd: what all of them have in it."""

HEAD = """
ServerRoot "{root}"
ServerName localhost
DefaultRuntimeDir "{root}"
PidFile "{root}/httpd.pid"
ErrorLog "{root}/error_log"
"""

CONFIG = HEAD + """
LogLevel info
Define ROOT "{root}"
{defines}
{modules}
{user}
{mpm}
Listen 127.0.0.1:{port}
DocumentRoot "{root}/htdocs"
Timeout 60
KeepAlive On
KeepAliveTimeout 60
MaxKeepAliveRequests 0
{probe}
<Directory "/">
    AllowOverride None
    Require all granted
</Directory>
<Location "/probe">
    SetHandler probe
</Location>
{config}
"""

THREADED = """
StartServers {children}
ServerLimit 16
ThreadLimit 64
ThreadsPerChild {workers}
MaxRequestWorkers {total}
MinSpareThreads 1
MaxSpareThreads {spare}
"""

PREFORK = """
StartServers {started}
ServerLimit 64
MaxRequestWorkers {total}
MinSpareServers 1
MaxSpareServers {spare}
"""


def mpm_lines(mpm, workers, children, room):
    """So many children with so many workers each, and room for more."""
    started = workers * children
    total = started + workers * room
    form = PREFORK if mpm == "prefork" else THREADED
    return form.format(workers=workers, started=started, total=total,
                       children=children, spare=total * 4)
