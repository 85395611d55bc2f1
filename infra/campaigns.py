"""Checks the campaign files: a wrong one stops here, with file, key and reason, and never reaches AWS.

``python -m infra.campaigns`` checks all that are shipped; runner, tests and package call ``check``.
"""

import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from chalicelib.content.i18n import LANGUAGES
from chalicelib.domain.campaign import (
    CAMPAIGNS,
    Campaign,
    Consent,
    Controller,
    Law,
    Limits,
    Retention,
    Rhythm,
    Step,
    build_campaign,
)
from chalicelib.domain.census import CensusDay, Ground

TERMS = ("autumn", "spring", "summer")
WEBSITE = fields.Url(required=True, schemes={"https"}, require_tld=False)


class CampaignError(Exception):
    """A campaign file is wrong; the message has one line a fault: file, key, reason."""


class Text(fields.String):
    """Words on one line; control characters would break a letter."""

    def __init__(self, **options: Any) -> None:
        kind = validate.Regexp(r"[^\x00-\x1f\x7f]+\Z", error="must be words on one line")
        super().__init__(validate=kind, **{"required": True, **options})


def _is_flag(value: Any) -> None:
    if not isinstance(value, bool):
        raise ValidationError("must be true or false")


def _is_day(value: Any) -> None:
    if type(value) is not date:
        raise ValidationError("must be a day, written 2017-10-05 without quotes")


def schema_of(room: type, **special: fields.Field[Any]) -> type[Schema]:
    """The schema of a dataclass: by its annotations text, whole numbers or days, but for what is ``special``."""
    number = partial(fields.Integer, strict=True, validate=validate.Range(min=1))
    plain: dict[Any, Callable[[], fields.Field[Any]]] = {
        str: Text,
        int: lambda: number(required=True),
        bool: lambda: fields.Raw(required=True, validate=_is_flag),
        date: lambda: fields.Raw(required=True, validate=_is_day),
        tuple[int, ...]: lambda: fields.List(number(), required=True),
    }
    made = {name: plain[kind]() for name, kind in room.__annotations__.items() if name not in special}
    return Schema.from_dict(made | special, name=room.__name__)


def one_of(words: Iterable[str]) -> fields.String:
    """One of ``words``."""
    return fields.String(required=True, validate=validate.OneOf(list(words)))


def some(field: fields.Field[Any] | type[Schema]) -> fields.List[Any]:
    """A list of at least one."""
    inner = field if isinstance(field, fields.Field) else fields.Nested(field)
    return fields.List(inner, required=True, validate=validate.Length(min=1))


class CensusDaySchema(schema_of(CensusDay, term=one_of(TERMS))):  # type: ignore[misc]  # made at run time
    """One census day, and the day its return is due."""

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["return_due"] <= data["date"]:
            raise ValidationError("must be after the census day", "return_due")


class ItemSchema(Schema):
    """One item that a parent may refuse. Grounds stand here by their names."""

    id = fields.String(required=True, validate=validate.Regexp(r"[a-z-]+\Z", error="must be words-with-hyphens"))
    label = Text()
    school_word = Text()
    refusal_code = Text(required=False)
    code_source = Text(required=False)
    terms = some(one_of(TERMS))
    terms_source = Text()
    ticked = fields.Raw(required=True, validate=_is_flag)
    from_age = fields.Integer(strict=True)
    excluded_types = fields.List(
        fields.String(validate=validate.Regexp(r"\d\d\Z", error="must be a GIAS type code"))
    )
    scope_source = Text(required=False)
    funding = Text()
    funding_source = Text()
    ground = Text()
    retraction = Text(required=False)
    assurances = fields.List(Text())

    @validates_schema
    def _sourced(self, data: dict[str, Any], **_: Any) -> None:
        if ("refusal_code" in data) != ("code_source" in data):
            raise ValidationError("a code and its source go together", "refusal_code")
        if ("from_age" in data or "excluded_types" in data) and "scope_source" not in data:
            raise ValidationError("must say where ages and school types were read", "scope_source")
        if data["ticked"] and "retraction" not in data:
            raise ValidationError("only what can also be retracted is ticked beforehand", "ticked")


