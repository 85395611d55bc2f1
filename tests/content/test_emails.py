"""The mails as the reader gets them: parsed from the bytes that would be sent."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from bs4 import BeautifulSoup

from chalicelib.content import emails, render
from chalicelib.content.letters import Letter
from tests.content.markup import find_untranslated, parse_strictly
from tests.samples.write import (
    CAMPAIGN,
    CONFIRMED,
    SAMPLES,
    all_samples,
    letter_by_hand,
    part,
    sample_letter,
    sample_refusal,
    send,
)

LINK = "https://retract.example/confirm/" + "Tt0k3n-._" * 20
FORBIDDEN_TAGS = ("script", "form", "img", "svg", "link", "style", "button", "input", "iframe")
FORBIDDEN_STYLES = re.compile(r"flex|grid|position|float|display|url\(|(?<!-)color|background")


def received(message: EmailMessage) -> EmailMessage:
    """The mail as parsed from its bytes, which must be ASCII with short lines."""
    raw = bytes(message)
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) < 998
    return message_from_bytes(raw, _class=EmailMessage, policy=SMTP)  # type: ignore[call-overload, no-any-return]


def lint(message: EmailMessage) -> None:
    """What mail readers drop, clip or distrust must not be there (ux.md 4.4), and both parts say the same."""
    page = part(message, "html")
    assert len(page.encode()) < 102_000
    tree = parse_strictly(page)
    assert [tag.name for tag in tree.find_all(FORBIDDEN_TAGS)] == []
    assert [tag for tag in tree.find_all(True) if tag.get("class") or tag.get("id")] == []
    assert [tag["style"] for tag in tree.find_all(style=True) if FORBIDDEN_STYLES.search(str(tag["style"]))] == []
    assert all(str(tag["href"]).startswith("https://retract.example/") for tag in tree.find_all("a"))
    assert words(tree.body.get_text(" ")) == words(part(message, "plain"))  # type: ignore[union-attr]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def confirm(language: str = "en", to_address: str = "parent@family.example", test: bool = False) -> EmailMessage:
    return emails.confirm_email(
        campaign=CAMPAIGN,
        to_address=to_address,
        language=language,
        link=LINK,
        made=CONFIRMED,
        expires=CONFIRMED + timedelta(days=7),
        sender_from="letters@retract.example",
        test=test,
    )


def text_of(letter: Letter) -> str:
    """The letter's text on one line, so that a sentence is found wherever its lines break."""
    return " ".join(part(send(letter), "plain").split())


# ---- The letter to a school ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["letter.txt", "letter.html", "letter-by-hand.html"])
def test_the_samples_shown_to_schools_are_what_is_sent(name: str) -> None:
    again = "python -m tests.samples.write"
    assert (SAMPLES / name).read_text(encoding="utf-8") == all_samples()[name], f"if it is meant: {again}"


def test_a_letter_goes_out_by_the_book() -> None:
    letter = received(send(sample_letter()))
    assert letter["Subject"] == "Parent's refusal for the school census, 1 pupil, ref H4T9 RDNE"
    assert letter["From"] == "Retract <letters@retract.example>"
    assert letter["To"] == "office@st-alders.example"
    assert letter["Reply-To"] == CAMPAIGN.controller.reply_mailbox
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert letter["List-Unsubscribe"] is None
    assert list(letter.iter_attachments()) == []
    lint(letter)


def test_the_subject_tells_who_refuses_and_for_how_many() -> None:
    parent = sample_refusal()
    pupil = replace(parent, sender_name="Deniz Yıldız", role="pupil")
    other = replace(parent, sender_name="Kim O’Neil", mail="kim@family.example")
    titles = {
        "Parent's refusal for the school census, 2 pupils": (parent, sample_refusal("Zoë")),
        "Parents' refusals for the school census, 2 pupils": (parent, other),
        "Pupil's own refusal for the school census, 1 pupil": (pupil,),
        "Pupils' own refusals for the school census, 2 pupils": (pupil, replace(pupil, mail="zoe@family.example")),
        "Refusals for the school census, 2 pupils": (parent, pupil),
    }
    for title, refusals in titles.items():
        assert sample_letter(*refusals).subject == f"{title}, ref H4T9 RDNE"


