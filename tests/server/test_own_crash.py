# SPDX-License-Identifier: Apache-2.0
"""Whose crash was it? Only those that are known to be httpd's own are
forgiven, told by their backtraces."""

import pytest

from error_log import ErrorLog

HEAD = """\
a child has crashed, at
/build/mod_probe.so(+0x43a0)[0x7f41426863a0]
/lib/x86_64-linux-gnu/libc.so.6(+0x3c050)[0x7f4142817050]
"""
APR = "/lib/libapr-1.so.0(apr_os_sock_get+0x0)[0x7f41429e5180]\n"
EVENT = "/usr/lib/apache2/modules/mod_mpm_event.so(+0x606c)[0x7f414272406c]\n"
CROSSTOWN = "/build/mod_crosstown.so(+0x606c)[0x7f414272406c]\n"
CRASH = "/build/mod_crash.so(+0x1391)[0x7f4142686391]\n"
LIBC = "/lib/x86_64-linux-gnu/libc.so.6(+0x3c050)[0x7f4142817050]\n"
HTTP2 = "/usr/lib/apache2/modules/mod_http2.so(+0x2ff6d)[0x7f4142680f6d]\n"
DESTROY = "/lib/libapr-1.so.0(apr_pool_destroy+0x4d)[0x7f41429e55bd]\n"
PREFORK = "/usr/lib/apache2/modules/mod_mpm_prefork.so(+0x3e27)[0x7f41427e27]\n"
IN_HTTP2 = "a child has crashed, at\n" + CRASH + LIBC
IN_SANITIZER = """\
==7==ERROR: AddressSanitizer: SEGV on unknown address
==7==The signal is caused by a READ memory access.
"""
SANITIZER = """\
==7==ERROR: AddressSanitizer: SEGV on unknown address
    #0 0x7f4 in apr_os_sock_get (/lib/x86_64-linux-gnu/libapr-1.so.0+0x2180)
    #1 0x7f5 (/usr/lib/apache2/modules/mod_mpm_event.so+0x606c)
"""


@pytest.mark.parametrize("text, is_httpds_own", [
    (HEAD + APR + EVENT, True),
    (SANITIZER, True),
    (HEAD + APR + CROSSTOWN + EVENT, False),
    (HEAD + CROSSTOWN + APR + "\n" + EVENT, False),
    (HEAD + EVENT + APR, False),
    (IN_HTTP2 + HTTP2 + HTTP2 + DESTROY + DESTROY + PREFORK + CROSSTOWN, True),
    (IN_HTTP2 + LIBC + HTTP2 + DESTROY + PREFORK, True),
    (IN_SANITIZER + HTTP2 + DESTROY + PREFORK, True),
    (IN_SANITIZER + CROSSTOWN + HTTP2 + DESTROY + PREFORK, False),
    (IN_HTTP2 + CROSSTOWN + HTTP2 + DESTROY + PREFORK, False),
    (IN_HTTP2 + HTTP2 + CROSSTOWN + DESTROY + PREFORK, False),
    (IN_HTTP2 + HTTP2 + DESTROY + CROSSTOWN + PREFORK, False),
    (IN_HTTP2 + HTTP2 + PREFORK, False),
    ("[core:notice] AH00052: child pid 7 exit signal Segmentation fault\n",
     False),
])
def test_the_backtrace_tells(tmp_path, text, is_httpds_own):
    path = tmp_path / "error_log"
    path.write_text("[core:notice] before\n" + text + "[core:notice] after\n")
    assert ErrorLog(path).tells_of_httpds_own_crash() is is_httpds_own
