"""What analysers say, byte by byte; no socket, no database."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.wire import e1394, oru
from lab.wire.lines import (
    ACK,
    CR,
    ENQ,
    EOT,
    ETB,
    FS,
    LF,
    NAK,
    STX,
    VT,
    Astm,
    Dropped,
    Mllp,
    Received,
    Reply,
    Verdict,
    checksum,
    line_for,
)
from lab.wire.messages import (
    INDIA,
    NothingToKeep,
    OtherKind,
    WireError,
    accession_among,
    moment,
    text_of,
    unit_of,
)
from tests.factories.wire import BAD, GOOD, astm, block, frame, frames, hl7

CBC = astm(("WBC", "7.21", "10*3/uL"), ("HGB", "12.4", "g/dL"))
GLUCOSE = hl7(("GLU", "126", "mg/dL"))
H = b"H|\\^&|||XN\r"
L = b"L|1|N\r"
NOON = datetime(2026, 7, 22, 12, 0, tzinfo=INDIA)


def spoken(line, *packets, verdicts=None):
    """(all that was answered, all that was received, all that was dropped) to these packets."""
    said, received, dropped = b"", [], []
    verdicts = iter(verdicts or ())
    for packet in packets:
        line.feed(packet)
        while (event := line.next_event()) is not None:
            if isinstance(event, Reply):
                said += event.data
            elif isinstance(event, Received):
                received.append(event.raw)
                said += line.answer(next(verdicts, Verdict.KEPT))
            else:
                dropped.append(event)
                if event.fatal:
                    return said, received, dropped
    return said, received, dropped


def plain(raw, verdict, words):
    return verdict.value.encode()


# ── ASTM E1381 ──


def test_the_checksum_is_that_of_the_standard():
    # 1 + "H|\^&|||" … of LIS1-A: the sum of all from the frame's number to ETX, modulo 256.
    assert checksum(b"1ABC\x03") == b"%02X" % ((0x31 + 0x41 + 0x42 + 0x43 + 0x03) % 256) == b"FA"


def test_each_byte_of_a_good_transmission_is_answered_in_its_place():
    line = Astm()
    answers = [spoken(line, bytes([byte]))[0] for byte in bytes([ENQ]) + frame(1, H) + frame(2, L) + b"\x04"]
    expected = [GOOD, *[b""] * (len(frame(1, H)) - 1), GOOD, *[b""] * (len(frame(2, L)) - 1), GOOD, b""]
    assert answers == expected


def test_a_message_in_many_frames_is_received_whole_once_its_terminator_has_come():
    said, received, dropped = spoken(Astm(), bytes([ENQ]), *frames(CBC), bytes([EOT]))
    assert said == GOOD * (1 + len(frames(CBC)))
    assert (received, dropped) == ([CBC], [])


def test_a_message_in_one_frame_after_another_without_regard_for_records():
    text = CBC[:200], CBC[200:]
    said, received, _ = spoken(Astm(), b"\x05", frame(1, text[0], ETB), frame(2, text[1]), b"\x04")
    assert (said, received) == (GOOD * 3, [CBC])


def test_numbers_go_round_modulo_eight():
    long = astm(*[(f"T{n}", str(n), "") for n in range(30)])
    assert len(frames(long)) > 24
    assert spoken(Astm(), b"\x05", *frames(long))[1] == [long]


def test_two_messages_of_one_transmission_are_two():
    first = frames(CBC)
    said, received, _ = spoken(Astm(), b"\x05", *first, *frames(CBC, first=len(first) + 1), b"\x04")
    assert received == [CBC, CBC]
    assert set(said) == {ACK}


@pytest.mark.parametrize(
    "wrong",
    [
        frame(1, H)[:-4] + b"00\r\n",  # checksum
        frame(2, H),  # number
        frame(0, H),  # the number before, of which there was none
        frame(1, H).replace(b"\x03", b"\x02"),  # no end of text
        frame(1, H)[:-2] + b"\n",  # no CR
        frame(1, b"x" * 241),  # too long
        b"\x02\x03\r\n",
        b"\x029ABC\x03" + checksum(b"9ABC\x03") + b"\r\n",
    ],
)
def test_a_wrong_frame_is_asked_for_again_and_then_taken(wrong):
    said, received, _ = spoken(Astm(), b"\x05", wrong, frame(1, H), frame(2, L))
    assert said == GOOD + BAD + GOOD * 2
    assert received == [H + L]


def test_240_characters_are_a_frame_and_more_only_where_it_is_said():
    longest = b"H" + b"x" * 239
    assert spoken(Astm(), b"\x05", frame(1, longest))[0] == GOOD * 2
    assert spoken(Astm(), b"\x05", frame(1, b"x" * 241))[0] == GOOD + BAD
    assert spoken(Astm(longest=63993), b"\x05", frame(1, b"x" * 60000))[0] == GOOD * 2


def test_a_repeated_frame_is_acknowledged_and_not_taken_twice():
    said, received, _ = spoken(Astm(), b"\x05", frame(1, H), frame(1, H), frame(2, L), frame(2, L), b"\x04")
    assert said == GOOD * 5
    assert received == [H + L]


def test_what_is_not_kept_is_not_acknowledged_and_may_come_again():
    verdicts = [Verdict.AGAIN, Verdict.REFUSED, Verdict.KEPT]
    end = [frame(2, L)] * 3
    said, received, _ = spoken(Astm(), b"\x05", frame(1, H), *end, b"\x04", verdicts=verdicts)
    assert said == GOOD * 2 + BAD * 2 + GOOD
    assert received == [H + L] * 3


def test_what_cannot_be_read_is_kept_and_acknowledged():
    assert spoken(Astm(), b"\x05", frame(1, H), frame(2, L), verdicts=[Verdict.WRONG])[0] == GOOD * 3


@pytest.mark.parametrize("end", [b"\x04", b"\x05"])
def test_half_a_message_is_dropped_by_an_end_or_a_new_beginning(end):
    line = Astm()
    _, received, dropped = spoken(line, b"\x05", frame(1, H), end)
    assert (received, dropped) == ([], [Dropped(H, "half a message")])
    assert spoken(line, b"\x05", frame(1, H), frame(2, L))[1] == [H + L]


def test_an_inquiry_in_the_midst_is_answered_after_the_half_is_given_up():
    assert spoken(Astm(), b"\x05", frame(1, H), b"\x05", frame(1, H), frame(2, L)) == (
        GOOD * 5,
        [H + L],
        [Dropped(H, "half a message")],
    )


def test_silence_in_the_midst_gives_the_half_up_and_the_line_is_free():
    line = Astm()
    spoken(line, b"\x05", frame(1, H), b"\x022H")
    assert line.is_busy
    assert line.give_up() == Dropped(H, "half a message")
    assert not line.is_busy
    assert spoken(line, frame(2, L)) == (b"", [], [])


def test_a_frame_begun_anew_counts_from_there():
    assert spoken(Astm(), b"\x05", b"\x021H|\\", frame(1, H), frame(2, L))[1] == [H + L]


def test_a_sender_whose_frames_are_never_right_is_left():
    said, _, dropped = spoken(Astm(), b"\x05", *[frame(5, H)] * 30)
    assert said == GOOD + BAD * 20
    assert dropped[-1].fatal


def test_a_message_without_an_end_is_left_when_it_is_too_long():
    many = [frame(n, b"R|1|x\r") for n in range(1, 200)]
    assert spoken(Astm(most=500), b"\x05", *many)[2] == [Dropped(b"", "longer than is taken", fatal=True)]


def test_noise_before_an_inquiry_is_passed_over_until_it_is_too_much():
    assert spoken(Astm(), b"\r\n\x04abc", b"\x05")[0] == GOOD
    assert spoken(Astm(), b"x" * 5000)[2][0].fatal


# ── MLLP ──


def test_a_block_is_answered_in_a_block():
    assert spoken(Mllp(plain), block(GLUCOSE)) == (block(b"kept"), [GLUCOSE], [])


def test_many_blocks_in_one_packet_are_answered_one_by_one():
    said, received, _ = spoken(Mllp(plain), block(GLUCOSE) * 3 + b"\r\n" + block(b"x"))
    assert said == block(b"kept") * 4
    assert received == [GLUCOSE] * 3 + [b"x"]


def test_half_a_block_before_another_is_dropped():
    said, received, dropped = spoken(Mllp(plain), b"\x0bMSH|half", block(GLUCOSE))
    assert (said, received, dropped) == (
        block(b"kept"),
        [GLUCOSE],
        [Dropped(b"MSH|half", "half a message")],
    )


def test_silence_in_a_block_gives_it_up():
    line = Mllp(plain)
    spoken(line, b"\x0bMSH|half")
    assert line.is_busy
    assert line.give_up() == Dropped(b"MSH|half", "half a message")
    assert line.give_up() is None
    assert spoken(line, block(GLUCOSE))[1] == [GLUCOSE]


def test_a_block_that_is_too_long_ends_the_connection():
    for packets in ([b"\x0b" + b"x" * 300], [block(b"x" * 300)], [b"\x0b", *[b"x"] * 300]):
        assert spoken(Mllp(plain, most=200), *packets)[2] == [
            Dropped(b"", "longer than is taken", fatal=True)
        ]


def test_noise_ends_the_connection_when_there_is_much_of_it():
    assert spoken(Mllp(plain), b"GET / HTTP/1.1\r\n", block(GLUCOSE))[1] == [GLUCOSE]
    assert spoken(Mllp(plain), b"x" * 5000)[2][0].fatal


def test_the_first_byte_tells_the_protocol():
    assert isinstance(line_for(VT, plain), Mllp)
    assert isinstance(line_for(ENQ, plain), Astm)
    assert line_for(ord("G"), plain) is None


# ── However the bytes come ──


def cut(data, places):
    """The bytes in packets, cut at these places."""
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[begin:end] for begin, end in pairwise(edges)]


NOISE = st.sampled_from([b"", b"\r\n", b"junk", b"\x02\x031", b"\x04"])
PLACES = st.lists(st.integers(0, 10_000), max_size=40)
BROKEN = [
    frame(1, H)[:-4] + b"00\r\n",
    frame(3, H),
    frame(1, H)[:9],
    frame(1, b"y" * 300),
    frame(1, H),
    frame(2, L),
    bytes([ENQ]),
    bytes([EOT]),
    bytes([NAK, LF]),
]


@given(st.lists(st.sampled_from([*BROKEN, *frames(CBC)]), max_size=12), NOISE, PLACES)
def test_any_split_of_a_transmission_means_the_same(parts, noise, places):
    data = noise + bytes([ENQ]) + b"".join(parts) + bytes([EOT, ENQ]) + b"".join(frames(CBC))
    whole = spoken(Astm(), data)
    assert spoken(Astm(), *cut(data, places)) == whole
    assert whole[1][-1:] == [CBC]


@given(st.lists(st.sampled_from([block(GLUCOSE), b"\x0bhalf", b"\r\n", b"x", b"\x1c"]), max_size=8), PLACES)
def test_any_split_of_blocks_means_the_same(parts, places):
    data = b"".join(parts) + block(GLUCOSE)
    whole = spoken(Mllp(plain, most=len(GLUCOSE) + 10), data)
    assert spoken(Mllp(plain, most=len(GLUCOSE) + 10), *cut(data, places)) == whole
    assert whole[1][-1:] == [GLUCOSE]


@given(st.binary(max_size=400), PLACES)
def test_no_bytes_break_a_line(data, places):
    for make in (Astm, lambda: Mllp(plain, most=100)):
        assert spoken(make(), *cut(b"\x05\x0b" + data, places)) == spoken(make(), b"\x05\x0b" + data)


# ── HL7 ──


def test_an_oru_is_read():
    message = oru.read(hl7(("GLU", "126", "mg/dL"), ("UREA", "<5", "mg/dL"), control_id="17"))
    assert (message.control_id, message.instrument) == ("17", "BS-240")
    assert [(one.accession_number, one.code, one.value, one.unit) for one in message.results] == [
        ("Y260000123", "GLU", "126", "mg/dL"),
        ("Y260000123", "UREA", "<5", "mg/dL"),
    ]
    assert message.results[0].measured_at == datetime(2026, 7, 22, 11, 58, tzinfo=INDIA)
    assert message.results[0].is_final


def test_each_result_has_the_sample_of_its_order():
    two = hl7(("GLU", "126", "mg/dL")) + b"OBR|2||Y260000124\rSPM|1|Y260000125&X\rOBX|1|NM|K||4.1|mmol/L\r"
    assert [one.accession_number for one in oru.read(two).results] == ["Y260000123", "Y260000125"]


def test_values_are_read_by_their_kind():
    obx = [
        r"OBX|1|SN|DD||<^0.01|ug/mL|||||P",
        r"OBX|2|CE|ABO||1^A \T\ B^L||||||F",
        "OBX|3|ED|HISTOGRAM||^Image^Base64^AAAA",
        r"OBX|4|ST|NOTE||a \F\ b\.br\c||||||C",
        "OBX|5|CWE|^^^LAST||^B+||||||X",
        "OBX|6|NM|EMPTY",
    ]
    raw = hl7() + "".join(f"{one}\r" for one in obx).encode()
    assert [(one.code, one.value, one.is_final) for one in oru.read(raw).results] == [
        ("DD", "<0.01", False),
        ("ABO", "A & B", True),
        ("NOTE", "a | b\rc", True),
        ("LAST", "B+", False),
        ("EMPTY", "", True),
    ]


def test_other_delimiters_and_ends_of_lines_are_read():
    raw = b"MSH$*~\\&$X$Lab$$$$$ORU*R01$5$P$2.4\nOBR$1$$Y260000123\nOBX$1$NM$GLU*Glucose$$126$mg/dL\n"
    message = oru.read(raw)
    assert (message.instrument, message.control_id, message.results[0].code) == ("X", "5", "GLU")
    assert oru.acknowledge(raw, Verdict.KEPT, at=NOON, number="9") == (
        b"MSH$*~\\&$$$X$Lab$20260722120000+0530$$ACK*R01$9$P$2.4\rMSA$AA$5\r"
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"MSH",
        b"\xff\xfe\x00",
        b"MSHxxxxxxxxx",
        b"PID|1\r",
        hl7() + b"",
        hl7(kind="ADT^A01"),
        hl7(("GLU\\.spx\\", "126", "mg/dL")),
        hl7(("GLU\\.sp2000000000\\", "126", "mg/dL")),
        hl7(("GLU\\.in99999999999999999999\\", "126", "mg/dL")),
        b"MSH|^~\\&|X||||||ORU^R01|1|P|2.3.1\rOBX|1|NM|GLU||126\r",
    ],
)
def test_what_is_no_message_of_results_says_so(raw):
    with pytest.raises(WireError):
        oru.read(raw)


def test_a_sender_that_cannot_be_read_is_nobody():
    assert oru.sender_of(hl7(("GLU", "126", "mg/dL"), sender="BS\\.spx\\")) == ""


def test_what_brings_nothing_is_told_from_what_cannot_be_read():
    with pytest.raises(NothingToKeep):
        oru.read(hl7())
    with pytest.raises(OtherKind):
        oru.read(hl7(kind="QRY^R02"))
    with pytest.raises(NothingToKeep):
        e1394.read(H + L)


@pytest.mark.parametrize(
    ("verdict", "words", "msa"),
    [
        (Verdict.KEPT, "", "MSA|AA|17"),
        (Verdict.WRONG, "a|b", r"MSA|AE|17|a\F\b"),
        (Verdict.REFUSED, "no", "MSA|AR|17|no"),
        (Verdict.AGAIN, "later", "MSA|AR|17|later"),
    ],
)
def test_the_answer_names_the_message(verdict, words, msa):
    answer = oru.acknowledge(hl7(control_id="17"), verdict, words, at=NOON, number="9").decode()
    assert answer.split("\r") == [
        r"MSH|^~\&|||BS-240|Lab|20260722120000+0530||ACK^R01|9|P|2.3.1",
        msa,
        "",
    ]


def test_what_is_no_hl7_has_an_answer_too():
    answer = oru.acknowledge(b"what?", Verdict.WRONG, "no", at=NOON, number="9").decode()
    assert answer.split("\r")[1] == "MSA|AE||no"


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading_of_hl7(noise):
    for raw in (noise, b"MSH|^~\\&|" + noise, hl7(("GLU", "1", "")) + noise):
        for read in (oru.read, e1394.read):
            with suppress(WireError):
                read(raw)
        assert isinstance(oru.sender_of(raw), str)
        assert oru.acknowledge(raw, Verdict.KEPT, at=NOON, number="1").startswith(b"MSH")


# ── ASTM E1394 ──


def test_records_are_read():
    message = e1394.read(CBC)
    assert message.instrument == "XN-550"
    assert [(one.accession_number, one.code, one.value, one.unit) for one in message.results] == [
        ("Y260000123", "WBC", "7.21", "10*3/uL"),
        ("Y260000123", "HGB", "12.4", "g/dL"),
    ]
    assert message.results[0].measured_at == datetime(2026, 7, 22, 11, 59, tzinfo=INDIA)


def test_the_header_says_the_delimiters():
    raw = b"H!~*%!77!!ZX*2\rP!1\rO!1!Y260000123!!***K\rR!1!***K*1!4%X2E%1%F%%S%%R%%E%!mmol/L\rL!1\r"
    message = e1394.read(raw)
    assert (message.control_id, message.instrument) == ("77", "ZX")
    assert [(one.code, one.value) for one in message.results] == [("K", "4.1!*~%")]


def test_fields_repeat_and_nest():
    record = e1394.Record(r"O|1|A^B\C^D&S&E|x", e1394.Delimiters("|", "\\", "^", "&"))
    assert record.repeats(3) == [["A", "B"], ["C", "D^E"]]
    assert record.components(3) == ["A", "B"]
    assert record.repeats(9) == []
    assert record.first(9) == ""


def test_each_result_has_the_sample_of_the_order_before_it():
    raw = (
        H
        + b"P|1\rO|1|Y260000123\rR|1|^^^K|4.1\rC|1|I|haemolysed\rP|2\rO|1|Y260000124|||||||||Q\rR|1|K|5^\r"
        + L
    )
    first, second = e1394.read(raw).results
    assert (first.accession_number, first.is_control) == ("Y260000123", False)
    assert (second.accession_number, second.is_control, second.code, second.value) == (
        "Y260000124",
        True,
        "K",
        "5",
    )


def test_what_is_not_final_says_so():
    raw = H + b"O|1|A\rR|1|^^^K|4.1|||||P\rR|2|^^^NA|140|||||F\r" + L
    assert [one.is_final for one in e1394.read(raw).results] == [False, True]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        L,
        H,
        b"H|\\^\r" + L,
        b"H|||||\r" + L,
        b"Habcd\r" + L,
        H + b"R|1|^^^K|4\r" + L,
        H + b"O|1|A\rP|1\rR|1|^^^K|4\r" + L,
        H + L,
    ],
)
def test_what_is_no_message_says_so(raw):
    with pytest.raises(WireError):
        e1394.read(raw)


def test_who_sends_is_known_before_the_message_has_ended():
    assert e1394.sender_of(H) == "XN"
    assert e1394.sender_of(b"H|||||\r") == e1394.sender_of(L) == ""
    assert oru.sender_of(GLUCOSE[:40]) == "BS-240"
    assert oru.sender_of(b"x") == ""


# ── Small things ──


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("20260722", datetime(2026, 7, 22, tzinfo=INDIA)),
        ("2026072211", datetime(2026, 7, 22, 11, tzinfo=INDIA)),
        ("202607221158", datetime(2026, 7, 22, 11, 58, tzinfo=INDIA)),
        ("20260722115830.25", datetime(2026, 7, 22, 11, 58, 30, tzinfo=INDIA)),
        ("20260722115830+0000", datetime(2026, 7, 22, 11, 58, 30, tzinfo=UTC)),
        ("20260722115830-0230", datetime(2026, 7, 22, 11, 58, 30, tzinfo=timezone(-timedelta(minutes=150)))),
        ("", None),
        ("20261345", None),
        ("22.07.2026", None),
        ("20260722115830+9900", None),
    ],
)
def test_moments(said, meant):
    assert moment(said) == meant


def test_the_number_of_a_tube_is_found_among_what_a_message_calls_it():
    assert accession_among(["3", "12", " y260000123 ", "B"]) == "Y260000123"
    assert accession_among(["", "2", "1", " qc-1 ", "MAKER"]) == "QC-1"
    assert accession_among([""]) == ""


def test_a_unit_with_a_power_is_one_unit():
    assert unit_of(["10", "3/uL"]) == "10^3/uL"
    assert unit_of(["mg/dL", "milligram", "UCUM"]) == "mg/dL"
    assert unit_of([]) == ""


def test_text_is_utf8_or_latin_1_without_nul():
    assert text_of("µmol\n\0".encode()) == "µmol\r"
    assert text_of(b"\xb5mol\r\n") == "µmol\r"


def test_the_bytes_of_the_line_are_those_of_the_standards():
    assert (VT, FS, CR, LF, STX, EOT, ENQ, ACK, NAK, ETB) == (11, 28, 13, 10, 2, 4, 5, 6, 21, 23)
