"""Every AWS call of the walk fails in every way, life goes on, and the promises hold."""

import pytest

from tests import scenes
from tests.faults import inject

SEED = 4
SAMPLE = 1
"""Fault points of a scene that the plain suite tries; ``make faults`` tries all."""


@pytest.mark.parametrize("prepare", scenes.SCENES, ids=lambda prepare: prepare.__name__)
def test_whatever_call_fails_the_promises_hold(world, prepare, thorough, figures):
    tally = inject(world, prepare, SEED, None if thorough else SAMPLE)
    figures["fault points"] += tally.points
    figures["lost"] += tally.lost
    figures["letters beyond promise 3"] += tally.beyond
    assert not tally.broken, "\n".join(tally.broken)
