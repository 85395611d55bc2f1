"""Pages are sound, whole and light, in every language, whatever was typed."""

import gzip
import subprocess
import sys
from typing import Any

import pytest
from bs4 import BeautifulSoup
from jinja2 import ChoiceLoader, DictLoader

from chalicelib import errors
from chalicelib.content import i18n, manifest, render
from chalicelib.domain.school import School, Standing
from chalicelib.web.page import STATUS_PAGES
from tests.content import markup
from tests.content.conftest import draw

SCHOOL = School(
    urn="900001",
    name="St Mary’s & All Saints",
    la_code="900",
    la_name="Exampleshire",
    phase="Primary",
    type_code="01",
    type_name="Community school",
    status="Closed",
    street="1 High Street",
    locality="",
    town="Exampleton",
    county="",
    postcode="ZZ1 1ZZ",
    website="",
    telephone="",
)
SCHOOL_AS = {
    Standing.CLOSED: {"status": "Closed"},
    Standing.NOT_YET_OPEN: {"status": "Proposed to open"},
    Standing.INDEPENDENT: {"status": "Open", "type_code": "11"},
    Standing.WALES: {"type_code": "30"},
    Standing.OTHER: {"status": "Open", "type_code": "26"},
}
ERRORS = sorted(
    {kind.page for kind in vars(errors).values() if hasattr(kind, "page")} | set(STATUS_PAGES.values())
)


def school_of(standing: Standing) -> School:
    """The school as one of this standing."""
    made = {name: getattr(SCHOOL, name) for name in School.__slots__}
    return School(**made | SCHOOL_AS[standing])


PAGES: list[tuple[str, dict[str, Any]]] = [
    ("start", {}),
    ("cookies", {}),
    ("privacy", {}),
    ("accessibility", {}),
    ("for_schools", {}),
    ("school_not_listed", {"back": "/child/1/school"}),
    ("school_standing", {"school": SCHOOL, "successor": SCHOOL}),
    *(("school_standing", {"school": school_of(standing)}) for standing in SCHOOL_AS),
    *(("error", {"error": key, "has_answers": key == "not-stored"}) for key in ERRORS),
]
NAMES = [
    " ".join((name, *(str(each) for each in context.values() if isinstance(each, str)))) for name, context in PAGES
]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize(("name", "given"), PAGES, ids=NAMES)
def test_every_page_is_sound_and_in_its_language(name: str, given: dict[str, Any], language: str) -> None:
    html = draw(f"pages/{name}.html", language, **given)
    page = markup.parse_strictly(html)
    assert page.html is not None
    assert (page.html["lang"], page.html["dir"]) == i18n.LANGUAGES[language][1:]
    assert len(page.find_all("h1")) == 1
    assert markup.find_artefacts(html) == []
    assert markup.find_broken_references(html) == []
    if language in i18n.PSEUDO:
        assert markup.find_untranslated(html) == []


@pytest.mark.parametrize("standing", SCHOOL_AS)
def test_every_school_that_is_not_offered_leads_on(standing: Standing) -> None:
    school = school_of(standing)
    assert school.standing is standing
    page = BeautifulSoup(draw("pages/school_standing.html", school=school), "html.parser")
    onward = {str(link["href"]) for link in page.main.find_all("a")} if page.main else set()
    assert {"/api/child/1/school", "/api/letter"} <= onward


@pytest.mark.parametrize(("name", "given"), PAGES, ids=NAMES)
def test_a_first_visit_is_light_and_asks_nobody_else(name: str, given: dict[str, Any]) -> None:
    html = draw(f"pages/{name}.html", **given)
    page = BeautifulSoup(html, "html.parser")
    files = [str(tag["href"]) for tag in page.select('link[rel="stylesheet"], link[rel="icon"]')]
    files += [str(tag["src"]) for tag in page.find_all(src=True)]
    bodies = [html]
    for address in files:
        found = manifest.built_file(address.removeprefix("/api/static/"))
        assert found is not None, address
        bodies.append(found[1])
    weight = sum(len(gzip.compress(body.encode(), 9)) for body in bodies)
    assert len(bodies) <= 5
    assert weight <= 14 * 1024


def test_every_error_has_words_of_its_own() -> None:
    titles = [BeautifulSoup(draw("pages/error.html", error=key), "html.parser").h1 for key in (*ERRORS, "broken")]
    assert len({title.text for title in titles if title}) == len({*ERRORS, "broken"})


