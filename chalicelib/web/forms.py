"""What each form may hold: one marshmallow schema a question, and how a posted form is read with it.

Import it inside a POST only: marshmallow is dear when cold. A wrong answer is a message, never an error; what no
form of ours sends (an unknown field, two values for one answer) is a bad request.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields

from chalicelib.content.i18n import N_, translation
from chalicelib.domain.campaign import Limits
from chalicelib.domain.withdrawal import Outcome, Reason
from chalicelib.web.typed import Mistyped, clean_class, clean_mail, clean_name, show
from chalicelib.web.visit import require_fields

LISTS = frozenset({"items"})
"""Fields of which a form sends as many as are ticked."""


@dataclass(frozen=True)
class Reading:
    """A form as read: ``answers`` are clean, and there only if ``errors`` (field -> message) is empty.

    ``values`` are the fields as typed, for the page that comes again.
    """

    answers: dict[str, Any]
    values: dict[str, Any]
    errors: dict[str, str]


def way() -> Schema:
    """Who gives the letter to the school."""
    return _schema(way=_choice(("mail", "hand"), N_("Choose who gives the letter to the school")))


def school() -> Schema:
    """Which school; ``q`` is the search that found it."""
    return _schema(urn=_needed(_number, N_("Choose the school")), q=_text(show))


def name(limits: Limits) -> Schema:
    """Which child; the class may stay empty."""
    return _schema(
        name=_needed(_name(limits), N_("Enter the full name of the child")), class_name=_text(clean_class)
    )


def items(offered: Sequence[str]) -> Schema:
    """What is refused: at least one of the ids ``offered``."""

    def clean(typed: Sequence[str]) -> list[str]:
        if not typed or set(typed) - set(offered):
            raise Mistyped(N_("Choose what you refuse"))
        return [item for item in offered if item in typed]

    return _schema(items=_text(clean))


def you(limits: Limits, roles: Sequence[str], by_mail: bool) -> Schema:
    """Who sends: one of ``roles``; an address only where we send mail, else what an older page sent is dropped."""
    address = _needed(clean_mail, N_("Enter your e-mail address")) if by_mail else _text(_nothing)
    return _schema(
        name=_needed(_name(limits), N_("Enter your full name")),
        role=_choice(roles, N_("Choose who you are")),
        mail=address,
    )


def remove() -> Schema:
    """Which child is taken out: ``of`` is the number of children that the page showed."""
    return _schema(of=_text(str))


def answer(not_acted: bool) -> Schema:
    """What the school says, with a reason only where it has ``not_acted``."""
    reason = _choice(tuple(Reason), N_("Choose the reason why you have not acted"))
    return _schema(
        outcome=_choice(tuple(Outcome), N_("Choose an answer")), reason=reason if not_acted else _text(_nothing)
    )


def read_form(schema: Schema, posted: Mapping[str, list[str]], language: str) -> Reading:
    """The posted fields, held against ``schema``. Raises BadRequest for what that form never sends."""
    require_fields(posted, schema.fields, LISTS)
    typed = {field: posted.get(field, [""])[0] for field in schema.fields if field not in LISTS}
    ticked = {field: posted.get(field, []) for field in schema.fields if field in LISTS}
    values = {field: show(value) for field, value in typed.items()} | ticked
    try:
        return Reading(schema.load(typed | ticked), values, {})
    except ValidationError as error:
        faults: Any = error.messages
    words = translation(language)
    messages = {field: faults[field][0] for field in schema.fields if field in faults}
    return Reading({}, values, {field: words.gettext(text) % facts for field, (text, facts) in messages.items()})


def _schema(**each: fields.Field[Any]) -> Schema:
    return Schema.from_dict(dict(each))()


def _text(clean: Callable[[Any], Any]) -> fields.Field[Any]:
    """A field read by ``clean``, whose Mistyped becomes marshmallow's error: a message and its placeholders."""

    def deserialize(value: Any) -> Any:
        try:
            return clean(value)
        except Mistyped as mistyped:
            raise ValidationError([(mistyped.message, mistyped.facts)]) from None

    return fields.Function(deserialize=deserialize)


def _needed(clean: Callable[[str], str], empty: str) -> fields.Field[Any]:
    def filled(typed: str) -> str:
        if text := clean(typed):
            return text
        raise Mistyped(empty)

    return _text(filled)


def _choice(choices: Sequence[str], empty: str) -> fields.Field[Any]:
    return _needed(lambda typed: typed if typed in choices else "", empty)


def _name(limits: Limits) -> Callable[[str], str]:
    return lambda typed: clean_name(typed, limits.name_characters, limits.name_bytes)


def _number(typed: str) -> str:
    return typed if typed.isascii() and typed.isdigit() else ""


def _nothing(typed: str) -> str:
    return ""
