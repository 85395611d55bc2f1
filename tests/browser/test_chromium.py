"""The whole service in headless Chromium, as its users do: a phone, JavaScript off, mails read in the outbox."""

import gzip
import os
import re
import subprocess
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser import walk
from tests.browser.conftest import OUT, ROOT, SEEN, Desk, person, run_desk

DOCS = ROOT / "docs"
PICTURES = bool(os.environ.get("PICTURES"))
REFUSAL = "refusal for the school census"
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = ("/", "/way", "/child/1/school?q=st+mary", "/for-schools", "/privacy", "/cookies", "/accessibility")
PAGES += ("/letter", "/school-not-listed", "/delete-answers", "/confirm/x", "/nothing")


def test_a_parent_refuses_the_school_is_told_and_answers_and_staff_find_it(browser: Browser, desk: Desk) -> None:
    with person(browser, desk) as page:
        school = walk.come_to_check(page, "hill")
        expect(page.locator("main")).to_contain_text(walk.CHILD)
        walk.press(page, "Send to the school")
        expect(page.locator("main")).to_contain_text(walk.MAIL)
        walk.keep(page, "sent")
        posts = len(SEEN.posts)
        page.reload()
        assert len(SEEN.posts) == posts, "a reload posts nothing"

        walk.open_mail(page, "Not sent yet")
        walk.keep(page, "outbox-confirmation")
        assert walk.CHILD not in page.frame_locator("iframe").locator("body").inner_text()
        done = walk.press_link(page, "confirm")
        walk.keep(done, "confirm")
        walk.press(done, "Confirm and send")
        reference = done.locator(".govuk-panel .site-reference").inner_text()
        walk.keep(done, "done")

        walk.open_mail(page, REFUSAL)
        letter = page.frame_locator("iframe").locator("body").inner_text()
        for words in (walk.CHILD, walk.PARENT, walk.MAIL, school, "Refused", "5 October 2017", reference):
            assert words in letter, words
        walk.keep(page, "outbox-letter")
        if PICTURES:
            walk.picture(page, DOCS / "letter.png")
        answer = walk.press_link(page, "answer")
        walk.keep(answer, "answer")
        assert walk.CHILD not in answer.content()
        answer.get_by_role("button", name=re.compile("^Recorded as Refused")).click()
        walk.keep(answer, "answered")
        done.reload()
        expect(done.locator("main")).to_contain_text("recorded “Refused”")

        walk.sign_in(page, desk)
        walk.keep(page, "staff-attention")
        page.goto("/staff/withdrawals")
        page.locator("input[name=reference]").fill(reference.lower())
        page.locator("form[method=get] button").click()
        row = page.locator("table tr").filter(has_text=reference)
        expect(row).to_contain_text(school)
        walk.keep(page, "staff-withdrawals")
        if PICTURES:
            walk.picture(page, DOCS / "staff.png")
        for words in (walk.CHILD, walk.PARENT, walk.MAIL):
            assert words not in page.content()


def test_where_the_stream_dies_before_the_letter_the_sweep_alone_delivers(browser: Browser, desk: Desk) -> None:
    with run_desk() as alone, person(browser, alone) as page:
        walk.come_to_check(page, "hill")
        walk.press(page, "Send to the school")
        walk.open_mail(page, "Not sent yet")
        page.goto("/outbox")
        walk.press(page, "Silence the stream")
        walk.open_mail(page, "Not sent yet")
        walk.press(walk.press_link(page, "confirm"), "Confirm and send")
        walk.open_mail(page, REFUSAL)


def test_two_children_at_two_schools_are_two_letters(browser: Browser, desk: Desk) -> None:
    with person(browser, desk) as page:
        mail = "two@family.example"
        first = walk.come_to_check(page, "hill", mail=mail)
        page.get_by_role("link", name="Add another child").click()
        second = walk.choose_school(page, "academy", nth=1)
        assert first != second
        walk.name_child(page, "Sam Canary")
        walk.keep(page, "check-two")
        walk.press(page, "Send to the school")
        walk.open_mail(page, "Not sent yet", to=mail)
        done = walk.press_link(page, "confirm")
        walk.press(done, "Confirm and send")
        expect(done.locator(".govuk-panel .site-reference")).to_have_count(2)
        expect(done.locator("main")).to_contain_text(first)
        expect(done.locator("main")).to_contain_text(second)


def test_a_letter_by_hand_is_printed_on_two_sheets_and_nothing_is_sent(browser: Browser, desk: Desk) -> None:
    with person(browser, desk) as page:
        page.goto("/outbox")
        before = page.locator("ol.mails li").count()
        walk.come_to_check(page, "hill", way="hand")
        page.goto("/letter")
        walk.keep(page, "letter")
        pdf = page.pdf(format="A4", path=str(OUT / "letter.pdf"))
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 2
        page.goto("/outbox")
        assert page.locator("ol.mails li").count() == before


