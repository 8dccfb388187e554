"""`gpgen report` writes one well-formed, self-contained page."""

import json
import re
from html.parser import HTMLParser

import training

MAXIMUM_BYTES = 5_000_000
VOID = {"br", "img", "meta"}
HOSTILE = "<script>alert('1')</script>\" ]]>"


class Page(HTMLParser):
    """The elements of a page, each with its attributes and its chart, and the text of the page."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.text, self.chart = [], [], [], None
        self.feed(text)
        self.close()
        assert not self.open, f"<{self.open[-1]}> is not closed"

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "svg":
            self.chart = attributes.get("aria-label")
        self.elements.append((tag, attributes, self.chart))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> does not match"

    def handle_data(self, data):
        self.text.append(data)

    def points(self, chart):
        """The number of markers in the first chart whose label begins with a text."""
        label = next(chart_label for _, _, chart_label in self.elements if (chart_label or "").startswith(chart))
        return sum(
            attributes.get("class", "").startswith("point") for _, attributes, found in self.elements if found == label)


def read(path):
    """Parses a report, and checks that it is small, needs no other file and has no scripts."""
    data = path.read_bytes()
    assert len(data) < MAXIMUM_BYTES, len(data)
    text = data.decode()
    page = Page(text)
    assert not re.search(r"https?:", text), "the report contains a URL"
    for tag, attributes, _ in page.elements:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form"}, tag
        for name, value in attributes.items():
            assert not name.startswith("on"), name
            if name in ("src", "href", "xlink:href", "action", "data"):
                assert value.startswith(("data:image/png;base64,", "#")), value[:80]
    assert not re.search(r"@import|url\((?!#)", text)
    return page


def check_report(fixture):
    """a report on a dataset, runs and an experiment is one well-formed page without scripts or URLs"""
    data, folder = fixture.dataset("shard"), training.run(fixture, "classes")
    experiment = fixture.folder / "experiment"
    experiment.mkdir()
    (experiment / "experiment.json").write_text(
        json.dumps({"name": "n", "title": HOSTILE, "description": HOSTILE, "cells": 6, "finished": 5}))
    method = '"' + HOSTILE.replace('"', '""') + '"'
    rows = [f"d,{size},n,{name},,accuracy,3,0.5,0.4,0.6,,,,,0.9" for size in (40, 80) for name in ("plain", method)]
    (experiment / "summary.csv").write_text(
        "dataset,samples,network,method,budget,metric,seeds,mean,low,high,baseline,difference,difference_low,"
        "difference_high,ceiling\n" + "\n".join(rows) + "\n")
    out = fixture.folder / "report.html"
    fixture.gpgen("report --quiet", data, folder, training.run(
        fixture, "auc", "--loss auc --positive-classes 1,3 --batch-mask 0.5 --optimizer sgd --clip 1", 1),
        experiment, "--out", out)
    page = read(out)
    epochs = len(training.lines(folder))
    # For training and validation.
    assert page.points("Loss") == page.points("Accuracy:") == 2 * epochs
    assert page.points("accuracy by training samples") == 4
    assert sum(tag == "image" for tag, _, _ in page.elements) >= 8, "the report has too few pictures"
    text = "".join(page.text)
    assert text.count(HOSTILE) >= 4 and "Still running: 5 of 6 runs" in text
    assert json.loads((folder / "configuration.json").read_text())["dataset"]["hash"] in text


def check_hostile_path(fixture):
    """a path with markup is escaped in a report"""
    folder = fixture.folder / HOSTILE.replace("/", "\N{DIVISION SLASH}")
    folder.mkdir()
    path = folder / "data.h5"
    fixture.gpgen("--size 16 --length-scales 1,2 --samples 2 --quiet --out", path)
    out = fixture.folder / "hostile.html"
    fixture.gpgen("report --quiet", path, "--out", out)
    page = read(out)
    assert any(str(path) in text for text in page.text)


def check_existing_files(fixture):
    """a report replaces a file only with --force, and is not written if a path cannot be read"""
    out = fixture.folder / "kept.html"
    out.write_text("old")
    for paths, options in (([fixture.dataset("shard")], ""), ([fixture.folder / "missing.h5"], "--force")):
        try:
            fixture.gpgen(f"report {options}", *paths, "--out", out)
        except AssertionError as error:
            assert "status 1" in str(error)
        else:
            raise AssertionError("a report was written")
        assert out.read_text() == "old"
