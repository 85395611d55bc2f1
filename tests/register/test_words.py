"""Spellings that must come to the same words, postcodes as they are mistyped, and words that are alike."""

import pytest

from chalicelib.register.near import slips
from chalicelib.register.postcodes import take_postcode
from chalicelib.register.words import fold, fold_typed, initials, sibling, sound


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("St Fabian's CofE Primary School", "saint fabians church of england prim. sch."),
        ("All Saints' C.E. Infants", "All Saints C of E Infant"),
        ("St Peter's R.C. School", "st peters roman catholic school"),
        ("Mills & Boons J & I School", "mills and boons junior and infant school"),
        ("Mills J.M.I.", "Mills Junior Mixed and Infant"),
        ("King Edwin VI Grammar", "king edwin the 6th grammar"),
        ("Thérèse à Becket", "Therese a Becket"),
        ("St James's", "St. James'"),
        ("Sir  John – Primary", "sir john primary"),
        ("Imagham University Technical College", "imagham utc"),
        ("Mill Rd", "Mill Road"),
        ("O’Mallory", "O'Mallory"),
    ],
)
def test_spellings_of_one_name_fold_to_the_same_words(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("My child is at Hill Primary, she is in Year 2", ["hill", "primary"]),
        ("hello I'm looking for Two Mills near me please", ["two", "mills"]),
        ("where is my child", ["where", "is", "my", "child"]),
        ("Hill hill HILL", ["hill"]),
        ("", []),
        ("the of and", []),
        ("\0\u202e \U0001f600", []),
    ],
)
def test_what_people_wrap_around_a_name_is_left_out(typed, words):
    assert fold_typed(typed) == words


def test_initials_come_with_and_without_small_words():
    assert initials("City of Mockford Academy") == {"coma", "cma"}
    assert "stfh" in initials("St Fabian's High")
    assert initials("Hill School") == set()


@pytest.mark.parametrize(("word", "other"), [("marys", "mary"), ("mary", "marys")])
def test_a_word_and_its_plural_are_siblings(word, other):
    assert sibling(word) == other


@pytest.mark.parametrize(
    ("heard", "meant"),
    [("filips", "phillips"), ("nights", "knights"), ("glowcester", "gloucester"), ("shaftsbery", "shaftesbury")],
)
def test_words_written_by_ear_sound_like_the_word_meant(heard, meant):
    assert sound(heard) == sound(meant)


@pytest.mark.parametrize(
    ("typed", "word", "apart"),
    [
        ("hill", "hill", 0),
        ("hil", "hill", 1),
        ("hlil", "hill", 1),
        ("hyll", "hill", 1),
        ("hyl", "hill", 2),
        ("", "hill", 4),
    ],
)
def test_slips_are_counted_and_two_letters_swapped_are_one(typed, word, apart):
    assert slips(typed, word) == slips(word, typed) == apart


KNOWN = {"sl6", "sg1", "sg12", "ex22", "ex2", "w4", "le67", "yo8", "bb12", "ig6", "e6", "m1"}


@pytest.mark.parametrize(
    ("typed", "postcode", "rest"),
    [
        ("SL6 5YY", ("SL6", "5YY"), ""),
        ("hill school sl65yy", ("SL6", "5YY"), "hill school"),
        ("SG12YN", ("SG1", "2YN"), ""),
        ("SG12", ("SG12", ""), ""),
        ("SG12 2Y", ("SG12", "2Y"), ""),
        ("EX226Q", ("EX22", "6Q"), ""),
        ("w43", ("W4", "3"), ""),
        ("le67 1", ("LE67", "1"), ""),
        ("Y085JP", ("YO8", "5JP"), ""),
        ("BBI2 0HL", ("BB12", "0HL"), ""),
        ("1G63TN", ("IG6", "3TN"), ""),
        ("e6 ias", ("E6", "1AS"), ""),
        ("m1 hill school", ("M1", ""), "hill school"),
        ("zz9 9zz", None, "zz9 9zz"),
        ("12 mill lane", None, "12 mill lane"),
        ("no digits at all", None, "no digits at all"),
    ],
)
def test_a_postcode_is_read_whole_in_part_and_mistyped(typed, postcode, rest):
    taken, left = take_postcode(typed, KNOWN.__contains__)
    assert (taken and tuple(taken), left.strip()) == (postcode, rest)
