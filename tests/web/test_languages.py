"""The whole journey in the two pseudo-locales: a word that was not marked for translation shows itself."""

from collections.abc import Iterator

import pytest

from chalicelib.services import notifications
from infra.world import World
from tests import make
from tests.content.markup import find_artefacts, find_broken_references, find_untranslated
from tests.web.client import KIM, Browser, Page, read_link


def walk(world: World, prefix: str) -> Iterator[Page]:
    """Every page of the journey, errors and by-ways too, for two children, then the school's page."""
    phone = Browser()
    for path in ("/", "/for-schools", "/cookies", "/privacy", "/accessibility", "/school-not-listed", "/letter"):
        yield phone.get((prefix + path).rstrip("/") or "/")
    for path in (
        "/way?gone=yes",
        "/delete-answers",
        f"/school/{make.HILL}",
        f"/school/{make.PAID}",
        "/school/000000",
    ):
        yield phone.get(prefix + path)
    page = phone.get(f"{prefix}/way")
    yield page
    yield phone.submit(page)
    page = phone.answer(page, way="mail")
    yield page
    for query in ("?q=", "?q=xyzzyqq", "?q=school"):
        page = phone.get(page.path + query)
        yield page
    yield phone.submit(page)
    yield phone.follow(phone.submit(page, urn=make.SHUT))
    page = phone.answer(page, urn=make.LONE)
    yield page
    for name in ("", "evil.com", "x" * 101, "\x00", "12"):
        yield phone.submit(page, name=name, class_name="=1")
    page = phone.answer(page, name="[Robin]"[1:-1], class_name="")
    yield page
    yield phone.submit(page, items="nothing")
    page = phone.answer(page)
    yield page
    for mail in ("", "kim", "kim@family", "k" * 255):
        yield phone.submit(page, name="", role="", mail=mail)
    page = phone.answer(page, **KIM)
    yield page
    page = phone.get(f"{prefix}/child/2/school?q=hill")
    page = phone.answer(page, urn=make.HILL)
    yield page
    page = phone.answer(page, name="Sam")
    yield page
    page = phone.answer(page)
    yield page
    yield phone.get(f"{prefix}/letter")
    yield phone.get(f"{prefix}/delete-answers")
    page = phone.answer(page)
    yield page
    notifications.sweep(make.NOW)
    page = phone.get(read_link(world.outbox[-1].raw, "confirm"))
    yield page
    done = phone.answer(page)
    yield done
    notifications.sweep(make.NOW)
    yield phone.get(done.path)
    page = phone.get(prefix + read_link(world.outbox[-1].raw, "answer"))
    yield page
    yield phone.submit(page, outcome="not_acted")
    yield phone.answer(page, outcome="recorded")
    yield phone.get(page.path)
    yield phone.get(done.path)
    yield phone.answer(page, outcome="not_acted", reason="wrong_mailbox")


@pytest.mark.parametrize(("prefix", "direction"), [("/en-xa", "ltr"), ("/ar-xb", "rtl")])
def test_every_word_of_the_journey_is_translated(world: World, prefix: str, direction: str) -> None:
    paths = []
    for page in walk(world, prefix):
        paths.append(page.path)
        assert page.status in (200, 404, 410, 422), page.path
        assert find_untranslated(page.text) == [], page.path
        assert page.tree.html
        assert page.tree.html["dir"] == direction
        assert page.tree.html["lang"] != "en"
        for link in page.tree.select("main a[href^='/'], main form[action]"):
            target = str(link.get("href") or link.get("action"))
            assert target == prefix or target.startswith(f"{prefix}/"), (page.path, target)
    assert len(paths) > 45


def test_every_page_of_the_journey_is_sound(world: World) -> None:
    for page in walk(world, ""):
        if "evil" not in page.text:
            assert find_artefacts(page.text) == [], page.path
        assert find_broken_references(page.text) == [], page.path
        assert len(page.tree.select("h1")) == 1, page.path
        assert "\ufffd" not in page.text
        assert page.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert not page.tree.select("[style], style, [onclick]"), page.path


def test_the_language_may_change_in_the_middle_and_keeps_answers_and_search(world: World) -> None:
    phone = Browser()
    phone.answer(phone.get("/way"), way="mail")
    page = phone.get("/child/1/school?q=hill+primary")
    other = page.tree.select_one('a[hreflang="ar-x-pseudo"]')
    assert other
    page = phone.get(str(other["href"]))
    assert page.path == "/ar-xb/child/1/school"
    assert page.tree.find("input", attrs={"name": "q"})["value"] == "hill primary"  # type: ignore[index]
    assert phone.answer(page, urn=make.HILL).path == "/ar-xb/child/1/name"
