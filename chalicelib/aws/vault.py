"""Seals and opens personal data: one data key per withdrawal, wrapped by KMS under a context that names it.

The wrapped key lives in a table of its own; destroying it is erasure.
"""

import json
import os
from typing import Any

from chalicelib.aws.clients import Answered, ask
from chalicelib.config import settings

NONCE = 12
BROKEN = ("InvalidCiphertextException", "IncorrectKeyException")


class BrokenSeal(Exception):
    """What is stored does not open under its own name: held for a person, never guessed at."""


def seal(ref: str, campaign: str, data: dict[str, Any]) -> tuple[bytes, bytes]:
    """``data`` (JSON) sealed for the withdrawal ``ref``, and its wrapped key. Raises Unavailable without KMS."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    answer = ask(
        "kms",
        "generate_data_key",
        KeyId=settings().kms_key,
        KeySpec="AES_256",
        EncryptionContext=_context(ref, campaign),
    )
    nonce = os.urandom(NONCE)
    plain = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    sealed = nonce + AESGCM(answer["Plaintext"]).encrypt(nonce, plain, ref.encode())
    return sealed, answer["CiphertextBlob"]


def unseal(ref: str, campaign: str, sealed: bytes, wrapped: bytes) -> dict[str, Any]:
    """What ``seal`` sealed. Raises BrokenSeal, or Unavailable without KMS."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        answer = ask("kms", "decrypt", BROKEN, CiphertextBlob=wrapped, EncryptionContext=_context(ref, campaign))
        plain = AESGCM(answer["Plaintext"]).decrypt(sealed[:NONCE], sealed[NONCE:], ref.encode())
    except (InvalidTag, Answered):
        raise BrokenSeal from None
    return dict(json.loads(plain))


def _context(ref: str, campaign: str) -> dict[str, str]:
    return {"withdrawal": ref, "campaign": campaign}
