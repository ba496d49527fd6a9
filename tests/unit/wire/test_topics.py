import pytest

from kirpik.errors import WireError
from kirpik.wire import topics
from kirpik.wire.topics import Topic

UNIT = bytes(range(16))
HEX = UNIT.hex()


def test_topics_are_read_as_they_are_written() -> None:
    assert topics.up(UNIT, topics.PACKETS) == f"kirpik/1/u/{HEX}/up/v"
    for leaf in topics.UP:
        assert topics.parse(topics.up(UNIT, leaf)) == Topic(UNIT, "up", leaf)
    for leaf in topics.DOWN:
        assert topics.parse(topics.down(UNIT, leaf)) == Topic(UNIT, "down", leaf)
    assert topics.from_all(topics.PACKETS) == "kirpik/1/u/+/up/v"
    assert topics.all_down(UNIT) == f"kirpik/1/u/{HEX}/down/#"
    assert topics.root_document(7) == "kirpik/1/keys/root/7"


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        (f"kirpik/2/u/{HEX}/up/v", "topic-form"),
        (f"kirpik/1/u/{HEX}/up/v/x", "topic-form"),
        (f"kirpik/1/u/{HEX}/up/receipt", "topic-leaf"),
        (f"kirpik/1/u/{HEX}/sideways/v", "topic-leaf"),
        (f"kirpik/1/u/{HEX[:-1]}/up/v", "topic-unit"),
        (f"kirpik/1/u/{HEX.upper()}/up/v", "topic-unit"),
        (f"kirpik/1/u/{HEX[:-2]} 1/up/v", "topic-unit"),
    ],
)
def test_another_topic_is_refused_by_name(topic: str, name: str) -> None:
    with pytest.raises(WireError) as caught:
        topics.parse(topic)
    assert caught.value.name == name


def test_a_topic_that_does_not_exist_cannot_be_made() -> None:
    with pytest.raises(WireError):
        topics.up(UNIT, topics.RECEIPT)