@pytest.mark.parametrize(
    "answer",
    [
        # who writes, and for whom
        "Retract, a campaign, sends you this for a family."
        " We are not the Department for Education and not the council.",
        "Ayşe Yıldız writes: “I am a parent or carer of this pupil. I allow the school to answer this letter"
        " through Retract, with the reference only.” Address: ayse.yildiz@family.example,"
        " confirmed on 21 September 2017 at 14:05 (London time).",
        "Write to the family only at addresses that you already hold.",
        # which pupil, class, school
        "To the school office of St Alder’s Church of England Primary School, Exampleton (URN 990001)",
        "Pupil: Deniz Yıldız Class: 4 Kestrel Enter “Refused” for: Nationality, Country of birth"
        " Reference that the family has: K7P4 2MXW",
        # what to enter
        "- Nationality: “Refused”. This refuses from now on and retracts what was given before:"
        " replace any value that you already hold.",
        "Please do not leave the field blank. Please do not enter “not yet obtained”, and do not enter what staff"
        " believe.",
        # by when
        "Before census day, Thursday 5 October 2017, please enter “Refused”",
        "The return is due on Wednesday 1 November 2017 (expected date).",
        "If census day has passed when you read this, you can still correct the return until it is approved.",
        # on what ground: law and guidance are two sentences
        "The law: Schools must tell parents and pupils what their personal data are used for."
        " (Data Protection Act 1998)",
        "The guidance: The Department for Education asks schools to make parents and pupils aware"
        " that they may refuse these items.",
        "version 1.6, section 5.3)",
        # what it does not mean
        "It is not an opt-out of the census.",
        "It says nothing about nationality, origin or immigration status. Families of every nationality refuse.",
        "Please do not note a reason for the refusal, and do not pass one on.",
        "There is no sanction on parents or schools when nationality or country of birth is refused.",
        "Funding: Nationality has no effect on the funding of the school.",
        # is it real
        "You do not need to press, open or download anything.",
        "Telephone 01632 960123, or type https://retract.example into your browser yourself.",
        # must I answer, and what may I say
        "No. If you answer, please name no pupil: the reference is enough.",
        "“Dealt with. We will tell the family ourselves.”",
        "“Recorded as Refused; the sender is a parent, carer or pupil whom we would tell this ourselves.”",
        "“We have not acted”, with a reason that only our staff see.",
        # cannot find; stop, redirect, complain
        "We do not tell the sender at which school a pupil is, or is not.",
        "To get no more letters by e-mail: reply and say so.",
        "tell the Information Commissioner's Office.",
    ],
)
def test_the_letter_answers_what_a_school_office_asks(answer: str) -> None:
    assert answer in text_of(sample_letter())


def test_what_need_not_be_pressed_stands_before_what_can_be_pressed() -> None:
    text = text_of(sample_letter())
    assert text.index("You do not need to press") < text.index("What to do") < text.index("https://")


def test_the_answer_link_stands_alone_on_its_line() -> None:
    letter = sample_letter()
    assert letter.answer_link in part(send(letter), "plain").splitlines()


def test_only_what_may_be_retracted_is_retracted_and_codes_stand_where_they_are_sourced() -> None:
    letter = replace(
        sample_letter(sample_refusal("Zoë", "5", "ethnicity", "first-language")), today=date(2018, 1, 8)
    )
    text = text_of(letter)
    assert "- Ethnicity: “Refused”, code REFU. This refuses from now on. - First language:" in text
    assert "“Refused”, code REF. This refuses from now on. “Refused” is" in text
    assert "retract" not in text.replace("Retract", "").replace("retract.example", "")
    assert "sanction" not in text
    assert "A refusal can cost the school this money." in text


def test_a_sentence_is_not_said_after_its_last_valid_day() -> None:
    promise = "committed to delete"
    assert promise in text_of(replace(sample_letter(), today=date(2017, 11, 30)))
    assert promise not in text_of(replace(sample_letter(), today=date(2017, 12, 1)))


