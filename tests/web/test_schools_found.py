"""Finding a school: never a dead end, whatever is typed and whichever school it is."""

import pytest

from infra.world import World
from tests import make
from tests.web.client import Browser, begin


@pytest.fixture
def phone(world: World) -> Browser:
    browser = Browser()
    begin(browser)
    return browser


def test_a_school_is_shown_with_town_postcode_and_phase(phone: Browser) -> None:
    page = phone.get("/child/1/school?q=lone+oak")
    item = page.tree.select_one(f'input[value="{make.LONE}"]')
    assert item
    assert " ".join(item.parent.get_text(" ").split()) == (  # type: ignore[union-attr]
        "Lone Oak Primary School Lone Oak, ZZ3 3ZZ, Primary"
    )
    assert not page.tree.select("main input[checked]")


def test_what_was_typed_stays_in_the_search(phone: Browser) -> None:
    page = phone.get("/child/1/school?q=lone+oak+%22x%22")
    assert page.tree.find("input", attrs={"name": "q"})["value"] == 'lone oak "x"'  # type: ignore[index]
    again = phone.submit(phone.get("/child/1/school?q=lone+oak"))
    assert again.status == 422
    assert again.errors == [("urn", "Choose the school")]
    assert again.form()["q"] == ["lone oak"]
    assert again.tree.select(f'input[value="{make.LONE}"]')


def test_an_empty_search_says_what_to_type(phone: Browser) -> None:
    page = phone.get("/child/1/school?q=+")
    assert page.status == 422
    assert page.errors == [("q", "Enter the name, the town or the postcode of the school")]


def test_a_search_that_finds_nothing_says_so_and_leads_on(phone: Browser) -> None:
    page = phone.get("/child/1/school?q=xyzzyqq")
    assert "We found no school" in page.words
    listed = page.tree.select_one('a[href^="/school-not-listed"]')
    assert listed
    page = phone.get(str(listed["href"]))
    assert page.tree.select('a[href="/letter"]')
    assert page.tree.select('a[href="/child/1/school"]')


def test_a_closed_school_leads_to_its_successor_by_one_press(phone: Browser) -> None:
    page = phone.answer(phone.get("/child/1/school?q=old+hill"), urn=make.SHUT)
    assert page.path == f"/school/{make.SHUT}"
    assert "This school is closed" in page.words
    assert "Hill Primary School" in page.words
    page = phone.answer(page, "/child/1/school")
    assert page.path == "/child/1/name"
    assert "Hill Primary School" in page.words


def test_a_closed_school_of_the_second_child_leads_back_to_the_second_child(phone: Browser) -> None:
    page = phone.answer(phone.get("/child/1/school?q=hill"), urn=make.HILL)
    page = phone.answer(phone.answer(page, name="Robin Example"))
    page = phone.answer(page, name="Kim Example", role="parent", mail="kim@family.example")
    page = phone.answer(phone.get("/child/2/school?q=old"), urn=make.SHUT)
    assert phone.answer(page, "/child/2/school").path == "/child/2/name"


def test_a_school_outside_the_census_says_what_can_be_done(phone: Browser) -> None:
    page = phone.answer(phone.get("/child/1/school?q=paid"), urn=make.PAID)
    assert page.status == 200
    assert "does not take part in the school census" in page.words
    assert page.tree.select('a[href="/child/1/school"]')


def test_the_page_of_a_school_takes_it_or_begins_the_journey(world: World, phone: Browser) -> None:
    page = phone.get(f"/school/{make.HILL}")
    assert phone.answer(page, "/child/1/school").path == "/child/1/name"
    page = Browser().get(f"/school/{make.HILL}")
    assert page.tree.select('main a[href="/way"]')


def test_a_school_that_the_register_does_not_have_is_not_chosen(phone: Browser) -> None:
    page = phone.post("/child/1/school", {"urn": "123456", "q": "hill"})
    assert page.status == 422
    assert page.errors == [("urn", "Choose the school")]


def test_too_many_schools_of_a_name_ask_for_town_or_postcode_and_show_the_first(
    phone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.register.search import Finding
    from chalicelib.services import schools

    many = [make.make_school(str(900100 + n), name="St Mary's") for n in range(15)]
    monkeypatch.setattr(schools, "find_schools", lambda query: Finding(many, True))
    page = phone.get("/child/1/school?q=st+marys")
    assert "Add the town or the postcode" in page.words
    assert len(page.tree.select("input[name=urn]")) == 15
