# SPDX-License-Identifier: Apache-2.0
"""The manual pages name what the headers and the configuration have."""

import re

from root import TREE

MANUALS = TREE / "lib" / "install" / "man"


def names(path, pattern):
    found = set(re.findall(pattern, (TREE / path).read_text(), re.MULTILINE))
    assert found, "%s: no %s" % (path, pattern)
    return found


def test_directives():
    page = names(MANUALS / "mod_crosstown.8", r"^\.BR (Crosstown\w*) \"")
    assert page == names("conf-examples/all-directives.conf",
                         r"^#?(Crosstown\w*) ")


def test_defaults():
    page = names(MANUALS / "mod_crosstown.8",
                 r"^\.BR (Crosstown\w*) .*\(default: (.*)\)")
    assert page == names("conf-examples/all-directives.conf",
                         r"^(Crosstown\w*) (.*)$")


def test_functions_of_a_consumer():
    page = names(MANUALS / "crosstown.3", r"\b(crosstown_client_\w+)\(")
    assert page == names("include/crosstown_client.h",
                         r"^(crosstown_client_\w+)\(") - {
        "crosstown_client_traffic", "crosstown_client_deferral"} | {"crosstown_client_load"}


def test_options():
    text = (TREE / "include/mod_crosstown.h").read_text()
    opts = re.search(r"struct crosstown_opts_t \{(.*?)\} crosstown_opts_t;",
                     text, re.DOTALL)[1]
    members = set(re.findall(r"\b(\w+); +/\*\*<", opts)) - {"size"}
    assert "over" in members
    assert members <= names(MANUALS / "crosstown.3", r"^\.I (\w+)$")


def test_functions_of_deferreds():
    table = names("include/crosstown_deferred.h", r"^    \S.*?\(\*(\w+)\)\(")
    page = " ".join(names(MANUALS / "crosstown.3", r"^\.IR (.*)$"))
    assert table <= set(re.findall(r"\w+", page))


def test_functions_of_the_testing_library():
    assert names(MANUALS / "crosstown_testing.3",
                 r"\b(crosstown_test_\w+)\(") == names(
        "include/crosstown_testing.h", r"\b(crosstown_test_\w+)\(")
