"""What pages need besides a world: the built front end and the pseudo-locales."""

import pytest

from infra import messages, static


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """Both made where something changed."""
    static.build()
    messages.build_pseudo_locales()
