"""A supervisor's way without a mouse: real Tab and Enter presses, and what has the focus is to be seen each time.

usage: keyboard.py CHROMIUM CONSOLE_URL USER PASSWORD TRAINEE
"""

import json
import pathlib
import sys
import tempfile

from walk import Browser, log_in

# What has the focus, how it is outlined, and whether it lies within what is to be seen.
FOCUS = """(() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const inner = one.querySelector && one.querySelector('rect');
  const drawn = inner ? getComputedStyle(inner) : style;
  return {tag: one.tagName.toLowerCase(), id: one.id, name: one.getAttribute('name'), text: one.textContent.trim().slice(0, 40),
          href: (one.getAttribute('href') || ''), fill: inner ? inner.getAttribute('fill') : '',
          outlined: [style, drawn].some(s => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || (s.stroke !== 'none' && parseFloat(s.strokeWidth) >= 2)),
          seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth};
})()"""


def tab_to(browser, is_it, why, most=400):
    """Presses Tab until what is wanted has the focus; everything on the way has to show that it has it."""
    for _ in range(most):
        browser.key("Tab", 9)
        focus = browser.run(FOCUS)
        if focus is None:
            continue
        assert focus["outlined"] and focus["seen"], f"the focus is not to be seen on {focus}"
        if is_it(focus):
            return focus
    raise AssertionError(f"no way by Tab to {why}")


def write(browser, text):
    browser.call("Input.insertText", text=text)


def enter(browser):
    """Presses Enter on what leads to another page."""
    before = browser.run("performance.timeOrigin")
    browser.call("Input.dispatchKeyEvent", type="keyDown", key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")
    browser.call("Input.dispatchKeyEvent", type="keyUp", key="Enter", code="Enter", windowsVirtualKeyCode=13)

    def arrived():
        try:
            return browser.run("performance.timeOrigin") != before
        except AssertionError:
            return False  # between two pages

    browser.wait(arrived, "Enter leads nowhere")
    browser.settle()


def walk(browser, url, user, password, trainee):
    browser.go(url + "/login")
    tab_to(browser, lambda at: at["id"] == "name", "the name")
    browser.run("document.activeElement.value = ''")
    write(browser, user)
    tab_to(browser, lambda at: at["id"] == "password", "the password")
    write(browser, password)
    tab_to(browser, lambda at: at["tag"] == "button", "the button")
    enter(browser)
    assert browser.run("location.pathname") == "/", "not signed in by keyboard"

    tab_to(browser, lambda at: at["id"] == "q", "the search")
    write(browser, trainee)
    tab_to(browser, lambda at: at["tag"] == "button" and at["text"] in ("查找", "Search"), "the search's button")
    enter(browser)
    assert browser.run("location.pathname") == f"/trainees/{trainee}", browser.run("location.href")

    # A day that has an excluded stretch: the links of days are tried one after another.
    excluded = lambda at: at["tag"] == "a" and at["fill"] and "attested" not in at["fill"]
    there = "[...document.querySelectorAll('svg.day a rect')].some(r => !r.getAttribute('fill').includes('attested'))"
    days = browser.run("[...document.querySelectorAll('.days a')].map(a => a.getAttribute('href'))")
    for day in days:
        if browser.run(there):
            break
        tab_to(browser, lambda at: at["href"] == day, f"the day {day}")
        enter(browser)
    assert browser.run(there), "no excluded stretch on any day"
    tab_to(browser, excluded, "an excluded stretch")
    said = browser.run("document.querySelector('#says').textContent")
    assert "步" in said, f"nothing is said of the stretch that has the focus: {said}"
    enter(browser)
    why = browser.run("document.querySelector('#stretch').textContent")
    assert "结论" in why and "步" in why, why

    browser.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    here = browser.run("location.pathname")
    tab_to(browser, lambda at: "/language?" in at["href"], "the other language")
    enter(browser)
    assert browser.run("document.documentElement.lang") == "en" and browser.run("location.pathname") == here


PAGES = ["/", "/search", "/trainees", "/courses", "/platforms", "/platforms?platform=p1", "/flags", "/claims", "/rosters", "/registry", "/registry/listings", "/registry/import",
         "/registry?kind=trainee", "/registry?kind=provider", "/registry?kind=enrolment", "/health", "/password", "/privacy"]


AXE = pathlib.Path(__file__).parent / "axe/node_modules/axe-core/axe.min.js"


# What another account sees: accounts are the admin's, the log is the auditor's too.
ADMINS = ["/accounts", "/accounts/city", "/audit"]


def judge(browser, place):
    """What axe-core says against the page. It is evaluated over the protocol: the page's policy forbids it a script of its own."""
    if not AXE.exists():
        return []
    browser.run(AXE.read_text() + ";0")
    found = browser.run("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], resultTypes: ['violations']}).then(said =>"
                        "said.violations.filter(one => ['serious', 'critical'].includes(one.impact))"
                        ".map(one => one.id + ' ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | ')))")
    return [f"{place}: {one}" for one in found]


def sizes(browser, url, password, trainee):
    """Everybody can use every page, by axe-core. At 200 % of 1280 px and on a tablet none scrolls sideways, and nothing is cut
    that cannot be scrolled to."""
    browser.go(url + "/courses")
    course = browser.run("document.querySelector('td.id a').getAttribute('href')")
    places = ["/login", *PAGES, f"/trainees/{trainee}", course]
    lists = (("/flags?state=all", "td.name a"), ("/flags?level=hold&state=all", "td.name a"), ("/claims", "tbody td:last-child a"),
             ("/rosters", "tbody td:last-child a"))
    for list_, links in lists:
        browser.go(url + list_)
        places.append(browser.run(f"document.querySelector('{links}').getAttribute('href')"))
    places += ["/rosters", places[-1] + "/public"]
    fit(browser, url, places)
    log_in(browser, url, "root", password)
    fit(browser, url, ADMINS)


def fit(browser, url, places):
    cut = """[...document.querySelectorAll('main *, header *')].filter(one => {
      if (one.closest('.scroll, svg, [hidden], details:not([open]), .skip')) return false;
      const box = one.getBoundingClientRect();
      return box.width > 0 && box.right > document.documentElement.clientWidth + 1;
    }).slice(0, 3).map(one => one.outerHTML.slice(0, 120))"""
    against = []
    for place in places:
        browser.go(url + place)
        assert browser.run("!!document.querySelector('main h1, main h2')") and "K4" not in browser.run("document.title"), f"{place} is not there"
        against += judge(browser, place)
    assert not against, "\n".join(against)
    for width, scale in ((820, 1), (640, 2)):
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=scale, mobile=False)
        for place in places:
            browser.go(url + place)
            wide = browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{place} is {wide} px wider than {width} px"
            assert not (found := browser.run(cut)), f"{place} at {width} px is cut: {found}"
    browser.call("Emulation.clearDeviceMetricsOverride")


def main(program, url, user, password, trainee):
    url = url.rstrip("/")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            walk(browser, url, user, password, trainee)
            browser.go(url + "/language?to=zh&back=/")
            sizes(browser, url, password, trainee)
            assert not browser.violations, json.dumps(browser.violations)
        finally:
            browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
