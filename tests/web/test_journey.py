"""A parent's way through the questions: nothing typed is lost, no page is a dead end."""

from datetime import timedelta

import pytest

from chalicelib import config
from chalicelib.domain.campaign import load_campaign
from chalicelib.services import notifications
from chalicelib.web.parents import steps
from chalicelib.web.parents.draft import Draft
from infra.world import World
from tests import make
from tests.web.client import KIM, Browser, begin, come_to_check, count_stored


@pytest.fixture
def phone(world: World) -> Browser:
    return Browser()


def test_a_parent_comes_from_the_first_page_to_sent(world: World, phone: Browser) -> None:
    start = phone.get("/")
    assert start.tree.select_one('a.govuk-button[href="/way"]')
    page = phone.get("/way")
    paths = [page.path]
    for answers in ({"way": "mail"}, {"urn": make.HILL}, {"name": "Robin Example"}, {}, KIM, {}):
        if page.path.endswith("/school"):
            page = phone.get("/child/1/school?q=hill+primary")
        page = phone.answer(page, **answers)
        paths.append(page.path)
    assert paths == ["/way", "/child/1/school", "/child/1/name", "/child/1/items", "/you", "/check", "/sent"]
    assert "kim@family.example" in page.words
    assert "does not have your letter yet" in page.words
    notifications.sweep(make.NOW)
    assert [mail.to for mail in world.outbox] == [("kim@family.example",)]


def test_two_children_at_two_schools_are_one_journey_with_a_letter_each(world: World, phone: Browser) -> None:
    page = come_to_check(phone, make.HILL, make.BROOK)
    assert page.path == "/check"
    assert len(page.tree.select(".site-letter")) == 2
    assert "Hill Primary School" in page.words
    assert "Brook Academy" in page.words
    assert phone.submit(page).location == "/sent"
    assert count_stored(world) == 2


def test_two_children_at_one_school_are_in_one_letter(phone: Browser) -> None:
    page = come_to_check(phone, make.HILL, make.HILL)
    letter = page.tree.select_one(".site-letter")
    assert letter
    assert len(page.tree.select(".site-letter")) == 1
    assert "2 pupils" in letter.get_text()


def test_the_check_page_shows_every_answer_and_the_exact_letter(phone: Browser) -> None:
    page = come_to_check(phone, make.HILL)
    shown = [" ".join(each.get_text().split()) for each in page.tree.select("dd.govuk-summary-list__value")]
    assert shown == [
        *("Hill Primary School", "Robin Example", "3B", "NationalityCountry of birth"),
        *("We send it by e-mail", "Kim Example", "Parent or carer", "kim@family.example"),
    ]
    letter = page.tree.select_one('[lang="en"][dir="ltr"].site-letter')
    assert letter
    assert "Robin Example" in letter.get_text()
    assert "I ask this campaign to send my letter" in page.words


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("/way", {"way": "mail"}),
        ("/child/1/school", {"urn": make.BROOK}),
        ("/child/1/name", {"name": "Sam Example", "class_name": ""}),
        ("/child/1/items", {"items": "first-language"}),
        ("/you", {"name": "Lee Example", "role": "pupil"}),
    ],
)
def test_a_change_comes_back_to_the_check_page(phone: Browser, path: str, answers: dict[str, str]) -> None:
    check = come_to_check(phone, make.HILL)
    assert check.tree.select(f'.govuk-summary-list__actions a[href="{path}"]')
    page = phone.get(path + ("?q=brook" if path.endswith("/school") else ""))
    assert phone.answer(page, **answers).path == "/check"


def test_each_page_that_comes_again_shows_what_was_answered(phone: Browser) -> None:
    come_to_check(phone, make.HILL)
    assert phone.get("/way").form()["way"] == ["mail"]
    assert phone.get("/child/1/school").form()["urn"] == [make.HILL]
    assert phone.get("/child/1/name").form()["name"] == ["Robin Example"]
    assert phone.get("/child/1/items").form()["items"] == ["nationality", "country-of-birth"]
    assert phone.get("/you").form()["mail"] == ["kim@family.example"]


def test_nationality_and_country_of_birth_are_ticked_and_nothing_else_is(phone: Browser) -> None:
    begin(phone)
    page = phone.answer(phone.get("/child/1/school?q=hill"), urn=make.HILL)
    page = phone.answer(page, name="Robin Example")
    boxes = page.tree.select("input[name=items]")
    assert [(str(box["value"]), box.has_attr("checked")) for box in boxes] == [
        ("nationality", True),
        ("country-of-birth", True),
        ("first-language", False),
    ]
    assert "A refusal can cost the school this money." in page.words


