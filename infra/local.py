"""`make run`: the same house on one desk. One process: AWS by moto, the schools, the pages, the pump, /outbox."""

import argparse
import errno
import logging
import signal
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from chalicelib.domain.campaign import Campaign
from chalicelib.domain.times import LONDON, london_day
from chalicelib.register.gias import RegisterError
from infra import campaigns, messages, static, stock
from infra.outbox import Outbox
from infra.pump import Pump
from infra.server import HOST, open_server
from infra.world import CAMPAIGN, world

BEFORE_CENSUS = timedelta(days=14)
WRONG = 2


def main(arguments: list[str]) -> int:
    """Runs until Ctrl-C or SIGTERM; the exit status: 0, or 2 after one line that says what is wrong."""
    options = read_options(arguments)
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _end)
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S", level=logging.WARNING)
    logging.getLogger("infra.server").setLevel(logging.INFO)
    try:
        static.build()
        messages.build_pseudo_locales()
        run(options)
    except KeyboardInterrupt:
        print("\nStopped. Everything is forgotten.", flush=True)
    except (RegisterError, campaigns.CampaignError) as fault:
        return _say(str(fault))
    except OSError as fault:
        if fault.errno == errno.EADDRINUSE:
            return _say(f"Port {options.port} is in use: `make run PORT=8001` takes another, PORT=0 any free one.")
        return _say(f"{fault.filename or f'Port {options.port}'}: {fault.strerror}.")
    return 0


def read_options(arguments: list[str]) -> argparse.Namespace:
    """The options of the command line; argparse itself ends the run over a wrong one, with status 2."""
    parser = argparse.ArgumentParser(prog="make run", usage="make run, or python -m infra.local --help")
    parser.add_argument("--port", type=_port, default=8000, help="0 takes any free one")
    parser.add_argument("--gias", type=Path, help="a GIAS download in place of the invented schools")
    parser.add_argument("--links", type=Path, help="GIAS's file of links, which names successors")
    parser.add_argument("--today", type=_day, help="2017-09-21: the day on which the clock starts")
    parser.add_argument("--campaign", default=CAMPAIGN)
    parser.add_argument("--no-stream", action="store_true", help="the table's stream never rings: only the sweep")
    parser.add_argument(
        "--pseudo", action="store_true", help="offer the two pseudo-locales, which show untranslated words"
    )
    return parser.parse_args(arguments)


def run(options: argparse.Namespace) -> None:
    """Puts the house up and serves until interrupted."""
    campaign = campaigns.check(campaigns.CAMPAIGNS / f"{options.campaign}.toml")
    shift = shift_clock(campaign, datetime.now(UTC), options.today)
    register = stock.prepare_register(options.gias, options.links)
    import app as door

    pages: list[Outbox] = []  # known once the world is there, which must know the port
    server = open_server(door.app, options.port, lambda *asked: pages[0].answer(*asked))
    address = f"http://{HOST}:{server.server_address[1]}"
    settings = {
        "stage": "local",
        "register_path": register,
        "clock_shift": shift,
        "public_url": address,
        "campaign": campaign.id,
        "pseudo": options.pseudo,
    }
    with server, world(**settings) as here:
        offered, reachable = stock.put_contacts()
        pump = Pump(here, door, stream=not options.no_stream)
        pages.append(Outbox(here, pump))
        pump.start()
        print(
            write_banner(address, campaign, shift, f"{options.gias or 'invented'}", offered, reachable, here.staff)
        )
        sys.stdout.flush()
        try:
            server.serve_forever()
        finally:
            for ending in (signal.SIGINT, signal.SIGTERM):
                signal.signal(ending, signal.SIG_IGN)
            pump.stop()


def shift_clock(campaign: Campaign, now: datetime, today: date | None) -> int:
    """Seconds from ``now`` to the day on which the service shall live, at the present time of day.

    That day is ``today``; without one the real day, or two weeks before the first census day of a campaign
    that is over.
    """
    if today is None and not campaign.has_ended(london_day(now)):
        return 0
    day = today or min(each.date for each in campaign.census_days) - BEFORE_CENSUS
    there = datetime.combine(day, now.astimezone(LONDON).time(), LONDON)
    return round((there - now).total_seconds())


def write_banner(
    address: str, campaign: Campaign, shift: int, schools: str, offered: int, reachable: int, staff: Any
) -> str:
    """What the person at the desk needs to know."""
    then = (datetime.now(UTC) + timedelta(seconds=shift)).astimezone(LONDON)
    clock = f"{then:%d %B %Y, %H:%M}" + (" (shifted: these days are past)" if shift else "")
    return f"""
Retract on this desk: the campaign {campaign.id}

  Parents begin at  {address}/
  Mails that went out  {address}/outbox
  Staff sign in at  {address}/staff
      user {staff.user}, password {staff.password}
      second factor: the code at the foot of /outbox, or secret {staff.secret} in an authenticator app

  The clock says  {clock}
  Schools  {schools}: {offered:,} offered, {reachable:,} with a contact (invented; every tenth has none)

Everything is forgotten when this stops (Ctrl-C).
"""


def _port(typed: str) -> int:
    if not typed.isdigit() or int(typed) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number up to 65535, not {typed!r}")
    return int(typed)


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise argparse.ArgumentTypeError(f"write the day as 2017-09-21, not {typed!r}") from None


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _say(line: str) -> int:
    print(line, file=sys.stderr)
    return WRONG


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
