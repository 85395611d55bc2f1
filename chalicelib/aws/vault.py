"""Seals and opens personal data: one data key per withdrawal, wrapped by KMS under a context that names it.

The wrapped key lives in a table of its own; destroying it is erasure.
"""

import json
import os
from typing import Any

from chalicelib.aws.clients import client
from chalicelib.config import settings
from chalicelib.errors import Unavailable

NONCE = 12


class BrokenSeal(Exception):
    """What is stored does not open under its own name: held for a person, never guessed at."""


def seal(ref: str, campaign: str, data: dict[str, Any]) -> tuple[bytes, bytes]:
    """``data`` (JSON) sealed for the withdrawal ``ref``, and its wrapped key. Raises Unavailable without KMS."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    answer = _kms(
        "generate_data_key", KeyId=settings().kms_key, KeySpec="AES_256", EncryptionContext=_context(ref, campaign)
    )
    nonce = os.urandom(NONCE)
    plain = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    sealed = nonce + AESGCM(answer["Plaintext"]).encrypt(nonce, plain, ref.encode())
    return sealed, answer["CiphertextBlob"]


def unseal(ref: str, campaign: str, sealed: bytes, wrapped: bytes) -> dict[str, Any]:
    """What ``seal`` sealed. Raises BrokenSeal, or Unavailable without KMS."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    answer = _kms("decrypt", CiphertextBlob=wrapped, EncryptionContext=_context(ref, campaign))
    try:
        plain = AESGCM(answer["Plaintext"]).decrypt(sealed[:NONCE], sealed[NONCE:], ref.encode())
    except InvalidTag:
        raise BrokenSeal from None
    return dict(json.loads(plain))


def _context(ref: str, campaign: str) -> dict[str, str]:
    return {"withdrawal": ref, "campaign": campaign}


def _kms(operation: str, **parameters: Any) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return getattr(client("kms"), operation)(**parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("InvalidCiphertextException", "IncorrectKeyException"):
            raise BrokenSeal from None
        raise Unavailable(operation=operation, code=code) from None
    except BotoCoreError as error:
        raise Unavailable(operation=operation, code=type(error).__name__) from None
