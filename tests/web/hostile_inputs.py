"""Hostile requests without end: the n-th is always the same, so that a number is enough to see it again."""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from urllib.parse import quote, quote_from_bytes

from tests import make
from tests.web.client import FORM, KIM
from tests.web.every_route import Everyone, every_form, every_route

MARKS = (
    '<zqx y="1">',
    '"><zqx onload=alert(1)>',
    "' zqx='1",
    "</title><zqx>",
    "<!--zqx",
    "]]><zqx>",
    "javascript:zqx//",
)
"""What would be markup of ours, or an attribute, if a page did not escape it."""

TEXTS = (
    *MARKS,
    *(
        "{{ 7*7 }}",
        "{% raw %}",
        "%(name)s",
        "%n%s%x",
        "${jndi:ldap://x}",
        "#{7*7}",
        "$context.stage",
        "\\u0000",
        "\\",
    ),
    *("' OR 1=1 --", "*", "%", "_", '"', "NEAR(", "a:b", "-", "(", "AND OR NOT", "=1+1", "+1", "@SUM(1)", "\t=1"),
    *(
        "x\r\nBcc: all@evil.example",
        "x\nSubject: y",
        "x\r\n\r\n<zqx>",
        "\x00",
        "a\x00b",
        "\x1b[31m",
        "\x7f",
        "\x85",
    ),
    *(
        "\u202eabc\u202c",
        "\u2066\u2069",
        "\u200d",
        "\u200b",
        "\ufeff",
        "\u00ad",
        "a\u0301" * 50,
        "\u0301",
        "\u0600",
    ),
    *("ﷺ" * 30, "𝕽𝖔𝖇", "👩‍👩‍👧", "İ", "ſ", "ß" * 100, "\U0010ffff", "\ud800", "\udfff\ud800", "\ue000", "\uffff"),
    *(
        "",
        " ",
        "\u3000",
        "\u00a0",
        "null",
        "None",
        "true",
        "0",
        "-1",
        "1e400",
        "NaN",
        "٣",
        "½",
        "9" * 400,
        "900001",
    ),
    *(
        "../../etc/passwd",
        "..\\..",
        "file:///etc/passwd",
        "http://evil.example/",
        "//evil.example",
        "con",
        "%2e%2e",
    ),
    *(
        "__proto__",
        "constructor",
        "__class__",
        "self",
        "visit",
        "language",
        "kim@family.example",
        "a@b",
        "@",
        "a@@b",
    ),
    *(
        "a@" + "b" * 300 + ".example",
        '"a b"@x.example',
        "a@xn--a.example",
        "a@ﬃ.example",
        "a@[127.0.0.1]",
        "a@b..c",
    ),
)
LENGTHS = (1, 29, 30, 31, 99, 100, 101, 254, 255, 300, 301, 999, 5000, 20_000)

FORMS: dict[str, dict[str, list[str]]] = {
    "/way": {"way": ["mail"]},
    "/child/{n}/school": {"urn": [make.HILL], "q": ["school"]},
    "/child/{n}/name": {"name": ["Robin Example"], "class_name": ["3B"]},
    "/child/{n}/items": {"items": ["nationality", "country-of-birth"]},
    "/child/{n}/remove": {"of": ["1"]},
    "/you": {name: [value] for name, value in KIM.items()},
    "/check": {},
    "/delete-answers": {},
    "/confirm/{token}": {},
    "/answer/{token}": {"outcome": ["not_acted"], "reason": ["not_ours"]},
    "/staff/sign-in": {"user": ["staff"], "password": ["guess"]},
    "/staff/code": {"code": ["123456"]},
    "/staff/attention": {"delivery": ["letter-one"]},
    "/staff/sign-out": {},
}
QUERIES = {"q", "gone", "child", "reference", "school", "state", "urn", "older", "x"}


@dataclass(frozen=True)
class Input:
    """One request. ``typed``: the fields of its form as somebody would have typed them, where they are text."""

    n: int
    kind: str
    pattern: str
    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)


def make_input(n: int, everyone: Everyone) -> Input:
    """The ``n``-th input against this world."""
    chance = Random(n)
    sent = chance.choice(KINDS)(n, chance, everyone)
    # Signed out, staff would see nothing of the inputs after this one.
    return replace(sent, cookies={}) if sent.pattern == "/staff/sign-out" else sent