class CampaignSchema(Schema):
    """A whole file; the context-free rules first, then what must agree with what."""

    id = Text()
    version = Text()
    name = Text()
    permission = fields.String(required=True)
    languages = some(one_of(LANGUAGES))
    controller = fields.Nested(
        schema_of(Controller, reply_mailbox=fields.Email(required=True), website=WEBSITE), required=True
    )
    census_days = some(CensusDaySchema)
    items = some(ItemSchema)
    grounds = fields.Dict(
        values=fields.Nested(schema_of(Ground, valid_until=fields.Raw(validate=_is_day))), required=True
    )
    law = fields.Nested(
        schema_of(Law, census=Text(), duty=Text(), guidance=Text(), escalation=some(schema_of(Step))),
        required=True,
    )
    consent = fields.Nested(schema_of(Consent), required=True)
    retention = fields.Nested(schema_of(Retention), required=True)
    limits = fields.Nested(schema_of(Limits), required=True)
    rhythm = fields.Nested(schema_of(Rhythm), required=True)

    @validates_schema
    def _agrees(self, data: dict[str, Any], **_: Any) -> None:
        if data["languages"][:1] != ["en"]:
            raise ValidationError("must begin with en: the templates are written in it", "languages")
        days = [day["date"] for day in data["census_days"]]
        if days != sorted(set(days)):
            raise ValidationError("must be in order, each day once", "census_days")
        ids = [item["id"] for item in data["items"]]
        if len(ids) != len(set(ids)):
            raise ValidationError("each id may stand once", "items")
        named = {data["law"][name] for name in ("census", "duty", "guidance")}
        for item in data["items"]:
            named |= {item["ground"], *item.get("assurances", ()), *filter(None, [item.get("retraction")])}
        if named != set(data["grounds"]):
            odd = ", ".join(sorted(named ^ set(data["grounds"])))
            raise ValidationError(f"named but not there, or there but never named: {odd}", "grounds")


def check(path: Path) -> Campaign:
    """The campaign in ``path``. Raises CampaignError with one line a fault: file, key, reason."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CampaignError(f"{path.name}: cannot be read: {error}") from None
    faults = list(_flatten(CampaignSchema().validate(table)))
    if not faults and table["id"] != path.stem:
        faults = [("id", f"must be the name of the file, {path.stem}")]
    if faults:
        raise CampaignError("\n".join(f"{path.name}: {key}: {reason}" for key, reason in faults))
    return build_campaign(table)


def check_all(folder: Path = CAMPAIGNS) -> list[Campaign]:
    """Every campaign of ``folder``. Raises CampaignError naming every fault of every file."""
    campaigns, faults = [], []
    for path in sorted(folder.glob("*.toml")):
        try:
            campaigns.append(check(path))
        except CampaignError as error:
            faults.append(str(error))
    if faults or not campaigns:
        raise CampaignError("\n".join(faults) or f"{folder.name}: holds no campaign")
    return campaigns


def _flatten(messages: Mapping[Any, Any] | list[Any], key: str = "") -> Iterator[tuple[str, str]]:
    """marshmallow's tree of messages as (key, reason): ("items.0.label", "must not be empty")."""
    if isinstance(messages, Mapping):
        for name, below in messages.items():
            yield from _flatten(below, f"{key}.{name}" if key and name != "_schema" else key or str(name))
    else:
        for reason in messages:
            yield key, str(reason)


def main() -> int:
    """Prints one line a campaign, or one line a fault; the exit status says which."""
    try:
        campaigns = check_all()
    except CampaignError as error:
        print(error, file=sys.stderr)
        return 1
    for campaign in campaigns:
        open_keys = campaign.placeholders()
        note = (
            f"; production will not start before these are filled in: {', '.join(open_keys)}" if open_keys else ""
        )
        print(f"{campaign.id} {campaign.version}: {len(campaign.items)} items, ends {campaign.last_day}{note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
