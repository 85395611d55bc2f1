"""What a phone loads on its first visit: the page and the files that it names, compressed."""

import gzip

from tests.web.client import Browser

FILES = ("link[rel=icon]", "link[rel=stylesheet]", "script[src]")


def weigh(path: str) -> tuple[int, int]:
    """Bytes (gzip -9) and requests of a first visit to ``path``."""
    browser = Browser()
    page = browser.get(path)
    assert page.status == 200, page.status
    named = [str(each.get("href") or each["src"]) for kind in FILES for each in page.tree.select(kind)]
    texts = [page.text, *(browser.get(name).text for name in named)]
    return sum(len(gzip.compress(text.encode(), 9)) for text in texts), len(texts)
