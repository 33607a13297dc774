"""The main walks in a real browser, driven over the DevTools protocol; a screenshot of each.

usage: walk.py CHROMIUM CONSOLE_URL FOLDER USER PASSWORD TRAINEE
"""

import base64
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

import websocket


class Browser:
    """One page of a headless Chromium."""

    def __init__(self, program, profile):
        # As root Chromium has no sandbox of its own; the pages are this test's.
        arguments = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={profile}", "--lang=zh-CN",
                     "--window-size=1280,900", "about:blank"]
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port_file = pathlib.Path(profile) / "DevToolsActivePort"
        self.wait(lambda: port_file.exists() and port_file.read_text().strip(), "chromium does not start")
        port = port_file.read_text().splitlines()[0]
        pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
        page = next(page for page in pages if page["type"] == "page")
        self.socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=60)
        self.numbers = itertools.count(1)
        self.violations = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    @staticmethod
    def wait(holds, why, seconds=60):
        last = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < last, why
            time.sleep(0.05)

    def call(self, method, **params):
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            said = json.loads(self.socket.recv())
            if said.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                entry = said["params"].get("entry", said["params"])
                if entry.get("level", "error") == "error":
                    self.violations.append(entry)
            if said.get("method") == "Page.javascriptDialogOpening":
                raise AssertionError("a script of somebody else ran")
            if said.get("id") == number:
                assert "error" not in said, said
                return said["result"]

    def run(self, script):
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def settle(self):
        self.wait(lambda: self.run("document.readyState") == "complete", "the page does not load")

    def go(self, url):
        self.call("Page.navigate", url=url)
        time.sleep(0.15)
        self.settle()

    def follow(self, script):
        """What leads to another page."""
        before = self.run("performance.timeOrigin")
        self.run(script)

        def arrived():
            try:
                return self.run("performance.timeOrigin") != before
            except AssertionError:
                return False  # between two pages

        self.wait(arrived, f"nothing came of {script}")
        self.settle()

    def key(self, key, code):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def shoot(self, path, whole=False):
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()


def main(program, url, folder, user, password, trainee):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            walk(browser, url.rstrip("/"), folder, user, password, trainee)
        finally:
            browser.close()


def log_in(browser, url, user, password):
    browser.call("Network.clearBrowserCookies")
    browser.go(url + "/login")
    browser.run(f"document.querySelector('#name').value = {json.dumps(user)};"
                f"document.querySelector('#password').value = {json.dumps(password)}")
    browser.follow("document.querySelector('form[action=\"/login\"]').submit()")
    assert browser.run("location.pathname") != "/login", "not signed in"


def decide_a_flag(browser, url, folder):
    """From the queue to the case, its evidence and the people's day; dismissed with a reason."""
    browser.go(url + "/flags?level=hold")
    browser.shoot(folder / "flags.png")
    browser.follow("document.querySelector('td.name a').click()")
    assert browser.run("!!document.querySelector('#evidence')"), "no case"
    browser.shoot(folder / "case.png", whole=True)
    browser.run("document.querySelector('#why').value = '两人系夫妻，共用一台电脑，已电话核实'")
    browser.follow("document.querySelector('button[value=dismiss]').click()")
    assert "已排除" in browser.run("document.querySelector('h1').textContent"), "the case is still open"
    browser.shoot(folder / "case-decided.png")


def import_a_registry_file(browser, url, folder):
    """A file with a bad row is named row by row; mended, it is checked, chosen again and entered."""
    def choose(path):
        found = browser.call("Runtime.evaluate", expression="document.querySelector('#file')")
        browser.call("DOM.setFileInputFiles", files=[str(path)], objectId=found["result"]["objectId"])

    send = "document.querySelector('form[enctype]').requestSubmit()"
    browser.go(url + "/registry/listings")
    browser.shoot(folder / "listings.png")
    rows = "机构编号,机构类型,机构名称\nnew-1,培训机构,新设培训机构\n"
    with tempfile.TemporaryDirectory() as files:
        file = pathlib.Path(files) / "机构.csv"
        file.write_text(rows + "new-2,学校,另一机构\n", encoding="utf-8")
        browser.go(url + "/registry/import")
        browser.shoot(folder / "import.png")
        choose(file)
        browser.follow(send)
        assert "R108" in browser.run("document.querySelector('main').textContent"), "the bad row is not named"
        browser.shoot(folder / "import-faults.png")
        file.write_text(rows, encoding="utf-8")
        choose(file)
        browser.follow(send)
        assert browser.run("!!document.querySelector('#checked')"), browser.run("document.querySelector('main').textContent")
        browser.shoot(folder / "import-checked.png")
        choose(file)
        browser.run("document.querySelector('#why').value = '年度目录更新'")
        browser.follow(send)
        assert browser.run("!!document.querySelector('#entered')"), browser.run("document.querySelector('main').textContent")
        browser.shoot(folder / "import-entered.png")


