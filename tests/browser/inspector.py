"""What every page must be: sound for axe, no wider than 320 px, in the right language and direction."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route

LAW = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
GOOD_PRACTICE = "best-practice"
"""Asked of pages, not of mails: a mail program has its own landmarks around them."""

SPOKEN = {"": ("en", "ltr"), "en-xa": ("en-x-pseudo", "ltr"), "ar-xb": ("ar-x-pseudo", "rtl")}


class Inspector:
    """Opens the very bytes that a person got, at their address, with scripts on: axe needs them.

    ``sources``: every page by its name, for the HTML checker.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._shown = ("", "")
        self.sources: dict[str, str] = {}
        page.route(lambda url: url == self._shown[0], self._serve)

    def examine(self, name: str, url: str, source: str, language: str, is_mail: bool = False) -> None:
        """Raises AssertionError naming what is wrong with the page ``source`` under ``url``.

        ``language``: prefix of the pages in the language that it should be in, or "".
        """
        self.sources[name] = source
        self._shown = (url.partition("#")[0], source)
        self._page.goto(url)
        wide = self._page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} px wider than 320"
        html = self._page.locator("html")
        spoken = (html.get_attribute("lang"), html.get_attribute("dir") or "ltr")
        assert spoken == SPOKEN[language], f"{name} is {spoken}"
        # A mail in its frame is looked at by itself.
        options = {
            "runOnly": LAW if is_mail else [*LAW, GOOD_PRACTICE],
            "iframes": False,
            "resultTypes": ["violations"],
        }
        violations = Axe().run(self._page, options=options).response["violations"]
        found = [f"{each['id']}: {each['nodes'][0]['html']}" for each in violations]
        assert not found, f"{name}: {found}"

    def _serve(self, route: Route) -> None:
        route.fulfill(body=self._shown[1], content_type="text/html; charset=utf-8")