def _text(chance: Random) -> str:
    """Something to type: of the list, of any characters, very long, or a part of it inside a good word."""
    match chance.randrange(5):
        case 0:
            return "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randrange(1, 40)))
        case 1:
            return chance.choice("aé \u200dك😀.'-<") * chance.choice(LENGTHS)
        case 2:
            return f"Robin {chance.choice(TEXTS)} Example"
        case _:
            return chance.choice(TEXTS)


def _quoted(text: str, chance: Random) -> str:
    """The text as a form or an address carries it, or nearly so."""
    raw = text.encode("utf-8", "surrogatepass")
    match chance.randrange(12):
        case 0:
            return quote(quote_from_bytes(raw, safe=""))
        case 1:
            return quote_from_bytes(text.encode("utf-16", "surrogatepass"), safe="")
        case 2:
            return quote_from_bytes(bytes(chance.randrange(256) for _ in range(20)), safe="")
        case 3:
            return quote_from_bytes(raw, safe="").replace(
                "%", chance.choice(("%%", "%u", "%2", "%C0%80", "%ED%A0%80")), 1
            )
        case _:
            return quote_from_bytes(raw, safe="")


def _form(n: int, chance: Random, everyone: Everyone) -> Input:
    pattern = chance.choice(every_form())
    method, path = "POST", everyone.path(pattern)
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": FORM}
    return Input(n, "form", pattern, method, path, headers=headers, cookies=everyone.cookies(pattern))


def _fields(pattern: str) -> list[tuple[str, str]]:
    form = FORMS[pattern.removeprefix("/{language}")]
    return [(name, quote(value)) for name, values in form.items() for value in values]


def _type(n: int, chance: Random, everyone: Everyone) -> Input:
    """Any text in one field of a form that is right else."""
    found = _form(n, chance, everyone)
    pairs = _fields(found.pattern)
    if not pairs:
        return _soil(n, chance, everyone)
    at, text = chance.randrange(len(pairs)), _text(chance)
    pairs[at] = (pairs[at][0], quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe=""))
    typed = {name: values[0] for name, values in FORMS[found.pattern.removeprefix("/{language}")].items()}
    body = "&".join(f"{name}={value}" for name, value in pairs)
    return replace(found, kind="typed", body=body.encode(), typed={**typed, pairs[at][0]: text})


def _soil(n: int, chance: Random, everyone: Everyone) -> Input:
    """Fields that are repeated, unknown, missing, too many, or broken."""
    found = _form(n, chance, everyone)
    pairs = _fields(found.pattern)
    for _ in range(chance.randrange(1, 4)):
        match chance.randrange(6):
            case 0:
                pairs += chance.choices(pairs or [("form_token", "x")], k=chance.choice((1, 2, 70)))
            case 1:
                pairs.append((_quoted(_text(chance), chance), _quoted(_text(chance), chance)))
            case 2:
                pairs = pairs[1:]
            case 3:
                pairs += [(f"f{each}", "x") for each in range(chance.choice((1, 59, 60, 61, 500)))]
            case 4:
                pairs = [(f"{name}[]", value) for name, value in pairs] + [("a[b][c]", "1")]
            case 5:
                pairs = [(name, _quoted(_text(chance), chance)) for name, _ in pairs] + [("form_token", "")]
    body = chance.choice("&;&&&").join(f"{name}={value}" for name, value in pairs)
    return replace(found, kind="soiled", body=body.encode("utf-8", "surrogatepass")[:200_000])


