"""The story that the service is for, told to any site: in process (tests/test_walk.py), or behind a gateway.

A parent refuses, the school is told and answers, staff find the withdrawal.
"""

from collections.abc import Callable, Sequence
from email import message_from_bytes
from email.policy import default
from typing import Protocol

from infra.exchange import SentMail
from infra.world import StaffAccount
from tests.desk import right_code, wrong_code
from tests.invariants import hides, read_words
from tests.web.client import Browser, Page, read_link

CHILD, PARENT, MAIL, CLASS = "Zoë Canary-Ünique", "Kim Canary Parent", "parent.canary@family.example", "Kestrel7"
TYPED = (CHILD, PARENT, MAIL, CLASS)


class Site(Protocol):
    """A running service. ``school``: one that is found by ``query``; its letters go to ``mailbox``."""

    query: str
    urn: str
    school: str
    mailbox: str

    @property
    def outbox(self) -> Sequence[SentMail]:
        """Every mail that went out, oldest first."""

    @property
    def staff(self) -> StaffAccount:
        """Somebody who may sign in."""

    def open_browser(self) -> Browser:
        """A browser of one person."""

    def wait(self, seen: Callable[[], bool]) -> None:
        """What AWS does by itself goes on until ``seen``. Raises AssertionError where it never is."""


def ask_for_letter(site: Site, browser: Browser, mail: str = MAIL) -> Page:
    """From the start page to "check your answers"."""
    start = browser.get("/")
    page = browser.get(start.tree.select_one("a.govuk-button--start")["href"])
    page = browser.answer(page, way="mail")
    page = browser.get(f"{page.path}?q={site.query.replace(' ', '+')}")
    page = browser.answer(page, page.path, urn=site.urn)
    page = browser.answer(page, name=CHILD, class_name=CLASS)
    page = browser.answer(page)  # nationality and country of birth are ticked
    return browser.answer(page, name=PARENT, role="parent", mail=mail)


def sign_in(browser: Browser, account: StaffAccount) -> Browser:
    """Through both factors; a wrong code is refused before."""
    code = browser.answer(browser.get("/staff/sign-in"), user=account.user, password=account.password)
    refused = browser.submit(code, code=wrong_code(account))
    assert refused.errors
    assert browser.get("/staff/attention").status == 401
    browser.answer(refused, code=right_code(account))
    return browser


def read_mail(site: Site, number: int) -> SentMail:
    """The mail of this number, from 1, once it went out; nothing went after it."""
    site.wait(lambda: len(site.outbox) >= number)
    assert len(site.outbox) == number
    return site.outbox[-1]


def tell_story(site: Site) -> None:
    """Raises AssertionError where it does not go as promised."""
    parent, office = site.open_browser(), site.open_browser()
    address = parent.gateway.address

    # A parent finds the school, refuses, and sees the very letter before sending it.
    check = ask_for_letter(site, parent)
    assert CHILD in check.words
    assert "Refused" in check.words
    before = len(site.outbox)
    sent = parent.answer(check, "/check")
    assert MAIL in sent.words
    assert "not have your letter yet" in sent.words

    # The mail to the address holds one link and nothing that was typed.
    confirmation = read_mail(site, before + 1)
    assert confirmation.to == (MAIL,)
    page = parent.get(read_link(confirmation.raw, "confirm", address))
    done = parent.answer(page)
    reference = done.tree.select_one(".govuk-panel .site-reference").get_text()

    # The school gets a letter that it can act on.
    letter = read_mail(site, before + 2)
    assert letter.to == (site.mailbox,)
    words = read_words(letter.raw)
    for needed in (CHILD, CLASS, PARENT, MAIL, "Refused", "5 October 2017", "1 November 2017", reference):
        assert needed in words, needed
    headers = message_from_bytes(letter.raw, policy=default)
    assert headers["Reply-To"] == "letters@retract.example"
    assert not any(hides(text, str(headers.items()).encode()) for text in TYPED)
    assert "the mail system of the school took it" not in done.words
    site.wait(lambda: "the mail system of the school took it" in parent.get(done.path).words)

    # The school answers with one press, which the parent's page shows only for the second button.
    answer = office.get(read_link(letter.raw, "answer", address))
    assert site.school in answer.words
    assert not any(text in answer.text for text in TYPED)
    thanks = office.follow(
        office.post(answer.path, {"outcome": "recorded", "form_token": answer.form()["form_token"]})
    )
    assert "Thank you" in thanks.title
    assert "recorded" in parent.get(done.path).words

    # Staff find the withdrawal, by reference, without seeing a name, and sign out for good.
    staff = sign_in(site.open_browser(), site.staff)
    found = staff.get(f"/staff/withdrawals?reference={reference.replace(' ', '+')}")
    assert reference in found.words
    assert site.school in found.words
    assert not any(text in found.text for text in TYPED)
    kept = dict(staff.cookies)
    staff.answer(found, "/staff/sign-out")
    staff.cookies |= kept
    assert staff.get("/staff/withdrawals").status == 401
