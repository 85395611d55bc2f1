"""Draws pages and mails: one Jinja environment a language, made when the first page in it is drawn.

Jinja is imported inside the functions, so that a redirect never pays for it.
"""

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.content import i18n, manifest
from chalicelib.content.links import public_url

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
COMPILED = Path(__file__).parent.parent / "compiled" / "templates"
"""Where the package has the templates as Python, and no sources (infra/tree.py)."""


def page(template: str, language: str, /, **context: Any) -> str:
    """The HTML of ``template`` ("pages/start.html") in ``language``, everything in ``context`` escaped."""
    return environment(language).get_template(template).render(context)


def text(template: str, language: str, /, **context: Any) -> str:
    """The plain text of ``template`` ("emails/letter/body.txt") in ``language``; nothing is escaped."""
    return environment(language).get_template(template).render(context)


@cache
def environment(language: str) -> "Environment":
    """The Jinja environment of ``language``: escapes by file name, so that only ``.txt`` is left as it is."""
    from jinja2 import ChainableUndefined, Environment, select_autoescape

    made = Environment(
        loader=_loader(),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=ChainableUndefined,  # the component macros ask for what they were not given
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(i18n.translation(language), newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    made.globals.update(
        language=language,
        LANGUAGES=i18n.LANGUAGES,
        day=partial(i18n.day, language=language),
        english=_english,
        typed=_typed,
        static=static,
        url=partial(_path, language=language),
    )
    return made


def static(name: str) -> str:
    """Where the browser finds a built file: the path with its content-hashed name."""
    return _path(f"/static/{manifest.hashed(name)}", i18n.ENGLISH)


def _path(path: str, language: str) -> str:
    """The public path (stage included) of ``path`` in ``language``, without scheme and host."""
    address = public_url(path, language)
    origin = "/".join(address.split("/", 3)[:3])
    return address.removeprefix(origin) or "/"


def _english(words: str) -> "Markup":
    """Data that is English in every language, such as the name of a school."""
    from markupsafe import Markup

    return Markup('<bdi lang="en">{}</bdi>').format(words)


def _typed(words: str) -> "Markup":
    """What a person typed, in whatever language and direction."""
    from markupsafe import Markup

    return Markup("<bdi>{}</bdi>").format(words)


@cache
def _loader() -> "BaseLoader":
    from jinja2 import ChoiceLoader, FileSystemLoader, ModuleLoader, PackageLoader, PrefixLoader

    if COMPILED.is_dir():
        return ModuleLoader(COMPILED)
    components = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    return ChoiceLoader([FileSystemLoader(TEMPLATES), components])