def _raw(n: int, chance: Random, everyone: Everyone) -> Input:
    """A body that is no form, said to be one or said to be something else."""
    found = _form(n, chance, everyone)
    good = "&".join(f"{name}={value}" for name, value in _fields(found.pattern)).encode()
    body = chance.choice(
        (
            bytes(chance.randrange(256) for _ in range(chance.choice((1, 50, 3000)))),
            gzip.compress(good, mtime=0),
            json.dumps(FORMS.get(found.pattern, {})).encode(),
            b'--x\r\nContent-Disposition: form-data; name="way"\r\n\r\nmail\r\n--x--',
            good.decode().encode("utf-16"),
            b"=" * chance.choice((1, 9, 70)),
            b"&" * chance.choice((1, 9, 70_000)),
            good[: len(good) // 2] + b"%",
            b"\x1f\x8b" + good,
            good + b"&" + b"x" * chance.choice((65_000, 65_536, 300_000)),
        )
    )
    kind = chance.choice(
        (FORM, FORM, FORM + "; charset=utf-16", FORM + ";", "multipart/form-data; boundary=x", "*/*", "")
    )
    headers = {**found.headers, "Content-Type": kind, "Content-Encoding": chance.choice(("", "gzip", "br", "x"))}
    return replace(found, kind="raw", body=body, headers=headers)


def _address(n: int, chance: Random, everyone: Everyone) -> Input:
    """Any text as a part of a path, or in a query."""
    method, pattern = chance.choice([each for each in every_route() if "static" not in each[1]])
    path = everyone.path(pattern)
    if "{" in pattern and chance.random() < 0.6:
        spot, raw = chance.choice(pattern.split("{")[1:]).split("}")[0], chance.random() < 0.5
        text = re.sub("[/?#]", "", _text(chance)) or "x"  # these end the path
        text = text if raw else _quoted(text, chance)
        path = everyone.path(pattern, **{spot: text[:6000]})
    query = "&".join(
        f"{chance.choice(sorted(QUERIES))}={_quoted(_text(chance), chance)}" for _ in range(chance.randrange(3))
    )
    path += f"?{query[:8000]}" if query else ""
    headers = {"Sec-Fetch-Site": "same-origin"}
    return Input(n, "address", pattern, method, path, headers=headers, cookies=everyone.cookies(pattern))


def _cookie(n: int, chance: Random, everyone: Everyone) -> Input:
    """A cookie with one byte changed, cut, doubled, under the other's name, or something else."""
    method, pattern = chance.choice(list(every_route()))
    name, value = next(iter(everyone.cookies(pattern).items()))
    at = chance.randrange(len(value) - 4)
    other = {"__Host-staff": "__Host-journey", "__Host-journey": "__Host-staff"}[name]
    cookies = chance.choice(
        (
            {name: value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]},
            {name: value[:at]},
            {name: value + value},
            {other: value},
            {name: _text(chance).replace("\n", "")},
            {name: f'"{value}"', "x": _text(chance)},
            {f"{name}x": value, name.lower(): value},
            {"x": "y" * 9000, name: value[:-1]},
        )
    )
    body = "&".join(f"{name}={value}" for name, value in _fields(pattern)) if method == "POST" else ""
    headers = {"Sec-Fetch-Site": "same-origin"}
    return Input(n, "cookie", pattern, method, everyone.path(pattern), body.encode(), headers, cookies)


def _token(n: int, chance: Random, everyone: Everyone) -> Input:
    """A link's token with one byte changed, cut, doubled, of another page, or something else."""
    method, pattern = chance.choice([each for each in every_route() if "{token}" in each[1]])
    page = pattern.removeprefix("/{language}").split("/")[1]
    good = everyone.tokens[page]
    at = chance.randrange(len(good) - 1)
    others = [token for other, token in everyone.tokens.items() if other not in (page, "answer", "answered")]
    token = chance.choice(
        (
            good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :],
            good[:at] or "x",
            good + good,
            good + "A",
            good.swapcase(),
            chance.choice(others),
            "." + good,
            good.replace(".", "..", 1),
        )
    )
    path = everyone.path(pattern, token=token)
    body = "&".join(f"{name}={value}" for name, value in _fields(pattern)) if method == "POST" else ""
    headers = {"Sec-Fetch-Site": "same-origin"}
    return Input(n, "token", pattern, method, path, body.encode(), headers)


def _header(n: int, chance: Random, everyone: Everyone) -> Input:
    """Headers of any text, with a form that changes nothing or a page."""
    method, pattern = chance.choice(list(every_route()))
    names = ("Accept", "Accept-Language", "Accept-Encoding", "User-Agent", "Referer", "Origin", "Sec-Fetch-Site")
    more = (
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-HTTP-Method-Override",
        "Range",
        "If-None-Match",
        "Authorization",
    )
    headers = {name: _text(chance) for name in chance.sample(names + more, 5)}
    cookies = everyone.cookies(pattern)
    return Input(n, "header", pattern, method, everyone.path(pattern), b"unknown=x", headers, cookies)


KINDS: tuple[Callable[[int, Random, Everyone], Input], ...] = (
    *(_type, _type, _type, _type, _soil, _soil, _raw, _address, _address, _cookie, _token, _header),
)
