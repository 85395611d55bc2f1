"""The built files of the front end, by name and by content-hashed name (made by infra/static.py)."""

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class StaticMissing(Exception):
    """The front end was not built."""


def hashed(name: str) -> str:
    """The name with its hash: "site.css" -> "site.1a2b3c4d5e.css". Raises KeyError for an unknown name."""
    return _names()[name]


def built_file(hashed_name: str) -> tuple[str, str] | None:
    """Content type and text of a built file; None for a name that is not in the manifest."""
    if hashed_name not in _names().values():
        return None
    path = FOLDER / hashed_name
    return TYPES[path.suffix], path.read_text(encoding="utf-8")


@cache
def _names() -> dict[str, str]:
    try:
        names: dict[str, str] = json.loads((FOLDER / "static.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StaticMissing("the front end is not built: run `make static`") from None
    return names