def test_words_are_escaped_in_pages_and_left_alone_in_plain_text() -> None:
    add_template("words.html", "{{ words }}")
    add_template("words.txt", "{{ words }}")
    assert render.page("words.html", "en", words="<b>&") == "&lt;b&gt;&amp;"
    assert render.text("words.txt", "en", words="<b>&") == "<b>&"


FORM = """{% extends "base.html" %}
{% from "parts/forms.html" import form, text_input, radios, checkboxes with context %}
{% set title = "Who" %}{% set heading = false %}
{% block content %}{% call form() %}
{{ text_input("name", "Name", is_heading=true) }}
{{ radios("role", "Role", [{"value": "parent", "text": "Parent"}, {"value": "pupil", "text": "Pupil"}]) }}
{{ checkboxes("items", "Items", [{"value": "a", "text": "A"}, {"value": "b", "text": "B"}]) }}
{% endcall %}{% endblock %}"""


def test_what_was_typed_comes_back_whatever_it_was() -> None:
    add_template("form.html", FORM)
    typed = '"><script>alert(1)</script> %(x)s {{ 7 }} ‮'
    html = draw("form.html", values={"name": typed, "role": "pupil", "items": ["b"]})
    page = markup.parse_strictly(html)
    assert page.select_one("#name")["value"] == typed  # type: ignore[index]
    assert [box["value"] for box in page.select("[checked]")] == ["pupil", "b"]
    assert [script["src"] for script in page.find_all("script")] == [render.static("app.js")]


def test_nothing_is_chosen_and_nothing_is_wrong_at_first() -> None:
    add_template("form.html", FORM)
    page = markup.parse_strictly(draw("form.html"))
    assert page.select("[checked], .govuk-error-message, .govuk-error-summary") == []
    assert page.title is not None
    assert page.title.text == "Who - Retract"


def test_errors_are_summed_up_in_order_and_lead_to_their_fields() -> None:
    add_template("form.html", FORM)
    html = draw("form.html", errors={"name": "Enter a name", "items": "Choose one or more"})
    page = markup.parse_strictly(html)
    assert page.title is not None
    assert page.title.text.startswith("Error: ")
    summary = [(link["href"], link.text) for link in page.select(".govuk-error-summary a")]
    assert summary == [("#name", "Enter a name"), ("#items", "Choose one or more")]
    assert page.select_one("#name")["aria-describedby"] == "name-error"  # type: ignore[index]
    assert "Choose one or more" in page.select_one("#items-error").text  # type: ignore[union-attr]
    assert markup.find_broken_references(html) == []


def test_answers_can_be_deleted_only_where_there_are_some() -> None:
    with_answers = BeautifulSoup(draw("pages/cookies.html", "ar-xb", has_answers=True), "html.parser")
    form = with_answers.select_one('form[action="/api/ar-xb/delete-answers"]')
    assert form is not None
    assert form["method"] == "post"
    assert form.select_one('[name="form_token"]')["value"] == "token"  # type: ignore[index]
    assert "delete-answers" not in draw("pages/cookies.html")


def test_languages_are_offered_only_where_there_is_a_choice() -> None:
    page = BeautifulSoup(draw("pages/cookies.html", "en-xa", path="/cookies"), "html.parser")
    links = {link["hreflang"]: link["href"] for link in page.select(".site-languages a")}
    assert links == {"en": "/api/cookies", "ar-x-pseudo": "/api/ar-xb/cookies"}
    assert "site-languages" not in draw("pages/cookies.html", languages=("en",))


def test_english_data_and_names_cannot_turn_the_words_around_them() -> None:
    draw_words = render.environment("ar-xb").from_string("{{ english(name) }} {{ typed(name) }}").render
    assert draw_words(name="<Şule>") == '<bdi lang="en">&lt;Şule&gt;</bdi> <bdi>&lt;Şule&gt;</bdi>'


def test_only_files_of_the_manifest_are_served() -> None:
    assert manifest.built_file(manifest.hashed("site.css"))
    for name in ("site.css", "static.json", ".stamp", "../render.py", "/etc/passwd", ""):
        assert manifest.built_file(name) is None


def test_a_redirect_never_pays_for_jinja() -> None:
    asked = (
        "import sys, chalicelib.content.render; sys.exit('jinja2' in sys.modules or 'markupsafe' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def add_template(name: str, source: str) -> None:
    """Puts a template of the test before the shipped ones."""
    environment = render.environment("en")
    shipped = environment.loader
    assert shipped is not None
    environment.loader = ChoiceLoader([DictLoader({name: source}), shipped])
