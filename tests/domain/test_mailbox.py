"""Whose an address is, by its look and the school's website: what is not plainly the school's waits."""

import pytest

from chalicelib.domain.mailbox import Owner, own_domain, read_address, tell_owner


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("www.hill.example", "hill.example"),
        ("HTTP://WWW.HILL.EXAMPLE", "hill.example"),
        ("https://hill.example/", "hill.example"),
        ("http://hill.example:8080", "hill.example"),
        ("hill.exampleshire.sch.uk", "hill.exampleshire.sch.uk"),
        ("https://schools.example/hill", ""),
        ("www.exampleshire.gov.uk", ""),
        ("hill.wordpress.com", ""),
        ("sites.google.com/hill", ""),
        ("http://[hill", ""),
        ("none", ""),
        ("", ""),
    ],
)
def test_the_domain_of_a_website_is_the_schools_only_where_nobody_shares_it(website: str, domain: str) -> None:
    assert own_domain(website) == domain


@pytest.mark.parametrize(
    ("address", "owner"),
    [
        ("office@hill.example", Owner.SCHOOL),
        ("School.Office@hill.example", Owner.SCHOOL),
        ("admin3021@hill.example", Owner.SCHOOL),
        ("office@hill.example.attacker.example", Owner.ELSEWHERE),
        ("office@mail.hill.example", Owner.ELSEWHERE),
        ("office@exampleshire.gov.uk", Owner.ELSEWHERE),
        ("k.example@hill.example", Owner.PERSONAL),
        ("office-of-kim@hill.example", Owner.PERSONAL),
        ("office@gmail.com", Owner.WEBMAIL),
        ("hillprimary@hotmail.co.uk", Owner.WEBMAIL),
        ("office@sky.exampleshire.sch.uk", Owner.ELSEWHERE),
    ],
)
def test_only_a_role_mailbox_on_the_schools_own_domain_is_the_schools(address: str, owner: Owner) -> None:
    assert tell_owner(address, "https://www.hill.example/") is owner


def test_a_webmail_domain_as_website_approves_nobody() -> None:
    assert tell_owner("office@gmail.com", "gmail.com") is Owner.WEBMAIL


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" office@Hill.Example ", "office@hill.example"),
        ("mailto:office@hill.example", "office@hill.example"),
        ("office@bücher.example", "office@xn--bcher-kva.example"),
        ("a@hill.example; b@hill.example", ""),
        ("Hill Office <office@hill.example>", ""),
        ('"x y"@hill.example', ""),
        ("office@hill", ""),
        ("office@10.0.0.1", ""),
        ("office@hill.example\r\nBcc: x@x.example", ""),
        ("=cmd@hill.example", "=cmd@hill.example"),
        ("hill.example", ""),
        ("", ""),
    ],
)
def test_what_is_no_single_address_is_refused(text: str, address: str) -> None:
    assert read_address(text) == address
