"""What a person does in the walks: ask for a letter, read a mail in the outbox, sign in as staff."""

from pathlib import Path

import pyotp
from playwright.sync_api import Page, expect

from tests.browser.conftest import OUT, SEEN, Desk

CHILD, PARENT, MAIL = "Zoë Canary-Ünique", "Kim Canary", "kim.canary@family.example"


def keep(page: Page, name: str) -> None:
    """Keeps the HTML of a page for the checker, and its picture."""
    page.wait_for_load_state()
    page.locator("h1").first.wait_for()
    SEEN.pages[name] = page.content()
    page.screenshot(path=str(OUT / f"{name}.png"), full_page=True)
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert sideways <= 0, f"{name} scrolls sideways by {sideways} px"


def press(page: Page, words: str) -> None:
    """Presses the button with these words."""
    page.get_by_role("button", name=words, exact=True).click()


def choose_school(page: Page, query: str, nth: int = 0) -> str:
    """Searches and takes a school; its name."""
    page.get_by_label("Name, town or postcode of the school").fill(query)
    press(page, "Search")
    radio = page.get_by_role("radio").nth(nth)
    name = page.locator("label.govuk-radios__label").nth(nth).inner_text()
    keep(page, "school")
    radio.check()
    press(page, "Continue")
    return name


def name_child(page: Page, name: str = CHILD) -> None:
    """The child's name and the items as they are ticked."""
    page.get_by_label("Full name of the child").fill(name)
    keep(page, "name")
    press(page, "Continue")
    expect(page.get_by_label("Nationality")).to_be_checked()
    keep(page, "items")
    press(page, "Continue")


def come_to_check(page: Page, query: str, way: str = "mail", mail: str = MAIL) -> str:
    """From the start page to "check your answers"; the school's name."""
    page.goto("/")
    keep(page, "start")
    page.locator("a.govuk-button--start").click()
    page.locator(f"input[value={way}]").check()
    keep(page, "way")
    press(page, "Continue")
    school = choose_school(page, query)
    name_child(page)
    page.get_by_label("Your full name").fill(PARENT)
    page.get_by_label("I am a parent or carer").check()
    if way == "mail":
        page.get_by_label("Your e-mail address").fill(mail)
    keep(page, "you")
    press(page, "Continue")
    keep(page, f"check-{way}")
    return school


def open_mail(page: Page, subject: str, most: int = 40, to: str = "") -> None:
    """Opens the newest mail with these words in its subject, once it is there."""
    for _ in range(most):
        page.goto("/outbox")
        found = page.locator("ol.mails li").filter(has_text=subject).filter(has_text=to)
        if found.count():
            found.first.get_by_role("link").click()
            return
        page.wait_for_timeout(300)
    raise AssertionError(f"no mail with {subject!r} in the outbox")


def press_link(page: Page, kind: str) -> Page:
    """Presses the link of a mail in its frame: it opens a page of its own."""
    with page.context.expect_page() as opened:
        page.frame_locator("iframe").locator(f'a[href*="/{kind}/"]').first.click()
    opened.value.wait_for_load_state()
    return opened.value


def sign_in(page: Page, desk: Desk) -> None:
    """Password, a wrong code, the right code."""
    page.goto("/staff/sign-in")
    keep(page, "staff-sign-in")
    page.locator("input[name=user]").fill(desk.user)
    page.locator("input[name=password]").fill(desk.password)
    page.locator("main form button").click()
    totp = pyotp.TOTP(desk.secret)
    wrong = next(code for code in map("{:06}".format, range(9)) if not totp.verify(code, valid_window=2))
    page.locator("input[name=code]").fill(wrong)
    page.locator("main form button").click()
    assert page.title().startswith("Error: ")
    keep(page, "staff-code")
    page.locator("input[name=code]").fill(totp.now())
    page.locator("main form button").click()
    assert "/staff/attention" in page.url


def picture(page: Page, path: Path) -> None:
    """A picture for the README."""
    path.parent.mkdir(exist_ok=True)
    page.screenshot(path=str(path))
