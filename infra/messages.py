"""Gathers every word that parents read into locale/messages.pot, and makes the two pseudo-locales from it.

`make messages` writes the .pot, which is committed; `--check` only says whether it is up to date. The
pseudo-locales are made from the .pot and not on the fly: a word that was not extracted then stays plain English,
which is what the walk through the pseudo-locale looks for.
"""

import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
CHALICELIB = ROOT / "chalicelib"
LOCALE = CHALICELIB / "content" / "locale"
POT = LOCALE / "messages.pot"
HEADER = """# Words of Retract. Made by `make messages`.
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

"""

# The same settings as content/render.py's environment: else the words would be cut differently.
TEMPLATE_OPTIONS = {
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "trimmed": "true",
    "newstyle_gettext": "true",
    "silent": "false",
}

# What never changes in a translation: placeholders, markup, addresses.
FIXED = re.compile(r"(%\(\w+\)[sd]|%%|<[^>]+>|&\w+;|https?://\S+)")
ACCENTED = str.maketrans("aceghilnorstuyzACEGHILNORSTUYZ", "áçéĝĥíļñóŕšţúýžÁÇÉĜĤÍĻÑÓŔŠŢÚÝŽ")
ARABIC = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ابثدعفغهيجكلمنوصقرستةضشخطز")


def main(arguments: list[str]) -> int:
    """Writes the .pot and the pseudo-locales; with --check only compares. Returns the exit status."""
    text = write_pot()
    if "--check" in arguments:
        if POT.read_text(encoding="utf-8") != text:
            print("messages.pot is out of date: run `make messages`", file=sys.stderr)
            return 1
        return 0
    POT.write_text(text, encoding="utf-8")
    build_pseudo_locales()
    print(f"{text.count('msgid ') - 1} messages in {POT.relative_to(ROOT)}")
    return 0


def write_pot() -> str:
    """The text of messages.pot as it should be now. Raises ValueError for a word that cannot be a message."""
    catalog = Catalog()
    for path, message, comments in _find_messages():
        for single in (message,) if isinstance(message, str) else message:
            if "%" in FIXED.sub("", single):
                raise ValueError(f"{path}: write %% for a percent sign in {single!r}")
        catalog.add(message, locations=[(path, 0)], auto_comments=comments)
    out = BytesIO()
    write_po(out, catalog, width=110, omit_header=True, include_lineno=False)
    return HEADER + out.getvalue().decode()


def build_pseudo_locales() -> None:
    """Makes both pseudo-locales where they are older than the .pot."""
    plural_rules = {"en-xa": ("en", ACCENTED), "ar-xb": ("ar", ARABIC)}
    for code, (locale, letters) in plural_rules.items():
        target = LOCALE / "pseudo" / code / "LC_MESSAGES" / "messages.mo"
        if target.exists() and target.stat().st_mtime >= POT.stat().st_mtime:
            continue
        with POT.open("rb") as pot:
            catalog = read_po(pot, locale=locale)
        for message in catalog:
            if isinstance(message.id, str):
                message.string = disguise(message.id, letters) if message.id else message.string
            else:
                message.string = (disguise(message.id[1], letters),) * catalog.num_plurals
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as out:
            write_mo(out, catalog)


def disguise(message: str, letters: dict[int, int]) -> str:
    """``message`` in brackets, in other letters and a third longer, its placeholders and markup untouched."""
    parts = FIXED.split(message)
    words = "".join(part if FIXED.fullmatch(part) else part.lower().translate(letters) for part in parts)
    return f"[{words}{' ~~~~~' * (1 + len(message) // 18)}]"


def _find_messages() -> Iterator[tuple[str, Any, list[str]]]:
    """Path, message (a pair where it has a plural) and the comments for translators, in a fixed order."""
    sources: tuple[tuple[str, str | Callable[..., Any], dict[str, str]], ...] = (
        ("*.html", "jinja2.ext:babel_extract", TEMPLATE_OPTIONS),
        ("*.txt", "jinja2.ext:babel_extract", TEMPLATE_OPTIONS),
        ("*.py", "python", {}),
        ("*.toml", _extract_campaign, {}),
    )
    for pattern, method, options in sources:
        for path in sorted(CHALICELIB.rglob(pattern)):
            with path.open("rb") as file:
                found = extract(method, file, DEFAULT_KEYWORDS, ["Translators:"], options, strip_comment_tags=True)
                for _, message, comments, _ in sorted(found, key=lambda each: each[0]):
                    yield path.relative_to(ROOT).as_posix(), message, comments


def _extract_campaign(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterable[tuple[int, str, str, list[str]]]:
    """A Babel extractor: the words of a campaign that its pages show to parents."""
    campaign = tomllib.load(file)
    words = [item[key] for item in campaign["items"] for key in ("label", "funding")]
    words += [step[key] for step in campaign["law"]["escalation"] for key in ("who", "what")]
    words.append(campaign["consent"]["text"])
    return [(line, "gettext", word, []) for line, word in enumerate(words)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
