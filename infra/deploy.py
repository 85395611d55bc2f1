"""`make deploy`: the package onto AWS. Without CONFIRM=yes it says what would change, and changes nothing.

First the data stack, then the keys, the code, the app stack, and a look at the site. The data stack is never
rolled back by this, and nothing that it keeps is ever replaced or removed.
"""

import argparse
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime

from infra import artefact, preflight, secret_keys, smoke
from infra.artefact import Artefact
from infra.aws_cli import Account, Stopped, find_account
from infra.stacks import Plan, Stack, carry_out, drop, plan, read_stack

STAGES = ("dev", "test", "prod")
CAMPAIGN = "school-census-2026-27"
NOT_KNOWN_YET = "https://not-known-yet.invalid"
"""The site's address until API Gateway has given one: it is known only once the app stack is there."""


@dataclass(frozen=True)
class Asked:
    """What somebody wants shipped; "" = as it is. ``more``: any other parameter of the two templates, by name."""

    stage: str
    mail_domain: str = ""
    mail_from: str = ""
    domain: str = ""
    certificate: str = ""
    alarm_mail: str = ""
    campaign: str = ""
    confirmed: bool = False
    more: dict[str, str] = field(default_factory=dict)

    @property
    def data_stack(self) -> str:
        """The name of the stack that keeps the data."""
        return f"retract-{self.stage}-data"

    @property
    def app_stack(self) -> str:
        """The name of the stack that may be rolled back."""
        return f"retract-{self.stage}"


def deploy(asked: Asked, now: datetime) -> None:
    """Ships, or says what shipping would change. Raises Stopped."""
    account = find_account()
    package = artefact.read_artefact()
    data, app = read_stack(asked.data_stack), read_stack(asked.app_stack)
    campaign = asked.campaign or app.parameters.get("Campaign") or CAMPAIGN
    print(f"{asked.stage} in {account.region}, account {account.id}, as {account.who}")
    print(f"package of commit {package.made_of['Commit'][:12]}, schools: {package.made_of['Schools']}")
    if asked.stage == "prod":
        preflight.check_for_prod(package, campaign, now.date())
    preflight.check_names(asked.more, package)
    preflight.check_certificate(asked.domain, asked.certificate, app)
    mail_domain = asked.mail_domain or data.parameters.get("MailDomain", "")
    if not mail_domain:
        raise Stopped("no mail domain: MAIL_DOMAIN=letters.your-campaign.org names the one that letters come from")
    settings = choose_parameters(asked, app, campaign, mail_domain)

    wanted = {"Stage": asked.stage, "MailDomain": mail_domain, "AlarmMail": asked.alarm_mail, **asked.more}
    planned = plan(data, artefact.read_data_template(package), wanted)
    show(planned)
    if asked.confirmed and planned.changes:
        data = carry_out(planned)
    elif planned.changes:
        drop(planned.id)
    if not data.made:
        show_template(asked.app_stack, package)
        return
    preflight.check_domain(mail_domain, data)
    keys = secret_keys.read_secret(asked.stage)
    if keys is None and not asked.confirmed:
        print(f"{secret_keys.name_secret(asked.stage)}: the first keys would be made")
        show_template(asked.app_stack, package)
        return
    if keys is None:
        version = secret_keys.put_secret(asked.stage, secret_keys.make_keys(campaign, now.date()))
        print(f"{secret_keys.name_secret(asked.stage)}: the first keys were made")
    elif keys.content[secret_keys.MADE]["campaign"] != campaign:
        raise Stopped(
            f"the fingerprint key belongs to {keys.content[secret_keys.MADE]['campaign']}: first"
            f" make rotate STAGE={asked.stage} WHAT=fingerprint CAMPAIGN={campaign} CONFIRM=yes"
        )
    else:
        version = keys.version
    wanted = {**settings, "SecretVersion": version}
    ship_app(asked, app, package, data.outputs["Artefacts"], account, wanted, now)


