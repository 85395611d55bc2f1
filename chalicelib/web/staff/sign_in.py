"""Staff sign in with password and second factor, and out again."""

import secrets

from chalice.app import Blueprint, Response

from chalicelib.domain.times import stamp
from chalicelib.errors import NotSignedIn, SignInRefused, TooManyRequests
from chalicelib.web import session
from chalicelib.web.page import act, draw, keep, look, redirect
from chalicelib.web.staff.gate import AREA, ask_to_sign_in, read_fields, staff_look
from chalicelib.web.typed import show
from chalicelib.web.visit import Visit

blueprint = Blueprint(__name__)

FORM_AGAIN = 422
CODE_DIGITS = 6
LONGEST = 256

WORDS = {
    "password": "The user name or the password is not right",
    "not-ready": "This account is not ready: it has no second factor yet. Ask whoever runs this service",
    "code": "The code is not right. Enter the 6 digits that your authenticator app shows now",
    "used-code": "This code was used before. Wait for the next one",
    "expired": "That took too long. Sign in again",
    "too-many": "There were too many tries. Wait 15 minutes, then try again",
    "empty-user": "Enter your user name",
    "empty-password": "Enter your password",
    "not-a-code": "Enter the 6 digits that your authenticator app shows",
}
"""What a person reads when a step of signing in fails."""


@staff_look(blueprint, "/staff")
def arrive(visit: Visit) -> Response:
    """Leads to what is most urgent."""
    return redirect(visit, "/staff/attention")


@look(blueprint, "/staff/sign-in", AREA)
def show_sign_in(visit: Visit) -> Response:
    """The first step."""
    return ask_to_sign_in(visit)


@act(blueprint, "/staff/sign-in", AREA)
def check_password(visit: Visit) -> Response:
    """Leads to the second step with a new cookie key, or shows the first again."""
    from chalicelib.services import staff

    fields = read_fields(visit, "user", "password")
    typed = {"user": show(fields["user"])}
    errors = {name: WORDS[f"empty-{name}"] for name, value in fields.items() if not value}
    if not errors and max(map(len, fields.values())) > LONGEST:
        errors = {"user": WORDS["password"]}
    if not errors:
        try:
            user, handle = staff.start_sign_in(fields["user"], fields["password"], visit.source, visit.now)
        except SignInRefused as refusal:
            errors = {"user": WORDS[refusal.facts["why"]]}
        except TooManyRequests as limit:
            return ask_to_sign_in(visit, limit.status, errors={"user": WORDS["too-many"]}, values=typed)
        else:
            kept = {"key": secrets.token_urlsafe(16), "user": user, "session": handle}
            return redirect(visit, "/staff/code", keep(visit, kept))
    return ask_to_sign_in(visit, FORM_AGAIN, errors=errors, values=typed)


@look(blueprint, "/staff/code", AREA)
def show_code(visit: Visit) -> Response:
    """The second step, for whoever has done the first."""
    return draw(visit, "staff/code") if "session" in visit.cookie else redirect(visit, "/staff/sign-in")


@act(blueprint, "/staff/code", AREA)
def check_code(visit: Visit) -> Response:
    """Begins a session, or shows the step again; where it took too long, the first one."""
    from chalicelib.services import staff

    kept, code = visit.cookie, "".join(read_fields(visit, "code")["code"].split())
    if "session" not in kept:
        return redirect(visit, "/staff/sign-in")
    if not (code.isascii() and code.isdigit() and len(code) == CODE_DIGITS):
        return draw(visit, "staff/code", FORM_AGAIN, errors={"code": WORDS["not-a-code"]})
    try:
        token, sub = staff.finish_sign_in(kept["user"], kept["session"], code, visit.source, visit.now)
    except SignInRefused as refusal:
        if refusal.facts["why"] in ("code", "used-code"):
            return draw(visit, "staff/code", FORM_AGAIN, errors={"code": WORDS[refusal.facts["why"]]})
        return ask_to_sign_in(visit, FORM_AGAIN, errors={"user": WORDS[refusal.facts["why"]]})
    except TooManyRequests as limit:
        return draw(visit, "staff/code", limit.status, errors={"code": WORDS["too-many"]})
    except NotSignedIn:  # the right code, but not one of the staff
        return ask_to_sign_in(visit, FORM_AGAIN, errors={"user": WORDS["not-ready"]})
    begun = {"key": secrets.token_urlsafe(16), "token": token, "sub": sub, "since": stamp(visit.now)}
    return redirect(visit, "/staff", keep(visit, begun))


@act(blueprint, "/staff/sign-out", AREA)
def leave(visit: Visit) -> Response:
    """Ends the session here and everywhere; an old copy of the cookie opens nothing."""
    read_fields(visit)
    if sub := visit.cookie.get("sub"):
        from chalicelib.services import staff

        staff.sign_out(sub, visit.now)
    return redirect(visit, "/staff/sign-in", session.clear(AREA))
