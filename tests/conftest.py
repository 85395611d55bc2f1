"""What every test stands on: a world of its own (moto), the register of ``tests/make.py``, a clock it sets."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib import config
from chalicelib.aws import contact_rows
from chalicelib.domain.contact import Contact, ContactState
from chalicelib.register.index import build
from infra import messages, static, stock
from infra.world import World
from infra.world import world as open_world
from tests import make, recorder

recorder.install()


WHOLE = pytest.StashKey[bool]()
LAST = ("tests/infra/test_policies.py", "tests/infra/test_alarm_words.py")
"""What judges all the others by what they did."""


def pytest_sessionstart(session: pytest.Session) -> None:
    """The front end, the pseudo-locales and the invented schools, once for all workers."""
    if not hasattr(session.config, "workerinput"):
        static.build()
        messages.build_pseudo_locales()
        stock.prepare_register(None, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Policies and alarms are judged last, or afterwards; and whether all the others are there."""
    items.sort(key=lambda item: item.nodeid.startswith(LAST))
    left_out = [config.rootpath / folder for folder in config.getoption("ignore")]
    files = {
        path
        for path in (config.rootpath / "tests").rglob("test_*.py")
        if not any(path.is_relative_to(folder) for folder in left_out)
    }
    picked = config.getoption("keyword") or config.getoption("markexpr") or config.getoption("deselect")
    config.stash[WHOLE] = not picked and files <= {item.path for item in items}
    if config.getoption("write_seen"):
        items[:] = [item for item in items if not item.nodeid.startswith(LAST)]


def pytest_configure(config: pytest.Config) -> None:
    """Takes over what an earlier run has seen, for the tests that judge it."""
    if path := config.getoption("read_seen"):
        seen = json.loads(Path(path).read_text())
        recorder.take_over(seen)
        config.stash[READ] = bool(seen["whole"])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker has ended: what it has seen and counted is ours."""
    if told := getattr(node, "workeroutput", {}).get("seen"):
        recorder.take_over(told)
        node.config.stash[WHOLE] = bool(told["whole"])
        node.config.stash.setdefault(FIGURES, Counter()).update(told["figures"])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What was seen goes to whoever started this worker, or into the file that was asked for."""
    config = session.config
    seen = recorder.tell() | {
        "whole": config.stash.get(WHOLE, False),
        "figures": dict(config.stash.get(FIGURES, {})),
    }
    if hasattr(config, "workerinput"):
        config.workeroutput["seen"] = seen
    elif path := config.getoption("write_seen"):
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(json.dumps(seen))


@pytest.fixture
def whole_suite(request: pytest.FixtureRequest) -> bool:
    """Whether every test of the suite is in this run, or was in the one that is judged."""
    return request.config.stash.get(READ, request.config.stash[WHOLE])


READ = pytest.StashKey[bool]()
FIGURES = pytest.StashKey[Counter[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Each in place of a sample, always the same: ``make hostile`` and ``make faults``."""
    parser.addoption("--hostile", action="store_true", help="all hostile inputs, in place of a sample")
    parser.addoption(
        "--write-seen", metavar="FILE", help="leaves what judges the others out, and writes what it needs"
    )
    parser.addoption("--read-seen", metavar="FILE", help="judges what that run has seen")
    parser.addoption("--thorough", action="store_true", help="every fault point and order, not a sample of them")


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether everything is to be tried of which the plain suite tries a sample, always the same one."""
    return bool(request.config.getoption("thorough"))


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> Counter[str]:
    """What tests count for the report that stands at the end of the run."""
    return request.config.stash.setdefault(FIGURES, Counter())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if counted := config.stash.get(FIGURES, None):
        how = "all" if config.getoption("thorough") else "a sample: make faults tries all"
        said = ", ".join(f"{n} {what}" for what, n in counted.items())
        terminalreporter.write_line(f"{said} ({how})")


@pytest.fixture(scope="session")
def register_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The schools of ``make.make_schools`` as a register."""
    path = tmp_path_factory.mktemp("register") / "register.sqlite"
    build(make.make_download(), path)
    return path


@pytest.fixture(scope="module")
def aws(register_path: Path) -> Iterator[World]:
    """One AWS for the tests of a file: to make one takes longer than most of them."""
    with open_world(register_path=register_path, pseudo=True) as here:
        yield here


@pytest.fixture
def world(aws: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The AWS as new: empty but for the contacts of Hill and Brook; its clock stands at ``make.NOW``."""
    furnish(aws)
    monkeypatch.setattr(config, "now", lambda: make.NOW)
    monkeypatch.setattr(config, "wait", lambda seconds: config.now())  # nobody sleeps
    return aws


def furnish(aws: World) -> None:
    """Takes away what other tests left; Hill and Brook get their contacts."""
    aws.empty()
    config.settings.cache_clear()
    for urn, name in ((make.HILL, "hill"), (make.BROOK, "brook")):
        contact_rows.put_contact(Contact(urn, f"office@{name}.example", ContactState.VERIFIED))
