"""Folds what the register says and what a parent types into the same words, one way for both sides.

Knows the spellings of English school names (Church of England, St, RC, numerals) and no school.
"""

import re
from unicodedata import normalize

YEAR = r"\b(?:year|yr|class) \d+"
LONGEST = 24
"""Letters of a word that count."""

WORD = re.compile(r"[a-z0-9]+")
_CHARACTERS = str.maketrans({**dict.fromkeys("'‘’ʼ´`′"), "&": " and ", "+": " and "})

# ruff: noqa: SIM905 - as lists, a line a word, nobody could read them

SMALL = frozenset("a an and at by for in of on or the to with".split())
"""Words that say nothing about which school is meant: left out of both sides' texts."""

CHATTER = frozenset(
    """am are attend attends both called can cant child children class daughter daughters england find go goes
    going hello help her hi his i im is it its kid kids looking me mine my name named near our please pupil
    pupils reception s she he son sons t their they trying uk want we were where which who year""".split()
)
"""What people wrap around a school's name: left out of what is typed, unless nothing else is there."""

KINDS = frozenset(
    """academy aided catholic church cofe college community comprehensive controlled coop eact first foundation
    free grammar high infant junior lower middle mixed nursery pre prep preparatory preschool primary school
    secondary sixthform special state upper voluntary""".split()
)
"""What kind of school it is: people often get it wrong, so it never decides alone."""

_SAME = {
    "cofe": "ce coe cofe",
    "catholic": "rc cath",
    "st": "saint street",
    "school": "sch schl skool schools",
    "primary": "prim pri",
    "academy": "acad acadamy",
    "junior": "juniors jun jnr",
    "infant": "infants inf",
    "secondary": "sec",
    "comprehensive": "comp",
    "college": "coll",
    "community": "comm",
    "nursery": "nurs",
    "grammar": "gram",
    "foundation": "fdn",
    "road": "rd",
    "avenue": "ave av",
    "lane": "ln",
    "crescent": "cres",
    "gardens": "gdns",
    "square": "sq",
    "park": "pk",
    "great": "gt",
    "little": "lt",
    "mount": "mt",
    "county": "co",
    "one": "1 1st first",
    "two": "2 2nd second ii",
    "three": "3 3rd third iii",
    "four": "4 4th fourth iv",
    "five": "5 5th fifth",
    "six": "6 6th sixth vi",
    "seven": "7 7th seventh vii",
    "eight": "8 8th eighth viii",
    "nine": "9 9th ninth",
    "ten": "10 10th tenth",
    # counties and cities as they are written short; the search finds other short forms by their letters
    "bedfordshire": "beds",
    "berkshire": "berks",
    "birmingham": "bham brum",
    "buckinghamshire": "bucks",
    "cambridgeshire": "cambs",
    "derbyshire": "derbys",
    "gloucestershire": "glos gloucs",
    "hampshire": "hants",
    "hertfordshire": "herts",
    "lancashire": "lancs",
    "leicestershire": "leics",
    "lincolnshire": "lincs",
    "middlesex": "middx",
    "northamptonshire": "northants",
    "northumberland": "northumb",
    "nottinghamshire": "notts",
    "oxfordshire": "oxon",
    "shropshire": "salop",
    "staffordshire": "staffs",
    "warwickshire": "warks",
    "wiltshire": "wilts",
    "wolverhampton": "wolves",
    "worcestershire": "worcs",
    "yorkshire": "yorks",
}
SAME = {spelling: word for word, spellings in _SAME.items() for spelling in spellings.split()}

_PHRASES = [
    (phrase.split(), words.split())
    for phrase, words in (
        ("church of england", "cofe"),
        ("c of e", "cofe"),
        ("c e", "cofe"),
        ("roman catholic", "catholic"),
        ("r c", "catholic"),
        ("university technical college", "utc"),
        ("u t c", "utc"),
        ("sixth form", "sixthform"),
        ("6th form", "sixthform"),
        ("e act", "eact"),
        ("co op", "coop"),
        ("j m and i", "junior mixed infant"),
        ("j m i", "junior mixed infant"),
        ("jmi", "junior mixed infant"),
        ("j and i", "junior infant"),
        ("j i", "junior infant"),
    )
]
PHRASES = {first: [(ph, words) for ph, words in _PHRASES if ph[0] == first] for (first, *_), _ in _PHRASES}


def fold(text: str, leave_out: frozenset[str] = SMALL) -> list[str]:
    """The words of a text in its order, folded; those to leave out are gone."""
    spelt = spell(text)
    words: list[str] = []
    at = 0
    while at < len(spelt):
        for phrase, instead in PHRASES.get(spelt[at], ()):
            if spelt[at : at + len(phrase)] == phrase:
                words += instead
                at += len(phrase)
                break
        else:
            if spelt[at] not in leave_out:
                words.append(SAME.get(spelt[at], spelt[at]))
            at += 1
    return words


def fold_typed(text: str) -> list[str]:
    """What a parent typed, without the words around it ("my child is at ..."), unless nothing else is there."""
    text = re.sub(YEAR, " ", text, flags=re.I)
    return list(dict.fromkeys(fold(text, SMALL | CHATTER) or fold(text)))


def spell(text: str) -> list[str]:
    """The words of a text in lower case without accents or apostrophes, nothing else folded."""
    text = text.lower()
    if not text.isascii():
        text = normalize("NFKD", text.translate(_CHARACTERS))
        text = "".join(letter for letter in text if not "\u0300" <= letter <= "\u036f")
    return [word[:LONGEST] for word in WORD.findall(text.replace("s's", "s").translate(_CHARACTERS))]


def sibling(word: str) -> str:
    """The word with its last s gone, or with one: "Mary's", "Marys" and "Mary" are typed for one another."""
    return word[:-1] if word.endswith("s") else f"{word}s"


def initials(text: str) -> set[str]:
    """The ways a name is shortened to its first letters: with and without small words, St whole or not.

    Three to six letters each.
    """
    spelt = spell(text)
    large = [word for word in spelt if word not in SMALL]
    short = {"".join(word[:1] for word in words) for words in (spelt, large)}
    short.add("".join(word[: 2 if word == "st" else 1] for word in large))
    return {letters for letters in short if 3 <= len(letters) <= 6}


_ALIKE = (
    (" wr", " r"),
    (" kn", " n"),
    ("ph", "f"),
    ("gh", ""),
    ("sch", "x"),
    ("sh", "x"),
    ("ch", "x"),
    ("ck", "k"),
    ("ce", "se"),
    ("ci", "si"),
    ("cy", "sy"),
    ("dg", "j"),
    ("ge", "je"),
    ("gi", "ji"),
    ("gy", "jy"),
)
"""Letters that sound alike to someone who writes by ear, in the order in which they are read."""
_SINGLY = str.maketrans("cqz", "kks", "hwy")


def sound(word: str) -> str:
    """How a word sounds: its consonants, those alike folded; of vowels only that it begins with one."""
    word = f" {word}"
    for letters, as_heard in _ALIKE:
        word = word.replace(letters, as_heard)
    heard = ""
    for at, letter in enumerate(word[1:].translate(_SINGLY)):
        if letter in "aeiou":
            letter = "" if at else "a"
        if letter and not heard.endswith(letter):
            heard += letter
    return heard
