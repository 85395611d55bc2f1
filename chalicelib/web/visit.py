"""One request as our views see it: language, clock, form, cookies; refuses what our own pages never send."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalicelib import config
from chalicelib.content import links
from chalicelib.errors import BadRequest, LinkBroken, LinkExpired, NotOurForm, TooLarge
from chalicelib.web import session

BODY_LIMIT = 64 * 1024
FIELD_LIMIT = 60


@dataclass
class Visit:
    """A request. ``path`` has no language prefix; ``now`` is asked of the clock once."""

    request: Any
    language: str
    path: str
    now: datetime
    area: str

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's fields, the first of each."""
        params = self.request.query_params
        return {name: values[0] for name in params if (values := params.getlist(name))} if params else {}

    @cached_property
    def form(self) -> dict[str, list[str]]:
        """The posted fields. Raises TooLarge, or BadRequest where no form of ours sends such a thing."""
        body = self.request.raw_body or b""
        if len(body) > BODY_LIMIT:
            raise TooLarge
        try:
            pairs = parse_qsl(
                body.decode("ascii"),
                keep_blank_values=True,
                encoding="utf-8",
                errors="strict",
                max_num_fields=FIELD_LIMIT,
            )
        except ValueError:  # not ASCII, not UTF-8 once decoded, or too many fields
            raise BadRequest from None
        fields: dict[str, list[str]] = {}
        for name, value in pairs:
            fields.setdefault(name, []).append(value)
        return fields

    @cached_property
    def cookie(self) -> dict[str, Any]:
        """What the area's cookie (``journey`` or ``staff``) keeps; {} where there is none that holds."""
        return session.unseal(self.area, self.header("cookie"), self.now)

    @property
    def has_answers(self) -> bool:
        """Whether the browser keeps what somebody answered or sent, not merely the key that binds its forms."""
        return self.area == "journey" and bool(self.cookie.keys() - {"key"})

    @property
    def source(self) -> str:
        """The address that the gateway saw; never a header that a client may write."""
        return str(self.request.context["identity"]["sourceIp"])

    def header(self, name: str) -> str:
        """A request header, or ""."""
        return str(self.request.headers.get(name) or "")

    @property
    def binding(self) -> str:
        """What a form token is bound to: a signed link's token, else this browser's cookie."""
        token = (self.request.uri_params or {}).get("token", "")
        return f"link:{token}" if token.isascii() and token else f"{self.area}:{self.cookie.get('key', '')}"

    def form_token(self) -> str:
        """A token that proves to ``require_our_form`` that the form came from a page of ours."""
        return links.sign_token("form", {"b": self.binding}, self.now + timedelta(hours=12))

    def require_our_form(self) -> None:
        """Raises NotOurForm for a POST from elsewhere (OWASP ASVS 3.5.1).

        Fetch metadata decide, else the Origin header, else the token in the form.
        """
        site = self.header("sec-fetch-site")
        if site:
            if site != "same-origin":
                raise NotOurForm
            return
        origin = self.header("origin")
        if origin and origin != "null":
            ours = urlsplit(config.settings().public_url)
            if origin != f"{ours.scheme}://{ours.netloc}":
                raise NotOurForm
            return
        try:
            payload = links.read_token("form", (self.form.get("form_token") or [""])[0], self.now)
        except (LinkBroken, LinkExpired):
            raise NotOurForm from None
        if payload.get("b") != self.binding:
            raise NotOurForm


def require_fields(posted: Mapping[str, list[str]], known: Collection[str], lists: Collection[str] = ()) -> None:
    """Raises BadRequest for a field that the form does not have, or a second value where it is no list."""
    if set(posted) - {*known, "form_token"}:
        raise BadRequest
    if any(len(values) > 1 for field, values in posted.items() if field not in lists):
        raise BadRequest
