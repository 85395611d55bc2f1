"""No tracing of children: a mailbox that writes to many schools is held until staff have looked.

A stranger could write to one school after another and learn, from the one that answers, where a child is
(design.md 4; limits in the campaign's file).
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.aws import household_rows, withdrawal_rows
from chalicelib.aws.household_rows import HouseholdRow
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.withdrawal import Withdrawal

MOST = 50
"""Households of one mailbox that are looked at: with so many it is over every limit."""


def find_many(
    household: HouseholdRow, waiting: Iterable[Withdrawal], campaign: Campaign, now: datetime
) -> set[str]:
    """The URNs whose new letters are to be held: one child's name at too many schools, or too many schools."""
    limits = campaign.limits
    since = now - timedelta(days=limits.tracing_days)
    others = household_rows.list_others(household, since, MOST)
    before = withdrawal_rows.get_withdrawals([ref for each in others for ref in each.refs][:100]).values()
    waiting = list(waiting)
    by_child: dict[str | None, set[str]] = defaultdict(set)
    for each in (*waiting, *(each for each in before if each.confirmed)):
        by_child[each.child_print].add(each.urn)
    if len(set().union(*by_child.values())) > limits.schools_a_mailbox:
        return {each.urn for each in waiting}
    return {each.urn for each in waiting if len(by_child[each.child_print]) > limits.same_name_schools}
