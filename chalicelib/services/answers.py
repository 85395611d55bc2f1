"""Acknowledge: a school answers a letter, for all of it, with one press that may be corrected later."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from chalicelib.aws import delivery_rows, table, tally_rows, withdrawal_rows
from chalicelib.config import settings
from chalicelib.content import links
from chalicelib.domain import lifetime
from chalicelib.domain.campaign import load_campaign
from chalicelib.domain.delivery import Delivery, Hold
from chalicelib.domain.school import School
from chalicelib.domain.withdrawal import Event, Kind, Outcome, Reason, Withdrawal
from chalicelib.errors import LinkBroken, LinkExpired, LinkSuperseded, Unavailable
from chalicelib.services import holds, schools

TRIES = 3


@dataclass(frozen=True)
class AnswerPage:
    """What a school sees: ``count`` pupils, the answer if there is one; never a name."""

    delivery: Delivery
    school: School
    count: int
    outcome: Outcome | None
    reason: Reason | None


def answer_link(delivery: Delivery) -> str:
    """The link of a letter's answers: it lives as long as the data (reliability.md 4)."""
    campaign = load_campaign(settings().campaign)
    last = campaign.census_days[-1].date + timedelta(days=campaign.retention.after_census_days)
    expires = datetime.combine(last, time.max, UTC)
    return links.public_url("/answer/" + links.sign_token("answer", {"d": delivery.id}, expires))


def open_answer(token: str, now: datetime) -> AnswerPage:
    """The letter behind ``token``. Raises LinkBroken, LinkExpired, LinkSuperseded once its link is dead."""
    delivery, told = _read(token, now)
    first = told[0]
    return AnswerPage(
        delivery,
        schools.get_school(delivery.urn),
        len(told),
        first.outcome,
        first.reason,
    )


def acknowledge(token: str, outcome: Outcome, reason: Reason | None, now: datetime) -> None:
    """The school's answer for every withdrawal of the letter; the same answer again changes nothing.

    A wrong mailbox belongs to the letter: its link dies, the withdrawals stay confirmed, staff see it.
    Raises LinkBroken, LinkExpired, LinkSuperseded, Unavailable.
    """
    for _ in range(TRIES):
        wrong = reason is Reason.WRONG_MAILBOX
        delivery, told = _read(token, now, closed_too=wrong)
        if wrong:
            try:
                holds.ask_staff(delivery, {"closed": now}, Hold.WRONG_MAILBOX, now, len(told))
            except delivery_rows.Moved:
                continue  # a mail event came at this moment
            return
        open_ = [each for each in told if (each.outcome, each.reason) != (outcome, reason)]
        if not open_:
            return
        counted = [each for each in open_ if not each.test]
        writes = (
            [tally_rows.answered(delivery.urn, sum(not each.answered for each in counted), now)] if counted else []
        )
        for each in open_:
            until = lifetime.answered_until(load_campaign(each.campaign), now)
            facts = {"outcome": outcome, "reason": reason, "erase_on": until}
            writes += withdrawal_rows.change(each, Event(Kind.ACKNOWLEDGED, each.n + 1, now, "school", facts))
        try:
            table.transact(writes)
        except table.Refused:
            continue  # a colleague was quicker: look again
        return
    raise Unavailable


def _read(token: str, now: datetime, closed_too: bool = False) -> tuple[Delivery, list[Withdrawal]]:
    delivery = delivery_rows.get_delivery(links.read_token("answer", token, now)["d"])
    if delivery is None:
        raise LinkBroken
    if delivery.bounced or (delivery.closed and not closed_too):
        raise LinkSuperseded
    found = withdrawal_rows.get_withdrawals(delivery.refs)
    told = [found[ref] for ref in delivery.refs if ref in found and found[ref].to_be_told]
    if not told:  # cancelled or erased, all of it: the link lives as long as the data
        raise LinkExpired
    return delivery, told
