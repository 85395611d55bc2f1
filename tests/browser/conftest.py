"""Debian's Chromium, the service to look at, and who looks: persons with a phone, and the inspector of pages."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.house import Desk, run_desk
from tests.browser.inspector import Inspector
from tests.browser.person import Person, open_person

Arrival = Callable[..., Person]
"""(desk, scripts=False, language="", width=360) -> a person with a browser of their own."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Chromium of the system: nothing is downloaded, and it speaks to nobody but us."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    return {**browser_type_launch_args, "executable_path": "/usr/bin/chromium", "args": quiet}


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    """``make run`` as a process of its own, for the whole session, pseudo-locales included."""
    with run_desk("--pseudo") as running:
        yield running


@pytest.fixture(scope="session")
def inspector(browser: Browser) -> Iterator[Inspector]:
    """Looks at every page that a person shows it."""
    context = browser.new_context(viewport={"width": 320, "height": 740}, reduced_motion="reduce")
    yield Inspector(context.new_page())
    context.close()


@pytest.fixture
def arrive(browser: Browser, inspector: Inspector) -> Iterator[Arrival]:
    """Lets persons arrive; when the test ends, nothing may have been wrong in any of their browsers."""
    persons: list[Person] = []
    with ExitStack() as browsers:

        def let_in(desk: Desk, **options: Any) -> Person:
            persons.append(browsers.enter_context(open_person(browser, inspector, desk, **options)))
            return persons[-1]

        yield let_in
        assert not [fault for person in persons for fault in person.list_faults()]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The HTML checker comes last, when every page has been seen: starting Java once is enough."""
    items.sort(key=lambda item: item.name.startswith("test_no_page_that_was_seen_has_an_error_of_html"))
