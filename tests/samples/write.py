"""The samples that schools are shown, which the tests hold against what the code sends.

``python -m tests.samples.write`` writes them anew after a change of the letter that is meant.
"""

from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

from chalicelib.content import emails, render
from chalicelib.content.letters import Letter, Refusal
from chalicelib.domain.campaign import load_campaign
from chalicelib.domain.school import School

SAMPLES = Path(__file__).parent
CAMPAIGN = load_campaign("school-census-2017-18")
SCHOOL = School(
    urn="990001",
    name="St Alder’s Church of England Primary School",
    la_code="999",
    la_name="Exampleshire",
    phase="Primary",
    type_code="02",
    type_name="Voluntary aided school",
    status="Open",
    street="Mill Lane",
    locality="",
    town="Exampleton",
    county="",
    postcode="ZZ1 1ZZ",
    website="",
    telephone="",
)
CONFIRMED = datetime(2017, 9, 21, 13, 5, tzinfo=UTC)


def sample_refusal(name: str = "Deniz Yıldız", class_name: str = "4 Kestrel", *items: str) -> Refusal:
    """A child whose parent refuses ``items``, else what is ticked beforehand."""
    ticked = tuple(item.id for item in CAMPAIGN.items if item.ticked)
    return Refusal(
        child_name=name,
        class_name=class_name,
        items=tuple(CAMPAIGN.item(id) for id in items or ticked),
        sender_name="Ayşe Yıldız",
        role="parent",
        mail="ayse.yildiz@family.example",
        confirmed=CONFIRMED,
        reference="K7P42MXW",
    )


def sample_letter(*refusals: Refusal) -> Letter:
    """The letter about ``refusals``, two weeks before the autumn census."""
    return Letter(
        campaign=CAMPAIGN,
        school=SCHOOL,
        refusals=refusals or (sample_refusal(),),
        today=date(2017, 9, 21),
        reference="H4T9RDNE",
        answer_link="https://retract.example/answer/a-long-signed-token",
        check_link="https://retract.example/for-schools",
    )


def letter_by_hand() -> Letter:
    """What a parent prints who gives the letter in: nothing of it is stored or sent."""
    child = sample_refusal()
    refusal = Refusal(child.child_name, child.class_name, child.items, child.sender_name, child.role)
    return Letter(CAMPAIGN, SCHOOL, (refusal,), date(2017, 9, 21), by_hand=True)


def send(letter: Letter) -> EmailMessage:
    """The e-mail that carries ``letter``."""
    return emails.school_letter(
        letter, to_address="office@st-alders.example", sender_from="letters@retract.example"
    )


def part(message: EmailMessage, kind: str) -> str:
    """The text ("plain") or the page ("html") of a mail."""
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def all_samples() -> dict[str, str]:
    """Name of the file -> what stands in it."""
    message = send(sample_letter())
    return {
        "letter.txt": f"Subject: {message['Subject']}\n\n{part(message, 'plain')}",
        "letter.html": part(message, "html"),
        "letter-by-hand.html": render.page("letter.html", "en", letter=letter_by_hand()),
    }


if __name__ == "__main__":
    for name, content in all_samples().items():
        (SAMPLES / name).write_text(content, encoding="utf-8")
