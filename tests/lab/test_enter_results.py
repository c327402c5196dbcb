"""Values are entered, flagged for this patient, calculated; nobody overwrites another silently."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from time import monotonic
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from hmis.kernel.models import AuditEntry
from lab.models import DeltaLimit, LaboratorySetting, ReferenceRange, ResultLine, ServiceRequest
from lab.services import Entry, enter_results
from lab.states import Flag, OrderStatus, Pregnancy, ResultOrigin
from patients.models import ContentApproval, Patient
from patients.services.content import note_edition
from tests.conftest import NOON
from tests.factories.lab import (
    authorise,
    collect,
    enter,
    make_technician,
    order,
    received,
    reported,
    verify,
)
from tests.factories.parallel import all_at_once


@pytest.fixture
def cbc(encounter, bose, rajesh, tests, asha):
    Patient.objects.filter(pk=asha.pk).update(sex="female", birth_date=date(1990, 1, 1))
    return received(encounter, bose, rajesh, tests["CBC"])[0]


def values_of(one):
    return {
        line.analyte.code: line.value
        for line in ResultLine.objects.filter(order=one).select_related("analyte")
    }


def line_of(one, code):
    return ResultLine.objects.get(order=one, analyte__code=code)


def test_a_value_is_flagged_by_the_range_of_this_patient_and_says_it_is_not_approved(cbc, rajesh):
    done = enter(cbc, rajesh, HB="9.4", PLT="150")

    assert not done.refused
    line = line_of(cbc, "HB")
    assert (line.value, line.number, line.flag) == ("9.4", Decimal("9.4"), Flag.LOW)
    assert (line.low, line.high, line.unit) == (12, 16, "g/dL")
    assert not line.is_approved
    cbc.refresh_from_db()
    assert cbc.status == OrderStatus.RESULTED
    assert AuditEntry.objects.get(name="lab.results_entered").detail["lines"] == 2


def test_a_range_that_the_hospital_approved_says_so(cbc, rajesh, farhana, rims):
    for row in ReferenceRange.objects.filter(analyte_code="HB"):
        ContentApproval.objects.create(
            facility=rims,
            kind=row.kind,
            row_id=row.pk,
            digest=row.digest(),
            approved_by=farhana,
            approved_at=NOON,
        )

    enter(cbc, rajesh, HB="13.0")

    assert line_of(cbc, "HB").is_approved


def test_a_new_range_is_for_specimens_from_its_day_on(encounter, bose, rajesh, tests, asha):
    Patient.objects.filter(pk=asha.pk).update(sex="female", birth_date=date(1990, 1, 1))
    row = ReferenceRange.objects.get(analyte_code="PLT", age_from_days__lte=13_000, age_to_days__gt=13_000)
    (before,) = received(encounter, bose, rajesh, tests["PLT"], at=NOON - timedelta(days=1))
    (after,) = received(encounter, bose, rajesh, tests["PLT"], at=NOON)
    ReferenceRange.objects.filter(pk=row.pk).update(valid_till=NOON.date() - timedelta(days=1))
    row.pk, row.key, row.valid_from, row.low = uuid4(), f"{row.key}new", NOON.date(), row.low + 7
    row.save(force_insert=True)
    note_edition(ReferenceRange.kind, at=NOON)

    enter(before, rajesh, PLT="200")
    enter(after, rajesh, PLT="200")

    assert line_of(after, "PLT").low - line_of(before, "PLT").low == 7


def test_pregnancy_at_collection_decides_the_range(encounter, bose, rajesh, tests, asha):
    Patient.objects.filter(pk=asha.pk).update(sex="female", birth_date=date(1998, 1, 1))
    (one,) = received(encounter, bose, rajesh, tests["HB"], pregnancy=Pregnancy.YES)

    enter(one, rajesh, HB="11.2")

    assert (line_of(one, "HB").flag, line_of(one, "HB").low) == (Flag.NORMAL, 11)


def test_what_follows_is_calculated_and_nothing_else(cbc, rajesh):
    enter(cbc, rajesh, HB="10.0", RBC="5.00", PCV="40.0")

    assert {code: values_of(cbc)[code] for code in ("MCV", "MCH", "MCHC")} == {
        "MCV": "80.0",
        "MCH": "20.0",
        "MCHC": "25.0",
    }
    assert line_of(cbc, "MCV").origin == ResultOrigin.CALCULATED
    before = line_of(cbc, "MCV").rev
    enter(cbc, rajesh, PLT="200")
    assert line_of(cbc, "MCV").rev == before
    enter(cbc, rajesh, PCV="30.0")
    assert values_of(cbc)["MCV"] == "60.0"
    assert values_of(cbc)["MCH"] == "20.0"


def test_a_calculated_value_goes_when_its_input_goes(cbc, rajesh):
    enter(cbc, rajesh, RBC="5.00", PCV="40.0")
    enter(cbc, rajesh, PCV="")

    assert values_of(cbc)["MCV"] == ""
    assert line_of(cbc, "MCV").number is None


def test_an_emptied_box_is_calculated_again(cbc, rajesh):
    enter(cbc, rajesh, HB="13.5", RBC="5.00", MCH="abc")
    assert values_of(cbc)["MCH"] == "27.0"

    enter(cbc, rajesh, MCH="")

    assert values_of(cbc)["MCH"] == "27.0"
    enter(cbc, rajesh, MCH="28.0")
    assert values_of(cbc)["MCH"] == "28.0"


def test_what_an_analyser_measured_is_not_calculated_over(cbc, rajesh):
    entries = [
        Entry(cbc.pk, code, value) for code, value in (("MCV", "88.1"), ("RBC", "5.00"), ("PCV", "40.0"))
    ]

    enter_results(entries=entries, origin=ResultOrigin.ANALYSER, actor=None, at=NOON)

    assert values_of(cbc)["MCV"] == "88.1"
    assert line_of(cbc, "RBC").origin == ResultOrigin.ANALYSER
    assert line_of(cbc, "RBC").entered_by is None


def test_an_inr_is_calculated_where_the_reagents_index_is_said(encounter, bose, rajesh, tests, rims):
    (one,) = received(encounter, bose, rajesh, tests["PTINR"])
    enter(one, rajesh, PT="24", PT_CTRL="12")
    assert "INR" not in values_of(one)
    LaboratorySetting.objects.create(facility=rims, isi=Decimal("1.0"))

    enter(one, rajesh, PT="24.1")

    assert values_of(one)["INR"] == "2.01"


def test_each_entry_stands_for_itself(cbc, rajesh):
    done = enter(cbc, rajesh, HB="abc", PLT="210", NA="140", TLC='"><img src=x onerror=alert(1)>')

    assert values_of(cbc) == {"PLT": "210"}
    assert {code for _order, code in done.refused} == {"HB", "NA", "TLC"}
    assert "is a number" in done.refused[cbc.pk, "HB"]


def test_an_aadhaar_number_is_no_comment(cbc, rajesh):
    entry = Entry(cbc.pk, "HB", "12.0", None, "2341 2341 2346")
    done = enter_results(entries=[entry], actor=rajesh, at=NOON)

    assert done.refused
    assert not ResultLine.objects.exists()


@pytest.mark.parametrize("origin", [ResultOrigin.TYPED, ResultOrigin.ANALYSER])
def test_a_value_that_says_no_comment_leaves_the_one_that_stands(cbc, rajesh, origin):
    enter_results(entries=[Entry(cbc.pk, "HB", "12.0", None, "clumps seen")], actor=rajesh, at=NOON)
    rev = line_of(cbc, "HB").rev

    done = enter_results(entries=[Entry(cbc.pk, "HB", "12.0", rev)], origin=origin, actor=rajesh, at=NOON)
    assert done.lines == []
    enter_results(entries=[Entry(cbc.pk, "HB", "12.4", rev)], origin=origin, actor=rajesh, at=NOON)
    line = line_of(cbc, "HB")
    assert (line.value, line.comment) == ("12.4", "clumps seen")

    enter_results(entries=[Entry(cbc.pk, "HB", "12.4", line.rev, "")], origin=origin, actor=rajesh, at=NOON)
    assert line_of(cbc, "HB").comment == ""


def test_sent_twice_it_is_entered_once(cbc, rajesh):
    entries = [Entry(cbc.pk, "HB", "12.0"), Entry(cbc.pk, "PLT", "200")]
    enter_results(entries=entries, actor=rajesh, at=NOON)

    again = enter_results(entries=entries, actor=rajesh, at=NOON)

    assert (again.lines, again.refused) == ([], {})
    assert set(ResultLine.objects.values_list("rev", flat=True)) == {0}


def test_a_stale_value_is_refused_by_itself_and_says_who_was_there(cbc, rajesh, rims):
    enter(cbc, rajesh, HB="12.0")
    vinod = make_technician(rims, "Vinod")
    enter(cbc, vinod, HB="11.0")

    done = enter_results(
        entries=[Entry(cbc.pk, "HB", "12.5", rev=0), Entry(cbc.pk, "PLT", "200")], actor=rajesh, at=NOON
    )

    assert "Vinod entered 11.0" in done.refused[cbc.pk, "HB"]
    assert values_of(cbc) == {"HB": "11.0", "PLT": "200"}


@pytest.mark.django_db(transaction=True)
def test_twenty_technicians_never_overwrite_each_other_silently(cbc, rims):
    people = [make_technician(rims, f"T{n}") for n in range(20)]

    def put(n):
        return enter_results(entries=[Entry(cbc.pk, "HB", f"{10 + n}.0")], actor=people[n], at=NOON)

    outcomes = all_at_once([partial(put, n) for n in range(20)])

    assert Counter(bool(one.refused) for one in outcomes) == {False: 1, True: 19}
    (kept,) = [one.lines[0].value for one in outcomes if one.lines]
    assert values_of(cbc) == {"HB": kept}


@pytest.mark.django_db(transaction=True)
def test_two_who_save_many_orders_crosswise_do_not_lock_each_other_out(encounter, bose, rajesh, tests, rims):
    many = received(encounter, bose, rajesh, tests["CBC"], tests["LFT"], tests["KFT"], tests["TSH"])
    codes = {"CBC": "HB", "LFT": "TBIL", "KFT": "UREA", "TSH": "TSH"}
    entries = [Entry(one.pk, codes[one.test.code], "5") for one in many]

    outcomes = all_at_once(
        [
            partial(enter_results, entries=some, actor=make_technician(rims, f"V{n}"), at=NOON)
            for n, some in enumerate((entries, entries[::-1]) * 5)
        ]
    )

    assert all(not isinstance(one, Exception) for one in outcomes)
    assert ResultLine.objects.filter(value__startswith="5").count() == 4


def test_what_is_not_received_or_verified_takes_no_value(encounter, bose, rajesh, tests, farhana):
    (waiting,) = order(encounter, bose, tests["TSH"], urgent=True)
    assert "not received" in enter(waiting, rajesh, TSH="2.0").refused[waiting.pk, "TSH"]
    collect(encounter, [waiting], rajesh)
    assert "not received" in enter(waiting, rajesh, TSH="2.0").refused[waiting.pk, "TSH"]
    (lft,) = received(encounter, bose, rajesh, tests["LFT"])
    enter(lft, rajesh, TBIL="1.0")
    verify(lft, rajesh, is_partial=True)
    assert "opened first" in enter(lft, rajesh, TBIL="1.1").refused[lft.pk, "TBIL"]


def test_an_order_of_nowhere_is_refused(cbc, rajesh):
    done = enter_results(entries=[Entry(uuid4(), "HB", "12")], actor=rajesh, at=NOON)

    assert len(done.refused) == 1


def test_a_stranger_writes_nothing(cbc, sgml):
    done = enter(cbc, make_technician(sgml, "Vinod"), HB="12.0")

    assert done.refused
    assert not ResultLine.objects.exists()


def test_the_database_keeps_an_authorised_value(cbc, rajesh, farhana):
    enter(cbc, rajesh, HB="12.0")
    verify(cbc, rajesh, is_partial=True)
    authorise(cbc, farhana)

    with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
        ResultLine.objects.filter(order=cbc).update(value="1.0")


def test_a_change_is_marked_only_by_a_limit_that_the_hospital_approved(
    encounter, bose, rajesh, farhana, tests, rims
):
    reported(encounter, bose, rajesh, farhana, tests["ELEC"], at=NOON - timedelta(days=2), NA="140")
    (one,) = received(encounter, bose, rajesh, tests["ELEC"], at=NOON)
    enter(one, rajesh, at=NOON, NA="120")
    assert line_of(one, "NA").delta == ""
    row = DeltaLimit.objects.get(analyte_code="NA", delta_kind="absolute")
    ContentApproval.objects.create(
        facility=rims,
        kind=row.kind,
        row_id=row.pk,
        digest=row.digest(),
        approved_by=farhana,
        approved_at=NOON,
    )

    enter(one, rajesh, at=NOON, NA="121")

    assert line_of(one, "NA").delta == "-19"


def test_fifty_results_are_saved_within_a_second_and_ask_little(
    encounter, bose, rajesh, tests, django_assert_max_num_queries
):
    many = []
    for n in range(5):
        many += received(encounter, bose, rajesh, tests["CBC"], at=NOON + timedelta(days=n))
    codes = [code for code in tests["CBC"].members if code not in ("MCV", "MCH", "MCHC")]
    entries = [Entry(one.pk, code, "15") for one in many for code in [*codes, "MCV", "MCH", "MCHC"]]
    assert len(entries) == 50

    began = monotonic()
    with django_assert_max_num_queries(30):
        done = enter_results(entries=entries, actor=rajesh, at=NOON)
    assert monotonic() - began < 3  # it takes a tenth; one slow commit is no fault

    assert len(done.lines) == 50
    assert ServiceRequest.objects.filter(status=OrderStatus.RESULTED).count() == 5


# ── Asked before it is taken ──


def asked_of(cbc, rajesh, **said):
    return enter_results(entries=[Entry(cbc.pk, **said)], actor=rajesh, at=NOON)


def test_a_thousandfold_count_is_asked_about_and_nothing_is_written(cbc, rajesh):
    done = enter(cbc, rajesh, TLC="8000", PLT="15000", HB="9.4")

    assert done.asked == {(cbc.pk, "TLC"), (cbc.pk, "PLT")}
    assert done.refused[cbc.pk, "TLC"] == "8000 ×10³/µL? Did you mean 8.00 ×10³/µL?"
    assert done.refused[cbc.pk, "PLT"] == "15000 ×10³/µL? Did you mean 15 ×10³/µL?"
    assert values_of(cbc) == {"HB": "9.4"}


def test_a_count_in_lakhs_is_asked_about_with_what_it_would_be_in_the_unit_of_the_box(cbc, rajesh):
    done = enter(cbc, rajesh, PLT="1.5", TLC="0.08", RBC="45")

    assert done.refused == {
        (cbc.pk, "PLT"): "1.5 ×10³/µL? Did you mean 150 ×10³/µL?",
        (cbc.pk, "TLC"): "0.08 ×10³/µL? Did you mean 8.00 ×10³/µL?",
        (cbc.pk, "RBC"): "45 ×10⁶/µL? Did you mean 4.50 ×10⁶/µL?",
    }
    assert done.asked == set(done.refused)
    # Few they may be, in truth: whoever means it says so once.
    asked = enter(cbc, rajesh, PLT="8")
    assert asked.refused[cbc.pk, "PLT"] == "8 ×10³/µL? Look at the unit once more."
    assert not asked_of(cbc, rajesh, analyte_code="PLT", value="8", is_confirmed=True).refused
    line = line_of(cbc, "PLT")
    assert (line.value, line.flag, line.is_confirmed) == ("8", Flag.CRITICAL_LOW, True)
    assert not enter(cbc, rajesh, PLT="8").refused


def test_what_was_asked_and_answered_is_taken_and_stays_marked(cbc, rajesh):
    done = asked_of(cbc, rajesh, analyte_code="PLT", value="1200", is_confirmed=True)

    assert not done.refused
    line = line_of(cbc, "PLT")
    assert (line.value, line.flag, line.is_confirmed) == ("1200", Flag.CRITICAL_HIGH, True)

    # The same once more asks nothing; another value is asked about by itself, a usual one bears no mark.
    assert not enter(cbc, rajesh, PLT="1200").refused
    assert enter(cbc, rajesh, PLT="1300").asked
    enter(cbc, rajesh, PLT="120")
    assert not line_of(cbc, "PLT").is_confirmed


def test_a_confirmation_that_nobody_asked_for_marks_nothing(cbc, rajesh):
    asked_of(cbc, rajesh, analyte_code="PLT", value="200", is_confirmed=True)

    assert not line_of(cbc, "PLT").is_confirmed


def test_the_question_needs_no_age(cbc, rajesh, asha):
    Patient.objects.filter(pk=asha.pk).update(birth_date=None)

    assert enter(cbc, rajesh, TLC="8000").asked
    assert enter(cbc, rajesh, RBC="80").asked


def test_what_an_analyser_sends_is_asked_of_nobody(cbc):
    entry = Entry(cbc.pk, "PLT", "1200")

    assert not enter_results(entries=[entry], origin=ResultOrigin.ANALYSER, actor=None, at=NOON).refused
