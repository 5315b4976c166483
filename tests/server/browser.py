# SPDX-License-Identifier: Apache-2.0
"""A browser without a screen: Chromium, if there is one. It is not installed
for the tests' sake."""

import json
import re
import shutil
import subprocess

PROGRAM = next(filter(None, map(shutil.which, (
    "chromium", "chromium-browser", "google-chrome"))), None)

# Of its own accord it talks to nobody.
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars")


class Browser:
    """Pages of a private server, on 127.0.0.1."""

    def __init__(self, directory, server):
        self.directory = directory
        self.server = server

    def run(self, path, *arguments):
        url = "http://127.0.0.1:%d%s" % (self.server.port, path)
        done = subprocess.run(
            [PROGRAM, *FLAGS, "--user-data-dir=%s" % self.directory,
             *arguments, url], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120)
        assert done.returncode == 0
        return done.stdout.decode()

    def dom(self, path):
        """The document as HTML, when everything is loaded."""
        return self.run(path, "--dump-dom")

    def measure(self, path, script, width, scheme="light"):
        """Show a page in a frame so many pixels wide, to a reader who prefers
        that colour scheme; look at it with a function of JavaScript that takes
        its window, and return what that says."""
        (self.server.htdocs / "frame.html").write_text("""<!DOCTYPE html>
<iframe src="%s" style="width:%dpx;height:800px;border:0;color-scheme:%s">
</iframe><pre></pre>
<script>
addEventListener("load", () => {
    document.querySelector("pre").textContent =
        JSON.stringify((%s)(document.querySelector("iframe").contentWindow));
});
</script>
""" % (path, width, scheme, script))
        said = re.search(r"<pre>(.+)</pre>", self.dom("/frame.html"),
                         re.DOTALL)
        assert said, "the script has failed"
        return json.loads(said[1].replace("&lt;", "<").replace("&gt;", ">")
                          .replace("&amp;", "&"))
