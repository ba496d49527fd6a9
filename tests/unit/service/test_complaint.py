from kirpik.service.complaint import Complaint


def test_a_lasting_trouble_is_said_once_a_minute_with_its_count_and_at_its_end() -> None:
    said, now = list[str](), [0.0]
    complaint = Complaint("broker", said.append, clock=lambda: now[0])
    for second in range(130):
        now[0] = float(second)
        complaint.raised("nobody listens there")
    complaint.over()
    assert said == [
        "broker=trouble times=1 why='nobody listens there'",
        "broker=trouble times=61 why='nobody listens there'",
        "broker=trouble times=121 why='nobody listens there'",
        "broker=well times=130",
    ]


def test_where_nothing_was_wrong_nothing_is_said() -> None:
    said: list[str] = []
    Complaint("broker", said.append).over()
    assert said == []
