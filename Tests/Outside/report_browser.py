#!/usr/bin/env python3
"""Reports in a browser: `/usr/bin/python3 Tests/Outside/report_browser.py report.html... --screenshots folder`.

Opens each report in headless Chromium (Debian's chromium) at the widths of a phone and a desktop, in light and dark
mode. Expects no console messages, no requests, no page wider than its window, and data in every chart. The screenshots
are for visual inspection.
"""

import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

WIDTHS = (360, 1280)
SCHEMES = ("light", "dark")
# The maximum height of a screenshot in Chromium, in pixels.
MAXIMUM_HEIGHT = 16000
EMPTY_CHARTS = """
[...document.querySelectorAll('svg')].filter(svg => !svg.querySelector('path, rect, image'))
  .map(svg => svg.getAttribute('aria-label'))
"""
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# Text that extends beyond its chart is cut off.
CUT_OFF = """
[...document.querySelectorAll('svg text')].filter(text => {
  const [a, b] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
  return a.left < b.left - 1 || a.right > b.right + 1 || a.top < b.top - 1 || a.bottom > b.bottom + 1;
}).map(text => text.textContent)
"""


class Browser:
    """Chromium, controlled over a pipe with its DevTools protocol."""

    def __init__(self, profile):
        command_read, self.commands = os.pipe()
        self.answers, answer_write = os.pipe()

        def pipes():
            # Chromium reads from descriptor 3 and writes to 4; either may already be in use by a pipe.
            read, write = os.dup(command_read), os.dup(answer_write)
            spare = [os.dup(read), os.dup(write)]
            os.dup2(spare[0], 3)
            os.dup2(spare[1], 4)

        self.process = subprocess.Popen(
            [
                "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
                f"--user-data-dir={profile}", "about:blank",
            ],
            preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(command_read)
        os.close(answer_write)
        self.buffer, self.number, self.events = b"", 0, []
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self(f"{domain}.enable")

    def receive(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.answers, 1 << 20)
            assert piece, "the browser has exited"
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def __call__(self, method, **parameters):
        """Runs a command and returns its result; events that arrive meanwhile are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.commands, data) :]
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def open(self, url):
        self.events = []
        self("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())

    def evaluate(self, expression):
        return self("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def close(self):
        self.process.terminate()
        self.process.wait()


def check(browser, report, width, scheme, folder):
    browser("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500)
    browser("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.open(report.resolve().as_uri())
    problems = []
    for event in browser.events:
        if event["method"] in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            problems.append(f"console: {json.dumps(event['params'])[:300]}")
        if event["method"] == "Network.requestWillBeSent":
            url = event["params"]["request"]["url"]
            if not url.startswith(("data:", report.resolve().as_uri())):
                problems.append(f"requests {url[:100]}")
    charts = browser.evaluate("document.querySelectorAll('svg').length")
    if not charts:
        problems.append("has no charts")
    problems += [f"empty chart: {label}" for label in browser.evaluate(EMPTY_CHARTS)]
    problems += [f"\"{text}\" is cut off" for text in browser.evaluate(CUT_OFF)]
    if browser.evaluate(TOO_WIDE):
        problems.append(f"is wider than {width} px")
    if folder:
        height = min(MAXIMUM_HEIGHT, browser.evaluate("document.documentElement.scrollHeight"))
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        picture = browser("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)["data"]
        (folder / f"{report.stem}-{width}-{scheme}.png").write_bytes(base64.b64decode(picture))
    return problems


def main():
    parser = argparse.ArgumentParser(description="Opens reports of gpgen in headless Chromium.")
    parser.add_argument("reports", nargs="+", type=Path)
    parser.add_argument("--screenshots", type=Path, help="output folder for screenshots")
    options = parser.parse_args()
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    failed = False
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(profile)
        try:
            for report in options.reports:
                for width in WIDTHS:
                    for scheme in SCHEMES:
                        problems = check(browser, report, width, scheme, options.screenshots)
                        print(f"{'FAILED' if problems else 'passed'}  {report} at {width} px, {scheme}", flush=True)
                        for problem in problems:
                            print(f"        {problem}")
                        failed = failed or bool(problems)
        finally:
            browser.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
