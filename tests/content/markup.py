"""What every page of ours must be; asked by the page tests, the test client and the browser walk."""

import re
from collections.abc import Iterator

import html5lib
from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import Comment, Doctype

SPOKEN = ("aria-label", "title", "alt", "placeholder")
"""Attributes that people read or hear."""

ARTEFACTS = ("&lt;", "&amp;lt;", "&amp;amp;", "&amp;#", "%(", "{{", "{%")
"""What stands in a page only if something was escaped twice, or not filled in."""

OURS_TO_TRANSLATE = re.compile(r"[^\W\d_]")


def parse_strictly(html: str) -> BeautifulSoup:
    """The page as a tree. Raises html5lib's ParseError, naming the place, where it is not sound HTML5."""
    html5lib.HTMLParser(strict=True).parse(html)
    return BeautifulSoup(html, "html.parser")


def find_artefacts(html: str) -> list[str]:
    """Traces of double escaping and of placeholders; only for pages without hostile input, where [] is right."""
    return [html[max(0, at - 40) : at + 40] for mark in ARTEFACTS if (at := html.find(mark)) >= 0]


def find_broken_references(html: str) -> list[str]:
    """Ids that are used twice, and fragments, labels and descriptions that point at no id; [] is right."""
    page = parse_strictly(html)
    ids = [str(tag["id"]) for tag in page.find_all(id=True)]
    wanted = [str(tag["href"])[1:] for tag in page.select('a[href^="#"]')]
    for attribute in ("for", "aria-describedby", "aria-labelledby"):
        wanted += " ".join(str(tag[attribute]) for tag in page.find_all(attrs={attribute: True})).split()
    return sorted({name for name in ids if ids.count(name) > 1} | (set(wanted) - set(ids)))


def find_untranslated(html: str) -> list[str]:
    """Words of a pseudo-locale page that stand outside its brackets, so were not marked for translation.

    What is English data or was typed by a person is left out: it is in ``<bdi>`` or under ``lang="en"``.
    """
    page = parse_strictly(html)
    found = [
        str(tag[name])
        for tag in page.find_all(True)
        for name in SPOKEN
        if tag.has_attr(name) and not _is_data(tag) and OURS_TO_TRANSLATE.search(_outside(str(tag[name]), 0)[0])
    ]
    depth = 0
    for text in _visible_texts(page):
        outside, depth = _outside(text, depth)
        if OURS_TO_TRANSLATE.search(outside):
            found.append(text.strip())
    return found


def _visible_texts(page: BeautifulSoup) -> Iterator[str]:
    for node in page.find_all(string=True):
        skipped = (
            isinstance(node, Comment | Doctype) or node.parent is None or node.parent.name in ("script", "style")
        )
        if isinstance(node, NavigableString) and not skipped and not _is_data(node.parent):
            yield str(node)


def _is_data(tag: Tag | None) -> bool:
    return tag is not None and any(each.name == "bdi" or each.get("lang") == "en" for each in (tag, *tag.parents))


def _outside(text: str, depth: int) -> tuple[str, int]:
    """What of ``text`` is in no bracket, and how many are open after it: a message may span several tags."""
    outside = []
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        if depth == 0 and letter != "]":
            outside.append(letter)
    return "".join(outside), depth
