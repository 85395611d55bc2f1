"""Every page, as the server sends it, before the inspector: in English, longer than English, and right to left."""

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from infra.static import node_environment
from tests.browser import walk

LANGUAGES = ("", "en-xa", "ar-xb")
PAGES = (
    "/", "/way", "/way?gone=yes", "/for-schools", "/privacy", "/cookies", "/accessibility", "/letter",
    "/school-not-listed", "/delete-answers", "/confirm/x", "/answer/x", "/school/999999",
)  # fmt: skip
SCHOOLS = {
    "offered": "900472",
    "closed-with-successor": "900668",
    "closed-without": "900675",
    "closed-and-split": "900682",
    "not-yet-open": "900703",
    "independent": "900710",
    "wales": "900731",
    "other": "900745",
}
SEARCHES = {"too-many": "st", "none-found": "zzqx", "nothing-typed": "", "hostile": "<b>\u202e" + "w" * 150}


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_that_anybody_may_open(arrive, desk, language):
    person = arrive(desk, language=language)
    for path in PAGES:
        person.go(path)
        person.look("page" + "".join(letter if letter.isalnum() else "-" for letter in path))
    for standing, urn in SCHOOLS.items():
        person.go(f"/school/{urn}")
        person.look(f"school-{standing}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_journey_with_an_error_on_every_question(arrive, desk, language):
    person, mail = arrive(desk, language=language), f"{language or 'en'}@family.example"

    def err(name: str) -> None:
        person.look(name)
        person.send_nothing()
        expect(person.page.locator(".govuk-error-summary")).to_be_focused()
        person.look(f"{name}-error")

    person.go("/way")
    err("way")
    person.answer(way="mail")
    person.look("search")
    for name, words in SEARCHES.items():
        person.answer(q=words)
        person.look(f"search-{name}")
    person.answer(q="windmill")
    err("search-found")
    person.answer(urn=SCHOOLS["closed-with-successor"])
    person.look("school-chosen-closed")
    person.page.locator("main form button").click()
    err("name")
    person.answer(name="http://wrong" + "w" * 100, class_name="=1+1")
    person.look("name-both-wrong")
    person.answer(name=walk.CHILD, class_name="")
    err("items")
    person.answer(items="nationality")
    err("you")
    person.answer(name=walk.PARENT, role="parent", mail="kim.canary@family")
    person.look("you-wrong-mail")
    person.answer(mail=mail)
    person.look("check")
    person.go("/delete-answers")
    person.look("delete-answers")
    person.page.goto("/nothing")  # what no route matches has no language
    person.look("not-found")
    person.go("/child/2/school")
    walk.choose_school(person, walk.HARBOUR)
    walk.name_child(person, walk.SECOND_CHILD)
    person.look("check-without-contact")
    person.page.locator('main form[action$="/check"] button').click()
    person.look("sent")

    person.open_mail("", mail)
    person.look_at_mail("mail-confirmation", language)
    done = walk.confirm(person, mail)
    person.open_mail(walk.TO_SCHOOL, "windmill-primary")
    done.page.reload()
    done.look("done-sent-and-held")
    answer = person.press_link("answer")
    for name in ("answer", "answered"):
        answer.page.goto(f"{'/' + language if language else ''}/{name}/{answer.page.url.rpartition('/')[2]}")
        answer.look(f"school-{name}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_by_hand(arrive, desk, language):
    person = arrive(desk, language=language)
    walk.come_to_check(person, mail="")
    person.look("check-by-hand")
    person.go("/letter")
    person.look("letter-by-hand")


def test_the_pages_of_staff_and_of_the_desk(arrive, desk):
    staff = arrive(desk, width=1200)
    staff.go("/staff")
    staff.look("staff-refused")
    staff.go("/staff/sign-in")
    staff.send_nothing()
    staff.look("staff-sign-in-error")
    walk.sign_in(staff)
    staff.look("staff-attention")
    staff.go("/staff/withdrawals?state=unconfirmed")
    staff.look("staff-by-state")
    staff.go("/staff/withdrawals?school=st+mary")
    staff.look("staff-which-school")
    staff.go("/staff/withdrawals?reference=AAAAAAAA")
    staff.look("staff-none-found")
    staff.open_outbox()
    staff.look("outbox")


def test_no_page_that_was_seen_has_an_error_of_html(inspector, tmp_path):
    here = Path(__file__).parent
    if not (here / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-progress"], cwd=here, env=node_environment(), check=True)
    for name, source in inspector.sources.items():
        (tmp_path / f"{name}.html").write_text(source, encoding="utf-8", newline="")
    pages = sorted(map(str, tmp_path.iterdir()))
    assert pages, "this test looks at what the others have seen: run them together"
    jar = here / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = ["java", "-jar", str(jar), "--errors-only", "--format", "gnu", *pages]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    print(f"{len(pages)} pages, no error of HTML")
