"""The stretches of a walk, in any language: a letter asked for, confirmed and sent; staff who sign in."""

import pyotp

from tests.browser.person import Person

CHILD, SECOND_CHILD, PARENT = "Zoë Canary-Ünique", "Sam Canary-Ünique", "Kim Canary Parent"
CLASS, MAIL = "Kestrel7", "kim.canary@family.example"
TYPED = (CHILD, SECOND_CHILD, PARENT, CLASS, MAIL)
"""What names people and may be seen by nobody but the school."""

WINDMILL, TRINITY, HARBOUR = "900472", "900297", "900591"
"""Invented schools: two with a contact, one without."""
FOUND_BY = {WINDMILL: "windmill hill", TRINITY: "holy trinity exampleton", HARBOUR: "harbour view"}

TO_PARENT, TO_SCHOOL = "Not sent yet", "refusal for the school census"
"""Words in the subjects of mails."""


def choose_school(person: Person, urn: str) -> None:
    """Searches for the school and takes it."""
    person.answer(q=FOUND_BY[urn])
    person.answer(urn=urn)


def name_child(person: Person, name: str = CHILD) -> None:
    """The child's name and class, and the items as they are ticked."""
    person.answer(name=name, class_name=CLASS)
    person.answer(items="nationality")


def come_to_check(person: Person, urn: str = WINDMILL, mail: str = MAIL) -> None:
    """From the start page to "check your answers"; with ``mail`` "" the letter is given by hand."""
    person.go("/")
    person.page.locator("a.govuk-button--start").click()
    person.answer(way="mail" if mail else "hand")
    choose_school(person, urn)
    name_child(person)
    person.answer(name=PARENT, role="parent", **({"mail": mail} if mail else {}))


def confirm(person: Person, mail: str = MAIL) -> Person:
    """The mail is opened, its link and then the button pressed: the person before their page "done"."""
    person.open_mail("", mail)
    confirming = person.press_link("confirm")
    confirming.page.locator("main form button").click()
    return confirming


def read_references(person: Person) -> list[str]:
    """The references on the page "done"."""
    return person.page.locator(".govuk-panel .site-reference").all_inner_texts()


def sign_in(person: Person) -> None:
    """Password and code."""
    person.go("/staff/sign-in")
    person.answer(user=person.desk.user, password=person.desk.password)
    person.answer(code=pyotp.TOTP(person.desk.secret).now())


def find_wrong_code(secret: str) -> str:
    """Six digits that the second factor does not show, nor will in the next minute."""
    totp = pyotp.TOTP(secret)
    return next(digits for digits in map("{:06}".format, range(9)) if not totp.verify(digits, valid_window=2))
