# SPDX-License-Identifier: Apache-2.0
"""A consumer compiled with the header of 1.0, and today's module."""

from conftest import answers

# Task: its end, whether it went well, and its data then. What works returns
# a failure, to see that it is told.
ENDS = {
    "copy": ("RAN", "failed", "copied"),
    "carry": ("RAN", "failed", "carried from /consumer"),
    "here": ("RAN", "failed", "recorded"),
    "refused": ("NO_GO", "well", "recorded"),
    "barred": ("NO_GO", "well", "recorded"),
    "given-up": ("CANCELLED", "well", "recorded"),
    "submit": ("RAN", "well", "copied"),
}


def test_everything_of_1_0(serve):
    server = serve("old_consumer")
    said = answers(server)
    assert said == {
        "copy": "SUCCESS", "carry": "SUCCESS", "here": "SUCCESS",
        "refused": "SUCCESS", "barred": "SUCCESS", "given-up": "SUCCESS",
        "both": "EINVAL", "cancelled": "1", "count": "5", "submit": "0",
        "good words": "taken", "bad words": "refused"}
    server.error_log.expect(r"crosstown_defer: both carry and data_size")
    for name, (outcome, result, data) in ENDS.items():
        server.error_log.expect(r"old: %s over %s %s, with %s\."
                                % (name, outcome, result, data))
        server.error_log.expect(r"old: %s done %s\." % (name, outcome))
    for name, data in (("copy", "copied"), ("here", "recorded"),
                       ("carry", "carried from /consumer"), ("-", "200")):
        server.error_log.expect(
            r"old: %s after GET /consumer\?tag=\S+ 200, read in order "
            r"127\.0\.0\.1, with %s\." % (name, data))
    server.error_log.expect(r"old: submit submitted with copied\.")
    server.error_log.expect(r"old: - done RAN\.")
    server.error_log.expect(r"\[crosstown:error\].*task .* failed", count=4)
    # Each line but once: the hooks were told 8 ends, `over` 7 of them.
    assert len(server.error_log.find(r"old: \S+ done ")) == len(ENDS) + 1
    assert len(server.error_log.find(r"old: \S+ over ")) == len(ENDS)
    assert len(server.error_log.find(r"old: \S+ (after|submitted) ")) == 5
