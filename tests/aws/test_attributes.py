"""Values and attributes, held against boto3's own translation, which the service does without."""

from decimal import Decimal

import pytest
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.attributes import pack, unpack
from chalicelib.domain.withdrawal import State

PLAIN = st.recursive(
    st.text() | st.integers(-(10**30), 10**30) | st.binary() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=10,
)


def as_boto3_reads(attribute):
    def plain(value):
        match value:
            case Decimal():
                return int(value)
            case Binary():
                return bytes(value)
            case list():
                return [plain(each) for each in value]
            case dict():
                return {name: plain(each) for name, each in value.items()}
        return value

    return plain(TypeDeserializer().deserialize(attribute))


@given(PLAIN)
def test_what_is_packed_is_what_boto3_makes_and_comes_back(value):
    packed = pack({"v": value})
    assert packed == {"v": TypeSerializer().serialize(value)}
    assert unpack(packed) == {"v": value} == {"v": as_boto3_reads(packed["v"])}


def test_words_of_ours_are_text_and_a_tuple_is_a_list():
    assert pack({"state": State.ERASED, "items": ("a", "b")}) == {
        "state": {"S": "erased"},
        "items": {"L": [{"S": "a"}, {"S": "b"}]},
    }


@pytest.mark.parametrize("value", [1.5, {"a"}, object()])
def test_what_we_do_not_store_is_refused(value):
    with pytest.raises(TypeError):
        pack({"v": value})
