# SPDX-License-Identifier: Apache-2.0
"""The text format 0.0.4 of Prometheus, read more strictly than it has to be:
what its documentation says about naming holds, too."""

import re

NAME = r"[a-z][a-z0-9_]*"
LABEL = NAME + r'="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(r"(%s)(?:\{(%s(?:,%s)*)\})? (\S+)" % (NAME, LABEL, LABEL))
NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",),
            "gauge": ("",)}


def unescape(text):
    return re.sub(r"\\.", lambda match: ESCAPES[match[0]], text)


def parse_labels(text):
    """As a dict, in their order."""
    pairs = [label.split("=", 1) for label in re.findall(LABEL, text or "")]
    labels = {key: unescape(value[1:-1]) for key, value in pairs}
    assert len(labels) == len(pairs), "a label is there twice: %s" % text
    return labels


def check_name(metric, kind):
    assert (kind == "counter") == metric.endswith("_total"), metric
    assert not re.search("_(count|sum|bucket|info_total)$", metric), metric
    assert not re.search("milli|micro|_(ms|us|bytes_kb)(_|$)", metric), metric
    if kind == "histogram":
        assert metric.endswith("_seconds"), metric


class Metrics:
    """values: {(name, (label values...)): number}; kinds: {name: type}"""

    def __init__(self, text):
        assert text.endswith("\n")
        self.values = {}
        self.kinds = {}
        self.le = {}       # (metric, name): [(bound, count)]
        family = helped = None
        for line in text.split("\n")[:-1]:
            if line.startswith("# HELP "):
                helped, words = line[7:].split(" ", 1)
                assert re.fullmatch(NAME, helped) and words.endswith("."), line
            elif line.startswith("# TYPE "):
                family, kind = line[7:].split(" ")
                assert family == helped and family not in self.kinds, line
                check_name(family, kind)
                self.kinds[family] = kind
            else:
                self.take(line, family)
        self.check_histograms()

    def take(self, line, family):
        match = SAMPLE.fullmatch(line)
        assert match, line
        metric, labels, value = match.groups()
        assert metric in [family + suffix for suffix
                          in SUFFIXES[self.kinds[family]]], line
        assert NUMBER.fullmatch(value), line
        labels = parse_labels(labels)
        key = (metric, tuple(labels.values()))
        assert key not in self.values, line
        self.values[key] = float(value) if "." in value else int(value)
        if metric.endswith("_bucket"):
            assert list(labels) == ["name", "le"], line
            self.le.setdefault((family, labels["name"]), []).append(
                (float(labels["le"]), int(value)))

    def check_histograms(self):
        for (family, name), buckets in self.le.items():
            bounds = [bound for bound, _ in buckets]
            counts = [count for _, count in buckets]
            assert bounds == sorted(set(bounds)) and counts == sorted(counts)
            assert bounds[-1] == float("inf")
            assert counts[-1] == self.values[family + "_count", (name,)]
            assert (family + "_sum", (name,)) in self.values

    def get(self, metric, *labels):
        return self.values[metric, labels]

    def buckets(self, family, name):
        """Each for itself, not added up."""
        counts = [count for _, count in self.le[family, name]]
        return [count - before for before, count
                in zip([0, *counts], counts)]

    def names(self, metric):
        return [labels[0] for key, labels in self.values if key == metric]


def read(server):
    answer = server.ask("/crosstown-status?format=prometheus")
    assert answer.status == 200
    assert (answer.headers["Content-Type"]
            == "text/plain; version=0.0.4; charset=utf-8")
    return Metrics(answer.body.decode("utf-8", errors="strict"))
