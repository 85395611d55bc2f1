"""The least that does the work: a plain handler, f-strings, boto3 at first use."""

import base64
import json
import os
import re
from functools import cache
from urllib.parse import parse_qs

OTHERS = ("H", "E", "D", "L1", "L2", "L3", "L4")
"""As many rows as one child's refusal is with us: household, event, mail and four limits besides."""

HEADERS = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}


def handler(event, context):
    """GET: a page. POST: validate, seal under a data key, store nine items in one transaction, see other."""
    if event["httpMethod"] == "GET":
        return {"statusCode": 200, "headers": HEADERS, "body": draw("Refuse optional items", "")}
    fields = {name: values[0] for name, values in parse_qs(event["body"]).items()}
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", fields.get("mail", "")) or not fields.get("name"):
        return {"statusCode": 422, "headers": HEADERS, "body": draw("There is a problem", fields.get("name", ""))}
    store(fields)
    return {"statusCode": 303, "headers": {"Location": "/sent"}, "body": ""}


def draw(title, name):
    """A page of a form."""
    return (
        f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>"
        f"<form method=post><input name=name value='{name}'><input name=mail><button>Send</button></form>"
    )


@cache
def client(service):
    """One client of each service."""
    import boto3

    return boto3.client(service)


def store(fields):
    """One data key, one seal, nine items."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = client("kms").generate_data_key(
        KeyId=os.environ["KMS_KEY"], KeySpec="AES_256", EncryptionContext={"withdrawal": "K7P42MXW"}
    )
    nonce = os.urandom(12)
    sealed = nonce + AESGCM(key["Plaintext"]).encrypt(nonce, json.dumps(fields).encode(), b"K7P42MXW")
    main, keys = os.environ["MAIN_TABLE"], os.environ["KEYS_TABLE"]
    ref = base64.b32encode(os.urandom(5)).decode()
    row = {"pk": {"S": f"W#{ref}"}, "sk": {"S": "W"}, "x": {"B": sealed}, "state": {"S": "unconfirmed"}}
    rows = [(keys, {"pk": {"S": f"W#{ref}"}, "wrapped": {"B": key["CiphertextBlob"]}}), (main, row)]
    rows += [(main, {"pk": {"S": f"{kind}#{ref}"}, "sk": {"S": kind}}) for kind in OTHERS]
    new = "attribute_not_exists(pk)"
    client("dynamodb").transact_write_items(
        TransactItems=[
            {"Put": {"TableName": table, "Item": item, "ConditionExpression": new}} for table, item in rows
        ]
    )
