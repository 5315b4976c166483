# SPDX-License-Identifier: Apache-2.0
"""Today's consumer with a module of 1.0, and structs of every size.

Behind each struct that is handed over lies a page that cannot be read: a look
past the size would end the server's child, and the error log would say so.
"""

import pytest

from conftest import answers

# How large opts say they are: what comes of them.
OPTS = {"unsized": "EINVAL", "smaller": "EINVAL", "first": "SUCCESS",
        "today": "SUCCESS", "later": "SUCCESS"}

# How large a tally says it is: what is filled in. A member that the module
# does not know stays as it was.
TALLIES = {
    "unsized": "EINVAL size kept",
    "size": "SUCCESS size kept",
    "smaller": "SUCCESS size kept recorded %(recorded)d",
    "today": "SUCCESS size kept recorded %(recorded)d",
    "later": "SUCCESS size kept recorded %(recorded)d added untouched",
}

# The same for a result, which is filled in as 1.2 knew it, or not at all.
RESULTS = {
    "unsized": "EINVAL size kept",
    "smaller": "EINVAL size kept",
    "first": "SUCCESS size kept fired",
    "today": "SUCCESS size kept fired",
    "later": "SUCCESS size kept fired added untouched",
}


def expect_tasks(server):
    """Those with opts that are large enough have run, with two functions
    each; nobody has seen a member that is not there."""
    for name, answer in OPTS.items():
        if answer == "SUCCESS":
            server.error_log.expect(r"new: %s with data, added nothing and "
                                    r"(nothing|none)\." % name, count=2)
            server.error_log.expect(r"new: %s over 0 SUCCESS\." % name,
                                    count=2)
        else:
            assert not server.error_log.find(r"new: %s " % name)
    server.error_log.expect(r"new: traffic with data, added nothing and "
                            r"nothing\.")
    server.error_log.expect(r"new: traffic over 0 SUCCESS\.")


@pytest.mark.parametrize("crosstown", ["abi/1.0", ""],
                         ids=["module of 1.0", "module of today"])
def test_opts_of_every_size(serve, crosstown):
    """1.0 and today treat them alike."""
    server = serve("new_consumer", crosstown)
    server.error_log.allow(r"opts->size is too small")
    server.error_log.allow(r"crosstown_tally: no tally was given")
    said = answers(server)
    assert said["traffic"] == "SUCCESS"
    for name, answer in OPTS.items():
        assert said["defer " + name] == answer, name
        assert said["submit " + name] == answer, name
    expect_tasks(server)


def test_functions_that_1_0_does_not_have(serve):
    server = serve("new_consumer", "abi/1.0")
    server.error_log.allow(r"opts->size is too small")
    said = answers(server)
    assert said["deferreds"] == "missing"
    for name in TALLIES:
        assert said["tally " + name].startswith("ENOTIMPL size kept"), name


def test_tallies_and_results_of_every_size(serve):
    server = serve("new_consumer")
    server.error_log.allow(r"opts->size is too small")
    said = answers(server)
    # The page's own tasks: one, and one each of defer and submit for the opts
    # that are taken.
    recorded = 1 + 2 * list(OPTS.values()).count("SUCCESS")
    for name, answer in TALLIES.items():
        assert said["tally " + name] == answer % {"recorded": recorded}, name
    server.error_log.expect(r"crosstown_tally: no tally was given, or its "
                            r"size is not set")
    assert said["deferreds"] == "there"
    for name, answer in RESULTS.items():
        assert said["result " + name] == answer, name
