"""What people do with a browser besides pressing buttons: keys, Back, Reload; and what it costs and keeps."""

import gzip
import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser import walk
from tests.browser.person import open_person

MOST_BYTES, MOST_REQUESTS = 20 * 1024, 5
"""Of a first visit, gzipped (performance.md)."""

SHOWS_FOCUS = """(() => {
  const on = document.activeElement, parts = [[on], ...[...on.labels || []].map(label => [label, "::before"])];
  const look = () => parts.map(part => getComputedStyle(...part)).map(
    style => [style.boxShadow, style.outline, style.backgroundColor]).join();
  const focused = look();
  on.blur();
  const plain = look();
  on.focus();
  return focused !== plain;
})()"""
"""Whether what has the focus looks otherwise than without it; of a hidden radio, its label shows it."""


def test_the_search_is_worked_by_keyboard_alone_and_shows_where_it_is(arrive, desk):
    person = arrive(desk)
    page, press = person.page, person.page.keyboard.press
    person.go("/way")
    person.answer(way="mail")
    expect(page).to_have_url(re.compile(r"/child/1/school$"))  # a key pressed earlier goes to the page before
    page.wait_for_load_state()
    press("Tab")
    skip = page.locator(".govuk-skip-link")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    press("Enter")
    expect(page.locator("main")).to_be_focused()
    press("Tab")
    expect(page.get_by_label("Name, town or postcode of the school")).to_be_focused()
    page.keyboard.type("windmill")
    press("Enter")
    expect(page).to_have_url(re.compile(r"\?q=windmill$"))
    page.wait_for_load_state()

    shown = {}
    for _ in range(30):  # every stop of the page, until Tab leaves it
        press("Tab")
        stop = page.evaluate("document.activeElement.outerHTML")
        if stop.startswith("<body"):
            break
        shown[stop] = page.evaluate(SHOWS_FOCUS)
    assert len(shown) > 10
    assert all(shown.values()), [stop for stop, seen in shown.items() if not seen]

    page.reload()
    while not page.evaluate("document.activeElement.matches('[type=radio]')"):
        press("Tab")
    press("ArrowDown")
    chosen = page.locator("[type=radio]:checked")
    expect(chosen).to_have_count(1)
    expect(chosen).to_be_focused()
    press("Enter")
    expect(page).to_have_url(re.compile("/child/1/name$"))


def test_back_forward_and_a_changed_answer_keep_all_others(arrive, desk):
    person = arrive(desk)
    page = person.page
    walk.come_to_check(person)
    for _ in range(3):
        page.go_back()
    expect(page).to_have_url(re.compile("/child/1/name$"))
    for _ in range(3):
        page.go_forward()
    expect(page.locator("main")).to_contain_text(walk.CHILD)
    for _ in range(3):
        page.go_back()
    expect(page.get_by_label("Full name of the child")).to_have_value(walk.CHILD)
    person.answer(name=walk.SECOND_CHILD)
    expect(page).to_have_url(re.compile("/check$"))
    for words in (walk.SECOND_CHILD, walk.CLASS, walk.PARENT, walk.MAIL, "Windmill Hill Primary School"):
        expect(page.locator("main")).to_contain_text(words)
    assert walk.CHILD not in page.content()


def test_reload_never_posts(arrive, desk):
    person = arrive(desk)
    walk.come_to_check(person, mail="reload@family.example")
    person.press("Send to the school")
    expect(person.page).to_have_url(re.compile("/sent$"))
    posted = len(person.noticed.posts)
    person.page.reload()
    expect(person.page.locator("main")).to_contain_text("reload@family.example")
    done = walk.confirm(person, "reload@family.example")
    [reference] = walk.read_references(done)
    done.page.reload()
    assert walk.read_references(done) == [reference]
    assert person.noticed.posts[posted:] == [done.noticed.posts[-1]]
    assert done.noticed.posts[-1].startswith("/confirm/")


def test_our_cookies_are_two_and_answers_can_be_deleted_from_the_phone(arrive, desk):
    person = arrive(desk)
    person.go("/")
    assert not person.page.context.cookies()
    person.go("/way")
    person.answer(way="mail")
    [kept] = person.page.context.cookies()
    assert kept["name"] == "__Host-journey"
    assert 0 < kept["expires"] - time.time() <= 30 * 60
    person.press("Delete my answers from this phone")
    assert not person.page.context.cookies()
    walk.sign_in(person)
    [kept] = person.page.context.cookies()
    assert kept["name"] == "__Host-staff"
    assert 0 < kept["expires"] - time.time() <= 15 * 60
    person.press("Sign out")
    assert not person.page.context.cookies()


@pytest.mark.parametrize("path", ["/", "/ar-xb", "/for-schools", "/letter", "/staff/sign-in"])
def test_a_first_visit_weighs_little(arrive, desk, path):
    person = arrive(desk, scripts=True)
    answers = []
    person.page.on("response", lambda answer: answers.append(answer))
    person.page.goto(path, wait_until="networkidle")
    weight = sum(len(gzip.compress(answer.body(), 9)) for answer in answers)
    print(f"first visit of {path}: {weight:,} bytes gzipped, {len(answers)} requests")
    assert len(answers) >= 4
    assert weight <= MOST_BYTES
    assert len(answers) <= MOST_REQUESTS


@pytest.mark.parametrize(
    ("fault", "noticed"),
    [
        (
            "document.body.append(Object.assign(new Image(), {src: 'https://other.example/x.png'}))",
            "other.example",
        ),
        ("document.body.append(Object.assign(new Image(), {src: '/static/none.png'}))", "404"),
        ("console.error('a fault')", "a fault"),
        ("setTimeout(() => { throw new Error('thrown') })", "thrown"),
        ("document.cookie = 'tracker=1; path=/'", "tracker"),
    ],
)
def test_what_a_page_must_not_do_is_noticed(browser, inspector, desk, fault, noticed):
    with open_person(browser, inspector, desk, scripts=True) as person:
        person.go("/")
        assert person.list_faults() == []
        person.page.evaluate(f"() => {{ {fault} }}")
        person.page.wait_for_timeout(200)
        assert noticed in " ".join(person.list_faults())