def test_ethnicity_is_offered_before_the_spring_census_only(
    phone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "now", lambda: make.NOW.replace(month=11, day=20))
    begin(phone)
    page = phone.answer(phone.get("/child/1/school?q=hill"), urn=make.HILL)
    page = phone.answer(page, name="Robin Example")
    assert "ethnicity" in [box["value"] for box in page.tree.select("input[name=items]")]


@pytest.mark.parametrize("path", ["/child/1/school", "/child/1/name", "/child/1/items", "/you", "/check", "/sent"])
def test_a_page_without_answers_leads_to_the_beginning_and_says_why(phone: Browser, path: str) -> None:
    page = phone.follow(phone.get(path))
    assert page.path == "/way"
    assert "There are no answers on this phone" in page.words
    if path != "/sent":
        assert phone.post(path, {"form_token": ""}).location == "/way?gone=yes"


def test_a_page_that_is_too_early_leads_to_the_first_open_question(phone: Browser) -> None:
    begin(phone)
    for path in ("/child/1/name", "/child/1/items", "/you", "/check", "/child/2/school", "/child/8/items"):
        assert phone.get(path).location == "/child/1/school"
        assert phone.post(path, {"name": "Robin"}).location == "/child/1/school"


@pytest.mark.parametrize("n", ["0", "9", "01", "-1", "x", "١"])
def test_a_child_that_cannot_be_is_a_page_that_cannot_be(phone: Browser, n: str) -> None:
    come_to_check(phone, make.HILL)
    assert phone.get(f"/child/{n}/school").status == 404


def test_answers_are_gone_after_thirty_idle_minutes_and_only_then(
    phone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_to_check(phone, make.HILL)
    for minutes in (29, 58):  # each page begins the time anew
        monkeypatch.setattr(config, "now", lambda minutes=minutes: make.NOW + timedelta(minutes=minutes))
        assert phone.get("/check").status == 200
    monkeypatch.setattr(config, "now", lambda: make.NOW + timedelta(minutes=89))
    assert phone.get("/check").location == "/way?gone=yes"


def test_a_child_is_added_and_removed_and_two_presses_remove_one(phone: Browser) -> None:
    come_to_check(phone, make.HILL, make.BROOK, make.LONE)
    page = phone.get("/check")
    pressed = page.form("/child/1/remove")
    assert phone.post("/child/1/remove", pressed).location == "/check"
    assert phone.post("/child/1/remove", pressed).location == "/check"
    words = phone.get("/check").words
    assert "Hill Primary School" not in words
    assert "Brook Academy" in words
    assert "Lone Oak Primary School" in words


def test_the_last_child_stays(phone: Browser) -> None:
    come_to_check(phone, make.HILL)
    assert phone.post("/child/1/remove", {"of": "1"}).location == "/check"
    assert "Robin Example" in phone.get("/check").words


def test_a_child_that_is_not_finished_can_be_left_out(phone: Browser) -> None:
    come_to_check(phone, make.HILL)
    page = phone.answer(phone.get("/child/2/school?q=brook"), urn=make.BROOK)
    assert page.path == "/child/2/name"
    assert phone.get("/check").location == "/child/2/name"
    assert phone.answer(page, "/child/2/remove").path == "/check"


def test_a_ninth_child_is_for_the_next_journey(phone: Browser) -> None:
    page = come_to_check(phone, *[make.HILL] * 8)
    assert page.path == "/check"
    assert "Add another child" not in page.words
    assert phone.get("/child/9/school").status == 404


def test_a_pupil_writes_for_one_child_only(phone: Browser) -> None:
    page = come_to_check(phone, make.HILL, role="pupil")
    assert "Pupil's own refusal" in page.words
    assert "Add another child" not in page.words
    assert phone.get("/child/2/school").location == "/check"


def test_another_child_asks_a_pupil_again_who_writes(phone: Browser) -> None:
    come_to_check(phone, make.HILL, make.BROOK)
    assert phone.submit(phone.get("/you"), role="pupil").errors == [("role", "Choose who you are")]


def test_a_school_where_less_is_collected_asks_again_what_is_refused(world: World) -> None:
    draft = Draft("key", load_campaign("school-census-2017-18"), make.NOW.date(), {"way": {"way": "hand"}})
    draft = draft.answer("school", 1, {"urn": make.HILL, "name": "Hill", "type": "01"})
    draft = draft.answer("name", 1, {"name": "Robin Example", "class_name": ""})
    draft = draft.answer("items", 1, {"items": ["nationality"]}).answer("you", 0, KIM)
    assert steps.next_path(draft) == "/check"
    pupil_referral_unit = {"urn": make.BROOK, "name": "Unit", "type": "14"}
    assert steps.next_path(draft.answer("school", 1, pupil_referral_unit)) == "/child/1/items"
