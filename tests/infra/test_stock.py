"""The schools of the desk and their invented contacts, in a world of their own."""

from chalicelib.aws import contact_rows
from infra import stock
from infra.world import world as open_world


def test_every_school_on_offer_has_an_invented_contact_but_for_every_tenth():
    register = stock.prepare_register(None, None)
    assert stock.prepare_register(None, None) == register
    with open_world(stage="local", register_path=register):
        offered, reachable = stock.put_contacts()
        urns = [school.urn for school in stock.schools.register() if school.offered]
        contacts = contact_rows.get_contacts(urns[:100])
    assert offered == len(urns)
    assert reachable == offered - offered // 10
    assert [urn for urn in urns[:100] if urn not in contacts] == urns[:100][9::10]
    assert all(contact.works and contact.address.endswith(".example") for contact in contacts.values())
    assert len({contact.address for contact in contacts.values()}) == len(contacts)
