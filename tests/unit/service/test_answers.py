from pathlib import Path

from kirpik.service.answers import Answers
from kirpik.store.orders import OrderBook, ResultsView


def test_each_answer_goes_out_once_and_again_when_the_line_was_lost(tmp_path: Path) -> None:
    book = OrderBook(tmp_path / "ledger", tmp_path / "results")
    for number in range(2):
        book.answered(bytes([number]) * 32, b"answer")
    answers = Answers(ResultsView(tmp_path / "results"))
    first, second = list(answers.due())
    assert first[0] < second[0]
    answers.sent(first[0], 1)
    answers.sent(second[0], 2)
    assert list(answers.due()) == []
    assert answers.answered(1)
    assert not answers.answered(7)
    answers.land()
    assert [name for name, _ in answers.due()] == [second[0]]


def test_an_order_that_comes_again_is_answered_again(tmp_path: Path) -> None:
    book = OrderBook(tmp_path / "ledger", tmp_path / "results")
    book.answered(b"o" * 32, b"answer")
    answers = Answers(ResultsView(tmp_path / "results"))
    for message, (name, _) in enumerate(list(answers.due())):
        answers.sent(name, message)
        answers.answered(message)
    book.show_again(b"o" * 32)
    assert len(list(answers.due())) == 1
