"""What every page owes whoever looks at it, asked of the browser that stands on it."""

from tests.browser import axe
from tests.browser.driver import Driver

NARROW = 375
"""CSS pixels: the narrowest phone that is still common."""


def faults(driver: Driver, language: str) -> list[str]:
    """What is wrong with the page: complaints of the browser, headings, language, width on a phone, rules of access."""
    # The answer's own status is the only thing that a browser may remark on.
    found = [line for line in driver.complaints() if "Failed to load resource" not in line]
    headings, spoken = driver.run("return [document.querySelectorAll('h1').length, document.documentElement.lang]")
    if headings != 1:
        found.append(f"{headings} h1")
    if spoken != language:
        found.append(f"lang={spoken!r}")
    found += _too_wide(driver)
    rules = axe.source()
    return found if rules is None else found + axe.findings(driver, rules)


def _too_wide(driver: Driver) -> list[str]:
    """The page, and the innermost elements that reach beyond the edge of a narrow screen."""
    driver.see(dark=False, width=NARROW, height=780)
    try:
        wide: list[str] = driver.run(_OUTSIDE)
    finally:
        driver.see(dark=False, width=1100, height=800)
    return [f"wider than {NARROW} px: {one}" for one in wide]


_OUTSIDE = """
const page = document.documentElement;
if (page.scrollWidth <= window.innerWidth) return [];
const out = [...document.body.querySelectorAll('*')].filter(one =>
    one.getBoundingClientRect().right > window.innerWidth && !one.closest('.scroll, .bar nav, .hidden'));
const innermost = out.filter(one => !out.some(other => other !== one && one.contains(other)));
return [`${page.scrollWidth} px`, ...innermost.slice(0, 3).map(one => one.outerHTML.slice(0, 150))];
"""
