"""What tests of the pages share: a world in which everybody has been."""

from collections.abc import Iterator

import pytest

from chalicelib import config
from infra.world import World
from tests import make
from tests.conftest import furnish
from tests.web.every_route import Everyone, play


@pytest.fixture(scope="module")
def everyone(aws: World) -> Iterator[Everyone]:
    """Played once for the tests of a file, which change nothing of it; the clock stands at ``make.NOW``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "now", lambda: make.NOW)
        furnish(aws)
        yield play(aws)
