"""The usual stack on the same work: FastAPI behind Mangum, pydantic, boto3, our very templates from source."""

import json
import os
import secrets
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import boto3
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader
from mangum import Mangum
from pydantic import BaseModel, EmailStr, Field

CONTENT = Path(os.environ["BENCH_SOURCES"]) / "chalicelib"
CAMPAIGN = tomllib.loads((CONTENT / "campaigns" / f"{os.environ['CAMPAIGN']}.toml").read_text())

OTHERS = ("H", "E", "D", "L1", "L2", "L3", "L4")
"""As many rows as one child's refusal is with us: household, event, mail and four limits besides."""

app = FastAPI()
kms = boto3.client("kms")
table = boto3.resource("dynamodb").Table(os.environ["MAIN_TABLE"])

components = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
templates = Environment(
    loader=ChoiceLoader([FileSystemLoader(CONTENT / "content" / "templates"), components]),
    autoescape=True,
    undefined=ChainableUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
templates.policies["ext.i18n.trimmed"] = True
templates.install_null_translations(newstyle=True)
templates.globals.update(
    LANGUAGES={"en": {"name": "English", "html_lang": "en", "direction": "ltr"}},
    language="en",
    day=lambda when: f"{when:%-d %B %Y}",
    english=lambda words: words,
    typed=lambda words: words,
    form_token=lambda: secrets.token_urlsafe(40),
    static=lambda name: f"/static/{name}",
    url=lambda path, **_: path,
)


class Sender(BaseModel):
    """Who sends."""

    name: str = Field(min_length=1, max_length=100)
    role: Literal["parent", "pupil"]
    mail: EmailStr


class Refusal(Sender):
    """The whole of it, as the last form posts it."""

    child: str = Field(min_length=1, max_length=100)
    class_name: str = Field(default="", max_length=100)
    urn: str = Field(pattern=r"^\d{6}$")
    items: list[Literal["nationality", "country-of-birth"]]


YOU = {"action": "/you", "draft": {"roles": ("parent", "pupil"), "by_mail": True}}


def draw(page: str, **facts: Any) -> str:
    """A page of ours."""
    about: dict[str, Any] = {"campaign": CAMPAIGN, "today": date(2017, 9, 21), "languages": ("en",), "errors": {}}
    return templates.get_template(f"pages/{page}.html").render(**{**about, "path": "/", "values": {}, **facts})


@app.get("/you", response_class=HTMLResponse)
def ask() -> str:
    """A page with a form of four fields."""
    return draw("you", **YOU)


@app.post("/you")
def you(sender: Annotated[Sender, Form()]) -> RedirectResponse:
    """A step of the journey."""
    return RedirectResponse("/check", 303)


@app.post("/check")
def send(refusal: Annotated[Refusal, Form()]) -> RedirectResponse:
    """Seals under a data key and stores nine items in one transaction."""
    ref = secrets.token_hex(4)
    key = kms.generate_data_key(
        KeyId=os.environ["KMS_KEY"], KeySpec="AES_256", EncryptionContext={"withdrawal": ref}
    )
    nonce = os.urandom(12)
    sealed = nonce + AESGCM(key["Plaintext"]).encrypt(nonce, refusal.model_dump_json().encode(), ref.encode())
    rows = [(os.environ["KEYS_TABLE"], {"pk": f"W#{ref}", "wrapped": key["CiphertextBlob"]})]
    rows += [(table.name, {"pk": f"W#{ref}", "sk": "W", "x": sealed, "state": "unconfirmed"})]
    rows += [(table.name, {"pk": f"{kind}#{ref}", "sk": kind}) for kind in OTHERS]
    new = "attribute_not_exists(pk)"
    table.meta.client.transact_write_items(
        TransactItems=[{"Put": {"TableName": name, "Item": row, "ConditionExpression": new}} for name, row in rows]
    )
    return RedirectResponse("/sent", 303)


@app.exception_handler(RequestValidationError)
def show_errors(request: Request, wrong: RequestValidationError) -> HTMLResponse:
    """The form again, with what is wrong."""
    errors = {str(each["loc"][-1]): each["msg"] for each in wrong.errors()}
    values = json.loads(json.dumps(dict(wrong.body or {})))
    return HTMLResponse(draw("you", errors=errors, values=values, **YOU), 422)


handler = Mangum(app, lifespan="off")
