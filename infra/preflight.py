"""What must be true before anything is shipped: each check says in one line what is missing and what to do."""

import subprocess
import tomllib
import zipfile
from collections.abc import Mapping
from datetime import date
from typing import Any

from chalicelib.config import read_settings
from chalicelib.domain.campaign import build_campaign
from chalicelib.errors import SettingMissing
from infra.artefact import Artefact, parameters_of, read_data_template
from infra.aws_cli import Refusal, Stopped, aws
from infra.stacks import Stack
from infra.stage import write_environment
from infra.tree import INVENTED

UNLIMITED = 1_000_000
"""What stands for a mail quota that AWS calls unlimited (-1)."""


def check_for_prod(artefact: Artefact, campaign_id: str, today: date) -> None:
    """Raises Stopped where ``artefact`` must not meet real families, with every reason."""
    reasons = []
    if artefact.made_of["Schools"] == INVENTED:
        reasons.append("its schools are invented: make package STAGE=prod GIAS=file.csv")
    if not artefact.made_of["Clean"]:
        reasons.append("it was made of files that are in no commit")
    if not is_clean():
        reasons.append("the work tree has changes that are in no commit")
    try:
        with zipfile.ZipFile(artefact.folder / "app.zip") as code:
            table = tomllib.loads(code.read(f"chalicelib/campaigns/{campaign_id}.toml").decode())
    except KeyError:
        reasons.append(f"it has no campaign {campaign_id}")
    else:
        campaign = build_campaign(table)
        if open_keys := campaign.placeholders():
            reasons.append(f"campaigns/{campaign_id}.toml has placeholders: {', '.join(open_keys)}")
        if campaign.has_ended(today):
            reasons.append(f"{campaign_id} ended on {campaign.last_day}")
    if reasons:
        raise Stopped(f"not for prod: {'; '.join(reasons)}")


def is_clean() -> bool:
    """Whether every file of the work tree is in its commit."""
    done = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=False)
    return done.returncode == 0 and not done.stdout.strip()


def check_names(more: Mapping[str, str], package: Artefact) -> None:
    """Raises Stopped for a parameter that neither template has."""
    known = {*parameters_of(package.template), *read_data_template(package).parameters}
    if odd := sorted(more.keys() - known):
        raise Stopped(f"no template has a parameter {', '.join(odd)}; there are {', '.join(sorted(known))}")


def check_settings(stage: str, parameters: Mapping[str, str]) -> None:
    """Raises Stopped for what the service itself would refuse to start with, as a clock that is off in prod."""
    outputs = dict.fromkeys(("Main", "Keys", "Key", "UserPool", "UserPoolClient"), "not looked at")
    try:
        read_settings(write_environment(stage, parameters, outputs, "not looked at"))
    except (SettingMissing, ValueError) as fault:
        raise Stopped(f"the service would not start: {fault}") from None


def check_certificate(domain: str, certificate: str, app: Stack) -> None:
    """Raises Stopped for a domain without an issued certificate."""
    if not domain and not certificate:
        return
    certificate = certificate or app.parameters.get("CertificateArn", "")
    if not certificate or not (domain or app.parameters.get("DomainName")):
        raise Stopped("DOMAIN and CERTIFICATE go together: the certificate's ARN, issued by ACM in this region")
    found = aws("acm", "describe-certificate", "--certificate-arn", certificate)["Certificate"]
    if found["Status"] != "ISSUED":
        raise Stopped(
            f"the certificate is not issued ({found['Status']}): its DNS record proves the domain to ACM"
        )


def check_mail_account(stage: str) -> tuple[int, int]:
    """Mails a second and a day that SES lets the account send. Raises Stopped where it may not send."""
    found: dict[str, Any] = aws("sesv2", "get-account")
    if not found.get("SendingEnabled"):
        raise Stopped("SES has paused this account's sending: the SES console says why")
    if not found.get("ProductionAccessEnabled"):
        if stage == "prod":
            raise Stopped(
                "SES is in the sandbox, no school could be written to: infra/README.md, Leave the sandbox"
            )
        print("SES is in the sandbox: mail goes to verified addresses only")
    quota = found["SendQuota"]
    rate, day = int(quota["MaxSendRate"]), int(quota["Max24HourSend"])
    return (max(rate, 1) if rate >= 0 else UNLIMITED, max(day, 1) if day >= 0 else UNLIMITED)


def check_domain(mail_domain: str, data: Stack) -> None:
    """Raises Stopped, with the DNS records that are wanted, until SES knows that the domain is ours."""
    try:
        found = aws("sesv2", "get-email-identity", "--email-identity", mail_domain)
    except Refusal as refusal:
        if refusal.code != "NotFoundException":
            raise
        found = {}
    if not found.get("VerifiedForSendingStatus"):
        for name, record in data.outputs.items():
            if "Record" in name:
                print(f"  {record}")
        raise Stopped(
            f"SES has not verified {mail_domain} yet: publish the DNS records above, wait, and try again"
        )
