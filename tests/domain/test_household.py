"""Two spellings of one name or address are one."""

import pytest

from chalicelib.domain.household import fold_mail, fold_name


@pytest.mark.parametrize(
    "name", ["Zoë O’Brien-Smith", "zoe obrien smith", "ZOE  O'BRIEN SMITH", "Zoe\u0308 O‘Brien Smith"]
)
def test_case_accents_and_punctuation_do_not_make_another_child(name):
    assert fold_name(name) == "zoeobriensmith"


def test_other_letters_make_another_child():
    assert fold_name("Ayşe") != fold_name("Ayse Nur")
    assert fold_name("علي") != fold_name("علیا")


def test_a_tag_and_case_do_not_make_another_mailbox():
    assert fold_mail("Ana.Parent+census@Mail.Example") == "ana.parent@mail.example"