def take_a_claim_along(browser, url, folder, password):
    """Handed in by the provider, accepted by one official, made public by another; then a roster of it."""
    log_in(browser, url, "i1", password)
    browser.go(url + "/claims?state=drafted")
    browser.run("document.querySelector('input[data-all]').click()")
    browser.shoot(folder / "claims-selected.png")
    browser.follow("document.querySelector('button[value=submit]').click()")
    assert "待审核" in browser.run("document.querySelector('main').textContent"), "nothing was handed in"
    browser.shoot(folder / "claims-done.png")
    for user, step in (("lixia-1", "accept"), ("lixia-2", "publicise")):
        log_in(browser, url, user, password)
        state = {"accept": "submitted", "publicise": "reviewed"}[step]
        browser.go(f"{url}/claims?state={state}")
        browser.follow("document.querySelector('tbody td:last-child a').click()")
        browser.shoot(folder / f"claim-{step}.png", whole=True)
        browser.follow(f"document.querySelector('button[value={step}]').click()")
        assert browser.run("!document.querySelector('button[value=publicise]')"), "four eyes"
    browser.shoot(folder / "claim-publicised.png", whole=True)
    browser.go(url + "/rosters")
    browser.run("document.querySelector('#scheme').value = 'special-operations'; document.querySelector('#provider').value = 'i1';"
                "document.querySelector('#from').value = '2020-05-01'; document.querySelector('#to').value = '2020-05-31'")
    browser.shoot(folder / "roster-form.png")
    browser.follow("document.querySelector('form[action=\"/rosters\"]').requestSubmit()")
    browser.shoot(folder / "roster.png")
    got = browser.run("(async () => { const r = await fetch(document.querySelector('a[download]').href);"
                      "return [r.status, r.headers.get('content-disposition'), (await r.arrayBuffer()).byteLength]; })()")
    assert got[0] == 200 and ".xlsx" in got[1] and got[2] > 4000, got
    browser.follow("[...document.querySelectorAll('a.button')].find(a => a.href.endsWith('/public')).click()")
    assert "公示名单" in browser.run("document.querySelector('h2').textContent")
    browser.shoot(folder / "public-list.png")


def walk(browser, url, folder, user, password, trainee):
    browser.go(url + "/login")
    browser.shoot(folder / "login.png")
    log_in(browser, url, user, password)
    browser.shoot(folder / "home.png")

    # Find a trainee by id, and see the record.
    browser.run(f"document.querySelector('#q').value = {json.dumps(trainee)}")
    browser.follow("document.querySelector('form[role=search]').requestSubmit()")
    assert browser.run("location.pathname") == f"/trainees/{trainee}", browser.run("location.href")
    browser.shoot(folder / "record.png")
    browser.run("document.querySelector('#courses').scrollIntoView()")
    browser.shoot(folder / "coverage.png")

    # Reach an excluded stretch by keyboard: it says in words why it does not count.
    excluded = "[...document.querySelectorAll('svg.day a')].find(a => !a.querySelector('rect').getAttribute('fill').includes('attested'))"
    days = browser.run("[...document.querySelectorAll('.days a')].map(a => a.href)")
    for day in days:
        if browser.run(f"!!{excluded}"):
            break
        browser.go(day)
    assert browser.run(f"!!{excluded}"), "no excluded stretch on any day"
    browser.run("document.querySelector('#day').scrollIntoView()")
    browser.run(f"{excluded}.focus()")
    said = browser.run("document.querySelector('#says').textContent")
    assert "步" in said, said
    browser.shoot(folder / "timeline.png")
    browser.follow(f"{excluded}.dispatchEvent(new MouseEvent('click', {{bubbles: true, cancelable: true}}))")
    why = browser.run("document.querySelector('#stretch').textContent")
    assert "结论" in why and "步" in why, why
    browser.run("document.querySelector('#stretch').scrollIntoView()")
    browser.shoot(folder / "why.png")

    # The other language, and back to the same place.
    here = browser.run("location.pathname")
    browser.follow("document.querySelector('a.language').click()")
    assert browser.run("location.pathname") == here and browser.run("document.documentElement.lang") == "en"
    browser.shoot(folder / "english.png")
    browser.follow("document.querySelector('a.language').click()")
    assert browser.run("document.documentElement.lang") == "zh-CN"

    for name in ("courses", "platforms", "platforms?platform=p1", "claims", "registry", "registry?kind=trainee", "health", "trainees", "search"):
        browser.go(f"{url}/{name}")
        assert browser.run("!!document.querySelector('h1')"), name
        browser.shoot(folder / f"{name.replace('?', '-').replace('=', '-')}.png")
    browser.go(f"{url}/platforms?platform=p1")
    assert browser.run("[...document.querySelectorAll('svg.bars')].every(chart => chart.querySelectorAll('rect title').length >= 24)"), "no charts"

    # A tablet, and 200 %: nothing but tables and charts scrolls sideways.
    for width, scale in ((820, 1), (640, 2)):
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=scale, mobile=False)
        browser.go(f"{url}/trainees/{trainee}")
        wide = browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        browser.shoot(folder / f"width-{width}.png")
        assert wide <= 0, f"the page is {wide} px wider than {width} px"
    browser.call("Emulation.clearDeviceMetricsOverride")
    import_a_registry_file(browser, url, folder)
    decide_a_flag(browser, url, folder)
    take_a_claim_along(browser, url, folder, password)
    assert not browser.violations, browser.violations


if __name__ == "__main__":
    main(*sys.argv[1:])