def ship_app(
    asked: Asked,
    app: Stack,
    package: Artefact,
    bucket: str,
    account: Account,
    wanted: dict[str, str],
    now: datetime,
) -> None:
    """The app stack: planned, shown and, if confirmed, made, noted and looked at."""
    key, template = artefact.put_template(package, bucket, account.region)
    if asked.confirmed:
        artefact.put_code(package, bucket)
    planned = plan(app, template, wanted)
    show(planned)
    if not asked.confirmed:
        if planned.changes:
            drop(planned.id)
        print("Nothing was changed. CONFIRM=yes carries it out.")
        return
    made = carry_out(planned) if planned.changes else app
    url = made.outputs["EndpointURL"].rstrip("/")
    if wanted["PublicUrl"] == NOT_KNOWN_YET:
        # The functions cannot be told the gateway's address by the template: each would wait for the other.
        made = carry_out(plan(made, template, {**wanted, "PublicUrl": url}))
    artefact.note_release(
        artefact.Release(artefact.stamp_release(now), package.made_of["Commit"], package.made_of["Sha256"], key),
        bucket,
    )
    public_url = made.parameters["PublicUrl"]
    print(f"Shipped: commit {package.made_of['Commit'][:12]} at {public_url}")
    if record := made.outputs.get("SiteRecord"):
        print(f"DNS of the site: {record}")
    smoke.check(public_url)


def choose_parameters(asked: Asked, app: Stack, campaign: str, mail_domain: str) -> dict[str, str]:
    """The app stack's parameters but for the keys' version. Raises Stopped for what the service would refuse."""
    mail_from = asked.mail_from or app.parameters.get("MailFrom", "")
    if not asked.mail_from and not mail_from.endswith(f"@{mail_domain}"):
        mail_from = f"letters@{mail_domain}"
    if not mail_from.endswith(f"@{mail_domain}"):
        raise Stopped(f"MAIL_FROM={mail_from} is not an address of MAIL_DOMAIN={mail_domain}")
    rate, day = preflight.check_mail_account(asked.stage)
    chosen = {
        "Stage": asked.stage,
        "Campaign": campaign,
        "MailFrom": mail_from,
        "MailRate": str(rate),
        "MailDay": str(day),
        "DomainName": asked.domain,
        "CertificateArn": asked.certificate,
        "PublicUrl": site_address(asked, app),
        **asked.more,
    }
    known = {"PublicUrl": "https://amazonaws.com"} if chosen["PublicUrl"] == NOT_KNOWN_YET else {}
    given = {name: value for name, value in chosen.items() if value}
    preflight.check_settings(asked.stage, {**app.parameters, **given, **known})
    return chosen


def site_address(asked: Asked, app: Stack) -> str:
    """Where the site is: its own domain, the gateway's address, or not known yet."""
    if domain := asked.domain or app.parameters.get("DomainName"):
        return f"https://{domain}"
    return app.outputs.get("EndpointURL", "").rstrip("/") or NOT_KNOWN_YET


def show(planned: Plan) -> None:
    """Prints what a plan would change."""
    print(f"{planned.stack.name}: {len(planned.changes) or 'no'} changes")
    for change in planned.changes:
        print(f"  {change}")


def show_template(name: str, package: Artefact) -> None:
    """Prints what the app stack would be made of, where AWS cannot tell yet."""
    resources = package.template["Resources"]
    print(f"{name}: {len(resources)} resources, after {name}-data (AWS can compare them only then)")
    for resource, body in resources.items():
        print(f"  Add     {resource} ({body['Type']})")
    print("Nothing was changed. CONFIRM=yes carries it out.")


def main(arguments: list[str] | None = None) -> int:
    """0 when shipped or shown, 1 when not: then with one line that says why."""
    parser = argparse.ArgumentParser(prog="deploy", description=__doc__)
    parser.add_argument("--stage", required=True, choices=STAGES)
    for name in ("mail-domain", "mail-from", "domain", "certificate", "alarm-mail", "campaign"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--set", nargs="*", default=[], help="Name=value of any other parameter")
    parser.add_argument("--confirm", action="store_true")
    given = vars(parser.parse_args(arguments))
    more = dict(each.partition("=")[::2] for each in given.pop("set"))
    try:
        deploy(Asked(**given | {"confirmed": given.pop("confirm")}, more=more), datetime.now(UTC))
    except Stopped as stopped:
        print(f"deploy: {stopped}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