def test_with_scripts_a_double_press_sends_once_and_an_error_takes_the_focus(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, scripts=True, width=1200) as page:
        page.goto("/way")
        walk.press(page, "Continue")
        expect(page.locator(".govuk-error-summary")).to_be_focused()
        walk.keep(page, "way-error")
        walk.come_to_check(page, "hill", mail="double@family.example")
        before = SEEN.posts.count("/check")
        page.get_by_role("button", name="Send to the school").dblclick()
        page.wait_for_url("**/sent")
        assert SEEN.posts.count("/check") == before + 1


def test_back_and_forward_keep_every_answer(browser: Browser, desk: Desk) -> None:
    with person(browser, desk) as page:
        walk.come_to_check(page, "hill")
        page.go_back()
        expect(page.get_by_label("Your full name")).to_have_value(walk.PARENT)
        page.goto("/child/1/name")
        expect(page.get_by_label("Full name of the child")).to_have_value(walk.CHILD)
        page.get_by_label("Full name of the child").fill("Sam Canary")
        walk.press(page, "Continue")
        assert page.url.endswith("/check")
        expect(page.locator("main")).to_contain_text("Sam Canary")
        cookie = next(each for each in page.context.cookies() if each["name"] == "__Host-journey")
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (
            True,
            True,
            "Lax",
            "/",
        )


def test_the_search_is_worked_by_keyboard_alone(browser: Browser, desk: Desk) -> None:
    with person(browser, desk) as page:
        page.goto("/way")
        page.locator("input[value=mail]").check()
        walk.press(page, "Continue")
        page.keyboard.press("Tab")
        expect(page.locator(".govuk-skip-link")).to_be_focused()
        page.get_by_label("Name, town or postcode of the school").focus()
        page.keyboard.type("hill")
        page.keyboard.press("Enter")
        page.wait_for_url("**/school?q=hill")
        page.locator("input[type=radio]").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_url("**/child/1/name")


@pytest.mark.parametrize("language", ["", "/en-xa", "/ar-xb"])
def test_pages_have_no_axe_violation_and_never_scroll_sideways(
    browser: Browser, desk: Desk, language: str
) -> None:
    with person(browser, desk, scripts=True, width=320) as page:
        found = {}
        for path in PAGES:
            page.goto((language + path).rstrip("/") or "/")
            walk.keep(page, re.sub(r"\W+", "-", f"page{language}{path}"))
            violations = Axe().run(page, options=AXE).response["violations"]
            found |= {f"{path} {each['id']}": each["nodes"][0]["html"] for each in violations}
            assert page.locator("html").get_attribute("dir") == ("rtl" if "ar" in language else "ltr") or (
                path == "/nothing"
            )
        assert not found


def test_the_pages_of_the_walk_have_no_axe_violation(browser: Browser, desk: Desk) -> None:
    assert len(SEEN.pages) > 20
    with person(browser, desk, scripts=True, width=320) as page:
        page.route("**/kept", lambda route: route.fulfill(body=kept, content_type="text/html"))
        found = {}
        for name, kept in SEEN.pages.items():  # noqa: B007 - the route above serves it
            page.goto("/kept")
            violations = Axe().run(page, options=AXE).response["violations"]
            found |= {f"{name} {each['id']}": each["nodes"][0]["html"] for each in violations}
        assert not found


def test_the_first_visit_weighs_little(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, scripts=True) as page:
        bodies = {}
        page.on("response", lambda response: bodies.update({response.url: response}))
        page.goto("/", wait_until="networkidle")
        sizes = {url: len(gzip.compress(each.body(), 9)) for url, each in bodies.items()}
        print(f"first visit: {sum(sizes.values())} bytes gzipped in {len(sizes)} requests")
        assert sum(sizes.values()) <= 20 * 1024
        assert len(sizes) <= 5
        if PICTURES:
            page.goto("/way")
            page.locator("input[value=mail]").check()
            walk.press(page, "Continue")
            page.get_by_label("Name, town or postcode of the school").fill("hill")
            walk.press(page, "Search")
            walk.picture(page, DOCS / "search.png")


def test_no_page_that_was_seen_has_an_error_of_html() -> None:
    folder = Path(__file__).parent
    if not (folder / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-fund", "--no-audit", "--ignore-scripts"], cwd=folder, check=True)
    files = []
    for name, html in SEEN.pages.items():
        files.append(OUT / f"{name}.html")
        files[-1].write_text(html)
    jar = folder / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = ["java", "-jar", str(jar), "--errors-only", "--format", "gnu", *map(str, files)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_nothing_was_asked_of_others_and_no_console_complained() -> None:
    assert not SEEN.foreign
    expected = re.compile(r"status of (?:404|410|422|429)|kept")
    assert not [each for each in SEEN.complaints if not expected.search(each)]
