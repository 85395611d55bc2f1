"""The packaged artefact as a site on an emulator: deployed, with contacts and one of the staff, and watched."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp

from chalicelib import config
from chalicelib.aws import contact_rows
from chalicelib.aws.clients import client
from chalicelib.config import settings
from chalicelib.domain.campaign import load_campaign
from infra.emulator import ROOT_KEY, Emulator, run_emulator
from infra.emulator_mail import MailRoom, open_mail_room
from infra.emulator_stacks import CAMPAIGN, Deployed, change_app, deploy
from infra.exchange import SentMail
from infra.local import shift_clock
from infra.outbox import Outbox
from infra.stock import invent_contacts, prepare_register
from infra.world import AWS_ENVIRONMENT, StaffAccount, environment


@dataclass
class EmulatedSite:
    """A world like ``infra.world.World``, but real functions behind a real gateway."""

    emulator: Emulator
    deployed: Deployed
    exchange: MailRoom
    staff: StaffAccount

    @property
    def dynamodb(self) -> Any:
        """A client that sees both tables."""
        return client("dynamodb")

    @property
    def outbox(self) -> list[SentMail]:
        """Every mail that SES took, oldest first."""
        return self.exchange.outbox

    @property
    def stream(self) -> bool:
        """Whether the table's stream wakes its function."""
        return bool(self._source()["State"].startswith("Enabl"))

    @stream.setter
    def stream(self, rings: bool) -> None:
        self.emulator.client("lambda").update_event_source_mapping(UUID=self._source()["UUID"], Enabled=rings)

    def turn_clock(self, on: timedelta) -> None:
        """Some days later, for every function and for this process."""
        shift = str(settings().clock_shift + round(on.total_seconds()))
        change_app(self.emulator, ClockShift=shift)
        os.environ["CLOCK_SHIFT"] = shift
        config.settings.cache_clear()

    def hurry(self, function: str) -> None:
        """The schedule of a function ("forget") comes every minute: by night would be long to wait for."""
        events = self.emulator.client("events")
        arn = self.emulator.client("lambda").get_function_configuration(
            FunctionName=self.deployed.functions[function]
        )["FunctionArn"]
        [rule] = events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
        events.put_rule(Name=rule, ScheduleExpression="rate(1 minute)")

    def list_items(self) -> list[tuple[dict[str, Any], bool]]:
        """Every item of both tables, and whether it is of the table of keys."""
        scan = client("dynamodb").get_paginator("scan")
        return [
            (item, keys)
            for name, keys in ((settings().main_table, False), (settings().keys_table, True))
            for page in scan.paginate(TableName=name)
            for item in page["Items"]
        ]

    def list_records(self) -> list[dict[str, Any]]:
        """Every record of the table's stream, oldest first."""
        streams, found = client("dynamodbstreams"), []
        [stream] = streams.list_streams(TableName=settings().main_table)["Streams"]
        about = {"StreamArn": stream["StreamArn"]}
        for shard in streams.describe_stream(**about)["StreamDescription"]["Shards"]:
            place = {"ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            iterator = streams.get_shard_iterator(**about, **place)["ShardIterator"]
            while iterator and (answer := streams.get_records(ShardIterator=iterator))["Records"]:
                found += answer["Records"]
                iterator = answer.get("NextShardIterator")
        return found

    def read_logs(self) -> list[str]:
        """What every function and the gateway wrote down so far, and Lambda's own lines about each call."""
        logs = self.emulator.client("logs")
        return [
            event["message"]
            for group in logs.describe_log_groups()["logGroups"]
            for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        ]

    def explain(self) -> str:
        """The logs, and what the emulator has to say."""
        lines = [line for line in self.read_logs() if not line.startswith(("START ", "END ", "REPORT "))]
        return "\n".join([*lines, *self.emulator.log.read_text().splitlines()[-30:]])

    def _source(self) -> dict[str, Any]:
        sources = self.emulator.client("lambda").list_event_source_mappings(
            FunctionName=self.deployed.functions["ring"]
        )
        [source] = sources["EventSourceMappings"]
        return dict(source)


@contextmanager
def open_emulated_site(artefact: Path) -> Iterator[EmulatedSite]:
    """The artefact in this folder, deployed, until the block ends; this process has its settings meanwhile."""
    shift = shift_clock(load_campaign(CAMPAIGN), datetime.now(UTC), None)
    with run_emulator() as emulator, open_mail_room(emulator) as exchange:
        deployed = deploy(emulator, artefact, exchange.address, ClockShift=str(shift))
        variables = emulator.client("lambda").get_function_configuration(FunctionName=deployed.functions["web"])[
            "Environment"
        ]["Variables"]
        here = {
            **AWS_ENVIRONMENT,
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "AWS_ENDPOINT_URL": emulator.address,
            "REGISTER_PATH": str(prepare_register(None, None)),  # the schools that the artefact has
        }
        with environment(variables | here):
            for contact in invent_contacts()[1]:
                contact_rows.put_contact(contact)
            site = EmulatedSite(emulator, deployed, exchange, add_staff())
            exchange.own_pages = Outbox(site, site).answer
            yield site


def add_staff() -> StaffAccount:
    """Somebody in the group "staff" who has set up an authenticator app."""
    cognito = client("cognito-idp")
    pool, user, password = settings().user_pool, "staff", f"Desk-1-{secrets.token_hex(8)}"
    who = {"UserPoolId": pool, "Username": user}
    cognito.admin_create_user(**who, MessageAction="SUPPRESS", TemporaryPassword=password)
    cognito.admin_set_user_password(**who, Password=password, Permanent=True)
    cognito.admin_add_user_to_group(**who, GroupName="staff")
    signed_in = cognito.initiate_auth(
        ClientId=settings().user_pool_client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user, "PASSWORD": password},
    )
    token = signed_in["AuthenticationResult"]["AccessToken"]
    secret = cognito.associate_software_token(AccessToken=token)["SecretCode"]
    cognito.verify_software_token(AccessToken=token, UserCode=pyotp.TOTP(secret).now())
    cognito.admin_set_user_mfa_preference(**who, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
    return StaffAccount(user, password, secret)