def test_a_return_that_is_still_open_is_named_with_the_items_it_holds() -> None:
    letter = replace(
        sample_letter(sample_refusal("Zoë", "5", "nationality", "ethnicity")), today=date(2017, 10, 6)
    )
    text = text_of(letter)
    assert "Before census day, Thursday 18 January 2018" in text
    assert "The autumn return is due on Wednesday 1 November 2017 (expected date)." in text
    assert "it can still be corrected too: nationality." in text
    ethnicity = replace(sample_letter(sample_refusal("Zoë", "5", "ethnicity")), today=date(2017, 10, 6))
    assert "autumn" not in text_of(ethnicity)


def test_after_the_last_census_day_the_letter_asks_for_a_correction() -> None:
    text = text_of(replace(sample_letter(), today=date(2018, 5, 21)))
    assert "Before the census return is approved, please enter" in text
    assert "Census day was Thursday 17 May 2018." in text
    with pytest.raises(ValueError, match="after the last day"):
        send(replace(sample_letter(), today=date(2018, 6, 14)))


def test_a_letter_of_forty_pupils_and_several_senders_names_whose_is_whose() -> None:
    kim = {"sender_name": "Kim O’Neil", "mail": "kim@family.example"}
    refusals = [sample_refusal(f"Child {n}", "4B") for n in range(1, 39)]
    twin = replace(sample_refusal("Zoë"), twin="ABCD2345", **kim)
    message = received(send(sample_letter(*refusals, replace(sample_refusal("Noé"), **kim), twin)))
    text = " ".join(part(message, "plain").split())
    assert "Pupil 40 of 40: Zoë" in text
    assert "May be the same pupil as reference ABCD 2345" in text
    assert "Kim O’Neil writes for pupils 39 and 40: “I am a parent or carer of these pupils." in text
    lint(message)


def test_a_pupil_speaks_for_themselves() -> None:
    assert "“I am the pupil, and I refuse for myself." in text_of(
        sample_letter(replace(sample_refusal(), role="pupil"))
    )


@pytest.mark.parametrize(
    "name", ["Ayşe Yıldız-Şahin", "محمد علي", "Zoë D’Arcy “Zo”", "张伟", "a{{ 7*7 }}b", "%(name)s", "Σίσυφος"]
)
def test_names_of_every_script_arrive_as_they_were_typed(name: str) -> None:
    message = received(send(sample_letter(sample_refusal(name))))
    assert name in part(message, "plain")
    assert name in [bdi.get_text() for bdi in BeautifulSoup(part(message, "html"), "html.parser").find_all("bdi")]
    lint(message)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x>', "a & b <b>", "&lt;b&gt;"])
def test_markup_in_a_name_is_only_a_name(name: str) -> None:
    refusal = replace(sample_refusal(name, name), sender_name=name)
    message = received(send(sample_letter(refusal)))
    assert name in part(message, "plain")
    lint(message)
    page = render.page("letter.html", "en", letter=sample_letter(refusal))
    assert BeautifulSoup(page, "html.parser").find_all(["script", "img", "b"]) == []


def test_nothing_that_was_typed_can_reach_or_break_a_header_or_forge_a_line() -> None:
    evil = "Eve\r\nBcc: all@schools.example\r\n\r\nPupil: Mallory"
    refusal = replace(sample_refusal(evil, evil), sender_name=evil)
    message = received(send(sample_letter(refusal)))
    usual = received(send(sample_letter()))
    assert [h for h in message.items() if h[0] != "Content-Type"] == [
        h for h in usual.items() if h[0] != "Content-Type"
    ]
    lines = part(message, "plain").splitlines()
    assert [line for line in lines if line.startswith(("Bcc:", "Pupil: Mallory"))] == []
    with pytest.raises(ValueError, match="CR or LF"):
        confirm(to_address="a@family.example\r\nBcc: all@schools.example")


# ---- Preview, print ------------------------------------------------------------------------------------------


