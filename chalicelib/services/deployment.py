"""What this deployment serves; and that production serves nothing while it does not say who it is.

Every page and every event function asks here first: what reached it stays where it was, and AWS's alarms ring.
"""

from chalicelib.config import settings
from chalicelib.domain.campaign import Campaign, load_campaign
from chalicelib.errors import SettingMissing


def open_campaign() -> Campaign:
    """The campaign of this deployment.

    Raises SettingMissing, naming the keys, where real families would meet a controller that nobody has filled in.
    """
    campaign = load_campaign(settings().campaign)
    if settings().production and (open_keys := campaign.placeholders()):
        raise SettingMissing(f"campaign {campaign.id}: not filled in: {', '.join(open_keys)}")
    return campaign
