# SPDX-License-Identifier: Apache-2.0
"""Whose crash was it? Only the one that is known to be event's own is
forgiven, told by its backtrace."""

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
SANITIZER = """\
==7==ERROR: AddressSanitizer: SEGV on unknown address
    #0 0x7f4 in apr_os_sock_get (/lib/x86_64-linux-gnu/libapr-1.so.0+0x2180)
    #1 0x7f5 (/usr/lib/apache2/modules/mod_mpm_event.so+0x606c)
"""


@pytest.mark.parametrize("text, is_events_own", [
    (HEAD + APR + EVENT, True),
    (SANITIZER, True),
    (HEAD + APR + CROSSTOWN + EVENT, False),
    (HEAD + CROSSTOWN + APR + "\n" + EVENT, False),
    (HEAD + EVENT + APR, False),
    ("[core:notice] AH00052: child pid 7 exit signal Segmentation fault\n",
     False),
])
def test_the_backtrace_tells(tmp_path, text, is_events_own):
    path = tmp_path / "error_log"
    path.write_text("[core:notice] before\n" + text + "[core:notice] after\n")
    assert ErrorLog(path).tells_of_events_own_crash() is is_events_own
