# SPDX-License-Identifier: Apache-2.0
"""A warning of httpd about the machine is noted and is no failure; any other
that no test has named is one, whoever it is from."""

import pytest

from error_log import ErrorLog

HEAD = "[Sat Nov 28 20:14:21.271231 2026] [%s] [pid 1527:tid 1527] "
OLD_LIBRARY = (
    "AH01882: Init: this version of mod_ssl was compiled against a newer "
    "library (OpenSSL 3.0.22 25 Aug 2026 (OpenSSL 3.0.19 27 Jan 2026), version "
    "currently loaded is 0x30000130) - may result in undefined or erroneous "
    "behavior")


@pytest.fixture
def judge(tmp_path, monkeypatch):
    """judge(line): ([what fails a test], {what is noted})"""
    monkeypatch.setattr(ErrorLog, "machine", set())

    def judge(*lines):
        (tmp_path / "error_log").write_text("".join(line + "\n"
                                                    for line in lines))
        return ErrorLog(tmp_path / "error_log").unnamed(), ErrorLog.machine

    return judge


@pytest.mark.parametrize("level, remark", [
    ("ssl:warn", OLD_LIBRARY),
    ("core:warn", "AH00075: Failed to enable the 'http' Accept Filter"),
    ("core:alert", "AH00558: apache2: Could not reliably determine the "
     "server's fully qualified domain name, using 127.0.1.1."),
])
def test_about_the_machine(judge, level, remark):
    line = HEAD % level + remark
    assert judge(line, line) == ([], {remark})


@pytest.mark.parametrize("level, remark", [
    ("ssl:warn", "AH01906: localhost:0:0 server certificate is a CA "
     "certificate (BasicConstraints: CA == TRUE !?)"),
    ("http2:warn", "AH03516: h2_mplx(7-0): unexpected 2 streams in hold"),
    ("crosstown:warn", "CT01001: nobody has named this one"),
    ("crosstown:warn", "AH01882 is not what this is about"),
    ("core:notice", "AH00052: child pid 7 exit signal Segmentation fault"),
])
def test_about_anything_else(judge, level, remark):
    line = HEAD % level + remark
    about = HEAD % "ssl:warn" + OLD_LIBRARY
    assert judge(about, line, about) == ([line], {OLD_LIBRARY})
