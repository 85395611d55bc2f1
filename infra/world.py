"""A whole AWS in this process, ready for the service: tables, key, sender, staff; for tests and the local runner.

Everything in it is made anew and forgotten when it ends.
"""

import gzip
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import moto.cognitoidp
from moto import mock_aws

from chalicelib import config
from chalicelib.aws.clients import client, forget_clients
from infra import moto_rows
from infra.exchange import Exchange, SentMail, exchange
from infra.moto_rows import REGION
from infra.tables import create_tables
from infra.transactions import quick_transactions

MAIL_DOMAIN = "retract.example"
CONFIGURATION_SET = "retract-local"
CAMPAIGN = "school-census-2017-18"
POOL_KEYS = Path(moto.cognitoidp.__file__).parent / "resources" / "jwks-public.json.gz"

AWS_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    # Never the machine's own account, not even by a slip.
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # Else botocore asks for streams at an address that moto does not know.
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
}
NOT_OURS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL")


@dataclass(frozen=True)
class StaffAccount:
    """How one of the campaign's staff signs in; ``secret`` (base32) makes the six-digit codes."""

    user: str
    password: str
    secret: str


@dataclass(frozen=True)
class World:
    """The AWS that the service finds; ``exchange.lock`` is held during each of its calls."""

    dynamodb: Any
    stream_arn: str
    exchange: Exchange

    @property
    def outbox(self) -> list[SentMail]:
        """Every mail that SES took, oldest first."""
        return self.exchange.outbox

    def empty(self) -> None:
        """Takes every row, record of the stream and mail away."""
        for table in moto_rows.list_tables():
            table.items.clear()
            moto_rows.records(table).clear()
        self.exchange.outbox.clear()

    def list_items(self) -> list[tuple[dict[str, Any], bool]]:
        """Every item as DynamoDB answers it, and whether it is of the table of keys; without a call."""
        with self.exchange.lock:
            return list(moto_rows.list_items())

    def list_records(self) -> list[dict[str, Any]]:
        """Every record of the table's stream, oldest first."""
        return [record.record for table in moto_rows.list_tables() for record in moto_rows.records(table)]

    @cached_property
    def staff(self) -> StaffAccount:
        """An account that may sign in; the staff pool is opened when this is first asked for (0.2 s)."""
        account = StaffAccount("staff", f"Desk-1-{secrets.token_hex(5)}", self.exchange.secret)
        pool, pool_client = open_staff_pool(account)
        os.environ |= {"USER_POOL": pool, "USER_POOL_CLIENT": pool_client}
        config.settings.cache_clear()
        return account


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """``variables`` over those of this process, and nothing of a machine's own AWS, until the block ends.

    What the service keeps of the environment before is dropped at both ends.
    """
    before = dict(os.environ)
    for name in NOT_OURS:
        os.environ.pop(name, None)
    os.environ |= variables
    _forget()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before
        _forget()


@contextmanager
def world(
    stage: str = "local",
    register_path: str | Path = "",
    clock_shift: int = 0,
    public_url: str = "http://127.0.0.1:8000",
    campaign: str = CAMPAIGN,
    pseudo: bool = False,
) -> Iterator[World]:
    """An AWS for ``stage`` ("local" or "dev") with its environment set; both end with the block.

    ``register_path``: the register's file; ``clock_shift``: seconds that the service's clock is off.
    """
    with (
        environment(AWS_ENVIRONMENT),
        mock_aws(config={"core": {"mock_credentials": False}}),
        exchange() as desk,
        quick_transactions(),
        tempfile.TemporaryDirectory() as folder,
    ):
        jwks = Path(folder) / "jwks.json"
        jwks.write_bytes(gzip.decompress(POOL_KEYS.read_bytes()))
        key = client("kms").create_key()["KeyMetadata"]["KeyId"]
        os.environ |= {
            "STAGE": stage,
            "CAMPAIGN": campaign,
            "PUBLIC_URL": public_url,
            "MAIN_TABLE": f"retract-{stage}-main",
            "KEYS_TABLE": f"retract-{stage}-keys",
            "KMS_KEY": key,
            "REGISTER_PATH": str(register_path) or "no register",
            "MAIL_FROM": f"letters@{MAIL_DOMAIN}",
            "CONFIGURATION_SET": CONFIGURATION_SET,
            "MAIL_RATE": "1000",  # nobody need wait here: what a real quota does, tests set for themselves
            "MAIL_DAY": "1000000",
            "COOKIE_KEYS": f"{secrets.token_urlsafe(32)}=",  # 32 bytes as Fernet wants them
            "LINK_KEYS": secrets.token_urlsafe(32),
            "FINGERPRINT_KEY": f"1:{secrets.token_urlsafe(32)}",
            "USER_POOL": f"{REGION}_nobody",
            "USER_POOL_CLIENT": "nobody",
            "JWKS_URL": jwks.as_uri(),
            "CLOCK_SHIFT": str(clock_shift),
            "PSEUDO": "yes" if pseudo else "",
        }
        dynamodb = client("dynamodb")
        create_tables(dynamodb, stage)
        client("sesv2").create_email_identity(EmailIdentity=MAIL_DOMAIN)
        client("sesv2").create_configuration_set(ConfigurationSetName=CONFIGURATION_SET)
        main = dynamodb.describe_table(TableName=os.environ["MAIN_TABLE"])["Table"]
        yield World(dynamodb, main["LatestStreamArn"], desk)


def open_staff_pool(account: StaffAccount) -> tuple[str, str]:
    """A pool that asks everyone for a second factor, and its client; ``account`` is in the group "staff"."""
    cognito = client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="retract-staff")["UserPool"]["Id"]
    app_client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="staff-pages", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.create_group(UserPoolId=pool, GroupName="staff")
    _add_account(pool, app_client, account)
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="ON"
    )
    return pool, app_client


def _add_account(pool: str, app_client: str, account: StaffAccount) -> None:
    cognito = client("cognito-idp")
    who = {"UserPoolId": pool, "Username": account.user}
    cognito.admin_create_user(**who, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**who, Password=account.password, Permanent=True)
    cognito.admin_add_user_to_group(**who, GroupName="staff")
    signed_in = cognito.initiate_auth(
        ClientId=app_client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": account.user, "PASSWORD": account.password},
    )
    token = signed_in["AuthenticationResult"]["AccessToken"]
    cognito.associate_software_token(AccessToken=token)
    cognito.verify_software_token(AccessToken=token, UserCode="000000")  # the code is checked by infra/exchange.py
    cognito.admin_set_user_mfa_preference(**who, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})


def _forget() -> None:
    """Drops what the service keeps of the world before: settings, clients, the open register."""
    from chalicelib.services import schools

    config.settings.cache_clear()
    forget_clients()
    schools.register.cache_clear()
