"""What analysers send finds its order, or the tray says why not; nothing twice, nothing verified."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.utils import timezone

from hmis.kernel import scope
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from lab import queries, services
from lab.models import Analyser, AnalyserCode, AnalyserMessage, ResultLine, Specimen, UnmatchedResult
from lab.services import Instrument, Meaning
from lab.services import tray as module
from lab.states import (
    DiscardReason,
    MessageStatus,
    OrderStatus,
    RejectReason,
    ResultOrigin,
    Section,
    TrayStatus,
    WhyInTray,
    WireProtocol,
)
from lab.tasks import take_messages
from lab.wire.lines import Verdict
from tests.factories.analysers import last_message, make_analyser, make_chemistry, make_code, sent
from tests.factories.lab import authorise, collect, enter, order, received, verify
from tests.factories.parallel import all_at_once
from tests.factories.wire import astm, hl7

HL7 = WireProtocol.HL7


@pytest.fixture
def counter(rims):
    """The cell counter of haematology, which speaks ASTM."""
    return make_analyser(rims)


@pytest.fixture
def chemistry(rims):
    """The analyser of biochemistry, which speaks HL7."""
    return make_chemistry(rims)


@pytest.fixture
def cbc(encounter, bose, rajesh, tests, counter):
    return received(encounter, bose, rajesh, tests["CBC"])[0]


def number_of(one):
    return one.specimen.accession_number


def values_of(one):
    lines = ResultLine.objects.filter(order=one).exclude(value="")
    return dict(lines.values_list("analyte__code", "value"))


def tray():
    return [(one.code, one.why, one.words) for one in UnmatchedResult.objects.order_by("position")]


def waiting():
    return UnmatchedResult.objects.get(status=TrayStatus.WAITING)


# ── Matching ──


def test_a_message_is_kept_acknowledged_and_entered_without_a_person(cbc, counter):
    raw = astm(
        ("WBC", "7.214", "10^3/uL"), ("HGB", "12.4", "g/dL"), ("MCV", "88", "fL"), number=number_of(cbc)
    )

    assert sent(raw) == (Verdict.KEPT, "")

    assert values_of(cbc) == {"TLC": "7.21", "HB": "12.4"}
    line = ResultLine.objects.get(order=cbc, analyte__code="HB")
    assert (line.origin, line.entered_by) == (ResultOrigin.ANALYSER, None)
    cbc.refresh_from_db()
    assert cbc.status == OrderStatus.RESULTED
    message = last_message()
    assert (message.status, message.entered_count, message.tray_count) == (MessageStatus.MATCHED, 2, 0)
    assert (bytes(message.raw), message.samples) == (raw, [number_of(cbc)])
    fact = AuditEntry.objects.get(name="lab.analyser_message_taken")
    assert (fact.actor, fact.facility_id) == (None, counter.facility_id)
    assert fact.detail == {"entered": 2, "tray": 0}
    entered = AuditEntry.objects.get(name="lab.results_entered")
    assert (entered.actor, entered.facility_id) == (None, counter.facility_id)


def test_an_oru_is_entered_too(encounter, bose, rajesh, tests, chemistry):
    (glucose,) = received(encounter, bose, rajesh, tests["GLU_R"])

    assert sent(hl7(("GLU", "126", "mg/dL"), number=number_of(glucose)), HL7) == (Verdict.KEPT, "")

    assert values_of(glucose) == {"GLU_R": "126"}


def test_one_value_serves_all_orders_of_the_tube_that_ask_for_it(encounter, bose, rajesh, tests, chemistry):
    orders = received(encounter, bose, rajesh, tests["KFT"], tests["UREA"])
    assert len({one.specimen_id for one in orders}) == 1

    sent(hl7(("UREA", "31", "mg/dL"), number=number_of(orders[0])), HL7)

    assert all(values_of(one)["UREA"] == "31" for one in orders)
    assert last_message().entered_count == 1


def test_of_several_meanings_it_is_the_one_that_was_ordered(encounter, bose, rajesh, tests, chemistry):
    (fasting,) = received(encounter, bose, rajesh, tests["GLU_F"])
    sent(hl7(("GLU", "88", "mg/dL"), number=number_of(fasting)), HL7)
    assert values_of(fasting) == {"GLU_F": "88"}


def test_where_one_order_asks_for_two_of_them_a_person_says_which(encounter, bose, rajesh, tests, chemistry):
    (both,) = received(encounter, bose, rajesh, tests["OGTT"])
    AnalyserCode.objects.filter(code="GLU").update(analyte_codes=["GLU_F", "OGTT1", "OGTT2"])
    sent(hl7(("GLU", "88", "mg/dL"), number=number_of(both)), HL7)
    assert tray() == [("GLU", WhyInTray.AMBIGUOUS, "")]


def test_what_was_measured_beside_the_order_stands_apart_until_it_is_added(cbc, rajesh, tests, counter):
    make_code(counter, "RET", "RETIC", "%")
    sent(astm(("HGB", "12.4", "g/dL"), ("RET", "1.2", "%"), number=number_of(cbc)))
    assert tray() == [("RET", WhyInTray.NOT_ORDERED, "")]
    assert queries.tray_of(rajesh).filter(queries.UNASKED).count() == 1
    assert queries.analysers_of(rajesh).get().waiting is None

    services.add_on_test(
        specimen=cbc.specimen,
        test=tests["RETIC"],
        asking=services.Asking(requester_name="Dr. Bose"),
        request_key=uuid4(),
        actor=rajesh,
        at=timezone.now(),
    )

    assert take_messages() == 1
    assert ResultLine.objects.get(analyte__code="RETIC").value == "1.2"


def test_a_factor_turns_their_unit_into_ours(cbc, counter):
    make_code(counter, "HGBL", "HB", "g/L", factor="0.1")

    sent(astm(("HGBL", "124", "g/L"), number=number_of(cbc)))

    assert values_of(cbc) == {"HB": "12.4"}


def test_the_same_bytes_once_more_are_acknowledged_and_count_once(cbc, rajesh):
    raw = astm(("HGB", "12.4", "g/dL"), ("X", "1", ""), number=number_of(cbc))
    for _ in range(5):
        assert sent(raw) == (Verdict.KEPT, "")

    assert last_message().times_received == 5
    assert AnalyserMessage.objects.count() == UnmatchedResult.objects.count() == 1
    assert ResultLine.objects.filter(order=cbc, analyte__code="HB").count() == 1
    assert AuditEntry.objects.filter(name="lab.results_entered").count() == 1


def test_the_same_result_in_other_bytes_is_entered_once(cbc):
    sent(astm(("HGB", "12.4", "g/dL"), number=number_of(cbc)))
    sent(astm(("HGB", "12.40", "g/dL"), number=number_of(cbc)))

    assert AnalyserMessage.objects.filter(status=MessageStatus.MATCHED).count() == 2
    assert AuditEntry.objects.filter(name="lab.results_entered").count() == 1
    assert not UnmatchedResult.objects.exists()


def test_the_same_control_id_with_other_contents_is_another_message(
    encounter, bose, rajesh, tests, chemistry
):
    (glucose,) = received(encounter, bose, rajesh, tests["GLU_R"])
    sent(hl7(("GLU", "126", "mg/dL"), number="Y990000001", control_id="1"), HL7)
    sent(hl7(("GLU", "126", "mg/dL"), number=number_of(glucose), control_id="1"), HL7)

    assert values_of(glucose) == {"GLU_R": "126"}


@pytest.mark.parametrize(
    ("result", "why", "words"),
    [
        (("RET", "1.2", "%"), WhyInTray.NO_CODE, ""),
        (("HGB", "124", "g/L"), WhyInTray.OTHER_UNIT, "g/dL"),
        (("HGB", "----", "g/dL"), WhyInTray.UNREADABLE, ""),
        (("HGB", "", "g/dL"), WhyInTray.UNREADABLE, ""),
        (("HGB", "-1", "g/dL"), WhyInTray.UNREADABLE, ""),
    ],
)
def test_what_does_not_fit_goes_to_the_tray_and_says_why(cbc, result, why, words):
    sent(astm(result, ("WBC", "7.2", ""), number=number_of(cbc)))

    assert tray() == [(result[0], why, words)]
    message = last_message()
    assert (message.status, message.entered_count, message.tray_count) == (MessageStatus.PARTLY, 1, 1)
    assert values_of(cbc) == {"TLC": "7.20"}


def test_an_unknown_tube_a_control_and_what_is_not_final_wait_in_the_tray(cbc):
    raw = astm(("HGB", "12.4", "g/dL"), number="QC-1")
    sent(raw)
    sent(raw.replace(b"|||||N\r", b"|||||Q\r"))
    sent(astm(("HGB", "12.4", "g/dL"), number=number_of(cbc)).replace(b"||F||", b"||P||"))

    assert [why for _code, why, _words in tray()] == [
        WhyInTray.NO_NUMBER,
        WhyInTray.CONTROL,
        WhyInTray.NOT_FINAL,
    ]
    assert last_message().status == MessageStatus.TRAY
    assert not values_of(cbc)


def test_what_was_not_ordered_waits_in_the_tray(encounter, bose, rajesh, tests, counter):
    (esr,) = received(encounter, bose, rajesh, tests["RETIC"])
    sent(astm(("HGB", "12.4", "g/dL"), number=number_of(esr)))
    assert tray() == [("HGB", WhyInTray.NOT_ORDERED, "")]


def test_a_rejected_tube_gives_no_result(cbc, rajesh):
    services.reject_specimen(
        specimen=Specimen.objects.get(pk=cbc.specimen_id),
        reason=RejectReason.CLOTTED,
        note="",
        request_key=uuid4(),
        actor=rajesh,
        at=timezone.now(),
    )
    sent(astm(("HGB", "12.4", "g/dL"), number=number_of(cbc)))
    assert tray() == [("HGB", WhyInTray.REJECTED, "")]


@pytest.mark.parametrize("how_far", ["verified", "authorised"])
def test_what_is_verified_or_authorised_is_never_touched(cbc, rajesh, farhana, how_far):
    enter(cbc, rajesh, HB="12.0")
    verify(cbc, rajesh, is_partial=True)
    if how_far == "authorised":
        cbc.refresh_from_db()
        authorise(cbc, farhana)

    sent(astm(("HGB", "12.4", "g/dL"), ("WBC", "7.2", ""), number=number_of(cbc)))

    assert [why for _code, why, _words in tray()] == [WhyInTray.TOO_LATE] * 2
    assert values_of(cbc) == {"HB": "12.0"}
    cbc.refresh_from_db()
    assert cbc.status == how_far


def test_another_value_is_never_overwritten_silently(cbc, rajesh):
    enter(cbc, rajesh, HB="12.0")
    sent(astm(("HGB", "12.4", "g/dL"), ("WBC", "7.2", ""), ("WBC", "9.9", ""), number=number_of(cbc)))

    assert tray() == [("HGB", WhyInTray.OTHER_VALUE, "12.0"), ("WBC", WhyInTray.OTHER_VALUE, "")]
    assert values_of(cbc) == {"HB": "12.0", "TLC": "7.20"}


# ── Keeping ──


def test_what_cannot_be_read_is_kept_and_says_what_is_wrong(chemistry, counter):
    bad = hl7(("GLU", "1", "")).replace(b"OBR|", b"NTE|")
    assert sent(bad, HL7) == (Verdict.WRONG, "a result (OBX) before its order (OBR)")
    message = last_message()
    assert (message.status, message.error) == (
        MessageStatus.REFUSED,
        "a result (OBX) before its order (OBR)",
    )
    assert sent(astm(("HGB", "1", ""), ends=""))[0] == Verdict.WRONG


def test_what_brings_nothing_is_answered_and_not_kept(chemistry, counter):
    assert sent(hl7(), HL7)[0] == sent(astm())[0] == Verdict.KEPT
    assert sent(hl7(kind="QRY^R02"), HL7)[0] == Verdict.REFUSED
    assert not AnalyserMessage.objects.exists()


def test_who_is_not_configured_is_not_heard(counter, chemistry):
    assert sent(astm(("HGB", "1", ""), sender=r"H|\^&|||OTHER")) == (Verdict.REFUSED, "unknown sender")
    assert sent(astm(("HGB", "1", "")), HL7)[0] == Verdict.REFUSED
    Analyser.objects.update(is_active=False)
    assert sent(astm(("HGB", "1", "")))[0] == Verdict.REFUSED
    assert not AnalyserMessage.objects.exists()


def test_a_sender_is_known_by_all_that_is_said_of_it(rims, sgml):
    named = make_analyser(rims, name="by name", codes={})
    at_port = make_analyser(rims, name="by port", sender="", port=2600, codes={})
    there = make_analyser(sgml, name="by address", address="10.0.0.7", codes={})

    def who(sender, address="10.0.0.1", port=2575):
        return queries.who_sends(WireProtocol.ASTM, sender=sender, address=address, port=port)

    assert who("xn-550") == named
    assert who("xn-550", port=2600) == named
    assert who("anything", port=2600) == at_port
    assert who("XN-550", address="10.0.0.7") == there
    assert who("anything") is None
    make_analyser(sgml, name="alike", port=2575, codes={})
    make_analyser(sgml, name="alike, too", address="10.0.0.9", codes={})
    assert who("XN-550") is None
    assert who("XN-550", address="10.0.0.9").name == "alike, too"


def test_an_analyser_of_one_hospital_is_not_taken_over_by_another(rims, sgml):
    ours = make_analyser(rims, name="ours", address="10.0.0.7", codes={})
    make_analyser(sgml, name="says more", port=2575, codes={})

    def who():
        return queries.who_sends(WireProtocol.ASTM, sender="XN-550", address="10.0.0.7", port=2575)

    assert who() == ours
    make_analyser(sgml, name="says all", address="10.0.0.7", port=2575, codes={})
    assert who() is None


def test_of_two_who_say_as_much_neither_is_believed(rims, sgml):
    make_analyser(rims, address="10.0.0.7", sender="", codes={})
    make_analyser(sgml, address="10.0.0.7", sender="", port=None, protocol=HL7, codes={})
    make_analyser(sgml, name="b", port=2575, sender="", codes={})
    make_analyser(rims, name="c", port=2576, sender="", codes={})
    assert queries.who_sends(WireProtocol.ASTM, sender="", address="10.0.0.8", port=2577) is None


def test_each_message_belongs_to_its_hospital_alone(cbc, sgml, esha):
    """The same number of a tube at another hospital is not this tube."""
    make_analyser(sgml, name="theirs", sender="GUMLA")
    raw = astm(("HGB", "12.4", "g/dL"), number=number_of(cbc), sender=r"H|\^&|||GUMLA")
    with scope.within(scope.NOBODY):
        sent(raw)

    assert tray() == [("HGB", WhyInTray.NO_NUMBER, "")]
    assert not values_of(cbc)
    assert queries.tray_of(esha).count() == 1
    assert UnmatchedResult.objects.get().facility == sgml


def test_it_works_with_the_rights_of_the_application(cbc, as_application):
    raw = astm(("HGB", "12.4", "g/dL"), ("X", "1", ""), number=number_of(cbc))
    with scope.within(scope.NOBODY):
        sent(raw)
    assert values_of(cbc) == {"HB": "12.4"}
    assert tray() == [("X", WhyInTray.NO_CODE, "")]


@pytest.mark.django_db(transaction=True)
def test_twenty_connections_with_the_same_message_keep_one(cbc):
    raw = astm(("HGB", "12.4", "g/dL"), number=number_of(cbc))

    outcomes = all_at_once([partial(sent, raw)] * 20)

    assert outcomes == [(Verdict.KEPT, "")] * 20
    assert last_message().times_received == 20
    assert last_message().status == MessageStatus.MATCHED
    assert AuditEntry.objects.filter(name="lab.analyser_message_taken").count() == 1


def test_a_message_that_breaks_the_matching_holds_up_no_other(cbc, monkeypatch):
    place = module._Bench.place

    def breaks(self, *, at):
        if self.results[0].value == "1":
            raise ZeroDivisionError
        return place(self, at=at)

    monkeypatch.setattr(module._Bench, "place", breaks)
    sent(astm(("HGB", "1", "g/dL"), number=number_of(cbc)))
    sent(astm(("HGB", "12.4", "g/dL"), number=number_of(cbc)))

    first, second = AnalyserMessage.objects.order_by("received_at")
    assert (first.status, first.error) == (
        MessageStatus.REFUSED,
        "could not be matched: ZeroDivisionError",
    )
    assert second.status == MessageStatus.MATCHED


def test_while_the_database_is_away_a_message_stays_and_is_taken_later(cbc, monkeypatch):
    def away(*_args, **_named):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(module, "enter_results", away)
        with pytest.raises(OperationalError):
            sent(astm(("HGB", "12.4", "g/dL"), number=number_of(cbc)))
    assert last_message().status == MessageStatus.STORED

    assert take_messages() == 1
    assert values_of(cbc) == {"HB": "12.4"}
    assert take_messages() == 0


def test_half_a_message_is_noted_at_its_analyser(counter):
    half = astm(("HGB", "1", ""), ends="")
    assert services.note_broken(
        protocol=WireProtocol.ASTM,
        raw=half,
        why="half a message",
        address="127.0.0.1",
        port=1,
        at=timezone.now(),
    )
    assert (last_message().status, last_message().error) == (MessageStatus.REFUSED, "half a message")
    assert take_messages() == 0


# ── The tray ──


def test_a_value_finds_its_place_once_the_tube_is_received(encounter, bose, rajesh, tests, counter):
    (one,) = order(encounter, bose, tests["CBC"], urgent=True)
    (tube,) = collect(encounter, [one], rajesh)
    sent(astm(("HGB", "12.4", "g/dL"), number=tube.accession_number))
    assert tray() == [("HGB", WhyInTray.NOT_RECEIVED, "")]
    assert take_messages() == 0

    services.receive_specimens(specimens=[tube], actor=rajesh, at=timezone.now())

    assert take_messages() == 1
    assert values_of(one) == {"HB": "12.4"}
    row = UnmatchedResult.objects.get()
    assert (row.status, row.order, row.answered_by) == (TrayStatus.ASSIGNED, one, None)


def test_a_code_put_right_takes_what_waited_for_it(cbc, counter, farhana):
    sent(astm(("RBC", "4.1", "10*6/uL"), ("IMI#", "0", ""), number=number_of(cbc)))
    assert len(tray()) == 2

    for code, meant in (("RBC", ("RBC",)), ("IMI#", ())):
        services.set_code(
            analyser=counter,
            meaning=Meaning(code, meant),
            request_key=uuid4(),
            actor=farhana,
            at=timezone.now(),
        )

    assert values_of(cbc) == {"RBC": "4.10"}
    assigned, discarded = UnmatchedResult.objects.order_by("position")
    assert (assigned.status, assigned.answered_by) == (TrayStatus.ASSIGNED, None)
    assert (discarded.status, discarded.answered_by) == (TrayStatus.DISCARDED, farhana)


def test_what_still_does_not_fit_says_the_new_reason(cbc, counter, farhana):
    sent(astm(("NEW", "4.1", "g/L"), number=number_of(cbc)))
    services.set_code(
        analyser=counter,
        meaning=Meaning("NEW", ("RBC",)),
        request_key=uuid4(),
        actor=farhana,
        at=timezone.now(),
    )
    assert tray() == [("NEW", WhyInTray.OTHER_UNIT, "10*6/uL")]


def test_a_person_assigns_a_value_to_a_tube_and_it_takes_the_place_of_another(cbc, rajesh):
    enter(cbc, rajesh, HB="12.0")
    sent(astm(("HGB", "12.4", "g/dL"), number=number_of(cbc)))

    row = services.assign_result(
        result=waiting(),
        accession_number=f" {number_of(cbc).lower()} ",
        analyte_code="HB",
        actor=rajesh,
        at=timezone.now(),
    )

    assert values_of(cbc) == {"HB": "12.4"}
    assert (row.status, row.order_id, row.answered_by) == (TrayStatus.ASSIGNED, cbc.pk, rajesh)
    assert AuditEntry.objects.filter(name="lab.tray_result_entered", actor=rajesh).count() == 1


def test_what_cannot_be_assigned_says_why_and_waits(cbc, rajesh, farhana):
    sent(astm(("HGB", "124", "g/L"), number="Y990000001"))
    row = waiting()

    def refused(match, number=number_of(cbc), code="HB"):
        with pytest.raises(Refusal, match=match):
            services.assign_result(
                result=row, accession_number=number, analyte_code=code, actor=rajesh, at=timezone.now()
            )

    refused("no tube here has this number", number="Y990000001")
    refused("not ordered for this tube", code="K")
    refused("sent g/L, Haemoglobin is in g/dL")
    UnmatchedResult.objects.update(unit="", value="?")
    refused(r"\? cannot be a result of Haemoglobin")
    UnmatchedResult.objects.update(value="12.4")
    enter(cbc, rajesh, PLT="150")
    verify(cbc, rajesh, is_partial=True)
    refused("verified already")
    assert waiting() == row


def test_a_value_is_put_away_with_a_reason_once(cbc, rajesh):
    sent(astm(("HGB", "12.4", "g/dL"), number="QC-1"))
    row = waiting()
    with pytest.raises(Refusal, match="Say why in words"):
        services.discard_result(result=row, reason=DiscardReason.OTHER, actor=rajesh, at=timezone.now())

    services.discard_result(result=row, reason=DiscardReason.CONTROL, actor=rajesh, at=timezone.now())

    row.refresh_from_db()
    assert (row.status, row.discard_reason, row.answered_by) == (
        TrayStatus.DISCARDED,
        DiscardReason.CONTROL,
        rajesh,
    )
    with pytest.raises(Refusal, match="Somebody else has answered this"):
        services.discard_result(result=row, reason=DiscardReason.CONTROL, actor=rajesh, at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_answer_one_value_one_does(cbc, rajesh):
    sent(astm(("HGB", "12.4", "g/dL"), number="Y990000001"))
    row = waiting()
    assigning = partial(
        services.assign_result,
        result=row,
        accession_number=number_of(cbc),
        analyte_code="HB",
        actor=rajesh,
        at=timezone.now(),
    )
    discarding = partial(
        services.discard_result,
        result=row,
        reason=DiscardReason.REPEATED,
        actor=rajesh,
        at=timezone.now(),
    )

    outcomes = all_at_once([assigning, discarding] * 5)

    assert sum(isinstance(one, UnmatchedResult) for one in outcomes) == 1
    assert sum(isinstance(one, Refusal) for one in outcomes) == 9


def test_after_three_days_nothing_finds_its_place_by_itself(cbc, counter):
    sent(astm(("NEW", "4.1", ""), number=number_of(cbc)), at=timezone.now() - timedelta(days=4))
    make_code(counter, "NEW", "RBC")
    assert take_messages() == 0
    assert not values_of(cbc)


# ── Setting up ──


def test_an_analyser_is_added_once_and_edited(farhana, rims):
    key, said = uuid4(), Instrument("BC-5000", Section.HAEMATOLOGY, HL7, sender="Mindray", port=2575)
    first, second = (
        services.add_analyser(instrument=said, request_key=key, actor=farhana, at=timezone.now())
        for _ in range(2)
    )
    assert first == second == Analyser.objects.get()
    assert first.facility == rims

    edited = services.edit_analyser(
        analyser=first,
        instrument=Instrument("BC-5150", Section.HAEMATOLOGY, HL7, address="10.0.0.7"),
        is_active=False,
        actor=farhana,
        at=timezone.now(),
    )
    assert (edited.name, edited.sender, edited.address, edited.is_active) == (
        "BC-5150",
        "",
        "10.0.0.7",
        False,
    )


def test_an_analyser_that_could_be_another_is_refused(farhana, counter):
    with pytest.raises(Refusal, match="known by the same name"):
        services.add_analyser(
            instrument=Instrument("Second", Section.HAEMATOLOGY, WireProtocol.ASTM, sender="XN-550"),
            request_key=uuid4(),
            actor=farhana,
            at=timezone.now(),
        )


def test_a_code_is_said_said_anew_and_removed(farhana, counter, tests):
    def say(analyte_code, key=None):
        return services.set_code(
            analyser=counter,
            meaning=Meaning("RBC", (analyte_code,)),
            request_key=key or uuid4(),
            actor=farhana,
            at=timezone.now(),
        )

    key = uuid4()
    first = say("RBC", key)
    assert say("RBC", key) == first
    assert say("PCV") == first
    assert AnalyserCode.objects.get(code="RBC").analyte_codes == ["PCV"]
    with pytest.raises(Refusal, match="no result NONE"):
        say("NONE")
    for _ in range(2):
        services.remove_code(code=first, actor=farhana, at=timezone.now())
    assert not queries.codes_of(counter).filter(code="RBC").exists()
    assert say("RBC") != first