def test_preview_and_mail_are_one_text() -> None:
    letter = sample_letter()
    page = BeautifulSoup(render.page("letter.html", "ar-xb", letter=letter), "html.parser")
    assert words(page.get_text(" ")) == words(part(send(letter), "plain"))
    root = page.find("div")
    assert root is not None
    assert (root["lang"], root["dir"]) == ("en", "ltr")
    assert page.find_all(style=True) == []


def test_a_preview_says_what_is_known_only_when_the_letter_is_sent() -> None:
    unsent = replace(sample_refusal(), reference="", confirmed=None)
    letter = replace(sample_letter(unsent), reference="", answer_link="")
    text = " ".join(
        BeautifulSoup(render.page("letter.html", "en", letter=letter), "html.parser").get_text(" ").split()
    )
    assert "Reference of this letter: given when it is sent" in text
    assert "confirmed before this letter is sent." in text
    assert "(The link to that page stands here when the letter is sent.)" in text


def test_a_letter_given_in_by_hand_has_a_line_to_sign_and_nothing_of_ours_to_answer() -> None:
    page = BeautifulSoup(render.page("letter.html", "en", letter=letter_by_hand()), "html.parser")
    text = " ".join(page.get_text(" ").split())
    assert "Signed:" in text
    assert "Date:" in text
    assert "It holds no copy of this letter." in text
    assert page.find_all("a") == []
    for only_mailed in ("confirmed", "@", "reply", "Reference", "press"):
        assert only_mailed not in text


# ---- The mail that asks for confirmation ---------------------------------------------------------------------


def test_a_confirmation_says_what_happened_what_to_do_and_what_happens_if_nothing_is_done() -> None:
    message = received(confirm())
    assert message["Subject"] == "Not sent yet: confirm your letter"
    assert message["To"] == "parent@family.example"
    assert message["Reply-To"] == CAMPAIGN.controller.reply_mailbox
    text = part(message, "plain")
    assert LINK in text.splitlines()
    assert text.count("https://retract.example/") == 1
    flat = " ".join(text.split())
    assert "On 21 September 2017 at 14:05 (London time), somebody wrote a letter with Retract." in flat
    assert "The link works until 28 September 2017 at 14:05 (London time)." in flat
    assert "If you do nothing, the letter is not sent. Then we delete it." in flat
    assert "You did not write a letter? Then do nothing." in flat
    lint(message)


def test_a_confirmation_in_winter_tells_the_time_of_a_winter_clock() -> None:
    message = emails.confirm_email(
        campaign=CAMPAIGN,
        to_address="parent@family.example",
        language="en",
        link=LINK,
        made=datetime(2017, 11, 2, 0, 30, tzinfo=UTC),
        expires=datetime(2018, 3, 25, 1, 30, tzinfo=UTC),
        sender_from="letters@retract.example",
    )
    text = part(message, "plain")
    assert "On 2 November 2017 at 00:30" in text
    assert "25 March 2018 at 02:30" in text


@pytest.mark.parametrize(("language", "direction"), [("en-xa", "ltr"), ("ar-xb", "rtl")])
def test_a_confirmation_is_wholly_in_the_parents_language_and_direction(language: str, direction: str) -> None:
    message = received(confirm(language, test=True))
    page = part(message, "html")
    root = parse_strictly(page).find("html")
    assert root is not None
    assert root["dir"] == direction
    assert find_untranslated(page.replace(LINK, "")) == []
    assert message["Subject"].startswith("[TEST] [")
    lint(message)


# ---- A test stage -------------------------------------------------------------------------------------------


def test_the_mails_of_a_test_say_so_first_and_in_both_parts() -> None:
    asked = confirm(test=True)
    letter = emails.school_letter(
        sample_letter(), to_address="parent@family.example", sender_from="letters@retract.example", test=True
    )
    for mail, marked in ((asked, confirm()), (letter, send(sample_letter()))):
        lint(received(mail))
        assert mail["Subject"] == f"[TEST] {marked['Subject']}"
        first, empty, rest = part(mail, "plain").split("\n", 2)
        assert first
        assert not empty
        assert rest == part(marked, "plain")
