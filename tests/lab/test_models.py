"""Each rule of the tables refuses what it should; the list is loaded once."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from billing.models import ChargeItemDefinition
from lab.models import (
    AnalyteDefinition,
    CriticalAcknowledgement,
    CriticalEscalation,
    CriticalLimit,
    DeltaLimit,
    LaboratorySetting,
    ReferenceRange,
    ServiceRequest,
    Specimen,
    TestDefinition,
)
from lab.services import answer_control
from lab.states import OrderStatus
from tests.conftest import NOON
from tests.factories.constraints import again, rule_broken_by, rules_of
from tests.factories.lab import (
    authorise,
    enter,
    load_list,
    make_control_level,
    order,
    received,
    run_controls,
    verify,
)
from tests.lab.test_analyser_rules import RULES as ANALYSERS

CANCELLED = {"status": OrderStatus.CANCELLED, "cancelled_at": NOON, "cancel_reason": "mistake"}


@pytest.fixture
def cbc(encounter, bose, tests):
    return order(encounter, bose, tests["CBC"])[0]


@pytest.fixture
def tsh(encounter, bose, tests):
    return order(encounter, bose, tests["TSH"])[0]


def of_an_order(cbc, tsh, bose, tests):
    other = {"charge_item_id": None, "uncharged": "no_price"}
    nobody = {"requester_id": None, "requester_name": ""}
    by_bose = CANCELLED | {"cancelled_by_id": bose.pk}
    verified = {"verified_by_id": bose.pk, "verified_at": NOON}
    return {
        "test_is_ordered_once_a_day": (cbc, other),
        "charge_is_of_one_order": (cbc, {"test_id": tests["MRI"].pk}),
        "order_is_charged_or_says_why_not": (tsh, {"uncharged": ""}),
        "order_is_somebodys": (tsh, nobody),
        "cancelled_order_says_by_whom_and_why": (tsh, CANCELLED),
        "another_reason_is_said_in_words": (tsh, by_bose | {"cancel_reason": "other"}),
        "verified_order_says_by_whom": (tsh, {"status": "verified"}),
        "authorised_order_says_when": (tsh, {"status": "authorised"} | verified),
        "held_order_says_by_whom_and_why": (tsh, {"held_at": NOON}),
        "other_hold_is_said_in_words": (
            tsh,
            {"held_at": NOON, "held_by_id": bose.pk, "hold_reason": "other"},
        ),
    }


def of_the_catalogue(cbc):
    hb, mps = (AnalyteDefinition.objects.get(code=code) for code in ("HB", "MPS"))
    band, limit = (
        model.objects.filter(analyte_code="HB").first() for model in (ReferenceRange, CriticalLimit)
    )
    new, key = {"key": "NEW", "code": "NEW"}, {"key": "NEW"}
    backwards = {"valid_from": NOON.date(), "valid_till": NOON.date() - timedelta(days=1)}
    return {
        "test_key_is_unique": (cbc, {"code": "NEW"}),
        "test_code_is_unique": (cbc, key),
        "test_code_is_capitals": (cbc, {"key": "new", "code": "new"}),
        "test_loinc_code_has_its_shape": (cbc, new | {"loinc_code": "718"}),
        "test_has_a_source": (cbc, new | {"source": ""}),
        "analyte_key_is_unique": (hb, {"code": "NEW"}),
        "analyte_code_is_unique": (hb, key),
        "analyte_chooses_among_choices": (mps, new | {"choices": ["one"]}),
        "analyte_has_a_source": (hb, new | {"source": ""}),
        "reference_range_key_is_unique": (band, {}),
        "range_ends_after_it_begins": (band, key | {"age_from_days": 30, "age_to_days": 30}),
        "range_low_is_below_high": (band, key | {"low": 5, "high": 4}),
        "critical_limit_key_is_unique": (limit, {}),
        "critical_limit_limits_something": (limit, key | {"low": None, "high": None, "text_rule": ""}),
        "delta_limit_key_is_unique": (DeltaLimit.objects.first(), {}),
        "range_is_valid_for_a_time": (band, key | backwards),
        "critical_limit_is_valid_for_a_time": (limit, key | backwards),
        "delta_limit_is_valid_for_a_time": (DeltaLimit.objects.first(), key | backwards),
    }


def of_results(encounter, bose, rajesh, farhana, test, imaging):
    (xray,) = order(encounter, bose, imaging)
    (one,) = received(encounter, bose, rajesh, test)
    enter(one, rajesh, NA="101")
    (line,) = one.lines.all()
    verify(one, rajesh)
    report, specimen = authorise(one, farhana), Specimen.objects.get()
    here = {"facility_id": one.facility_id}
    setting = LaboratorySetting.objects.create(**here)
    escalation = CriticalEscalation.objects.create(**here, line=line, value="101", step=1, at=NOON)
    heard = CriticalAcknowledgement.objects.create(
        **here, line=line, value="101", acknowledged_by=bose, recorded_by=bose, at=NOON, waited=60
    )
    number = {"accession_number": "Y269999999"}
    rejected = number | {"status": "rejected", "rejected_at": NOON, "rejected_by_id": rajesh.pk}
    return {
        "accession_number_is_given_once": (specimen, {}),
        "received_specimen_says_by_whom": (specimen, number | {"received_by_id": None}),
        "rejected_specimen_says_why": (specimen, rejected),
        "other_rejection_is_said_in_words": (specimen, rejected | {"reject_reason": "other"}),
        "order_has_one_result_of_an_analyte": (line, {}),
        "critical_result_says_since_when": (line, {"flag": "HH", "critical_at": None}),
        "empty_result_has_no_flag": (line, {"value": ""}),
        "report_version_is_given_once": (report, {}),
        "report_is_authorised_by_another": (report, {"authorised_by_id": rajesh.pk}),
        "one_signature_is_one_persons": (report, {"order_id": xray.pk, "is_signed_by_one": True}),
        "amended_report_says_why": (report, {"version": 2}),
        "critical_value_is_answered_once": (heard, {}),
        "critical_value_is_answered_by_somebody": (heard, {"told_to": "Sister"}),
        "critical_value_escalates_once_a_step": (escalation, {}),
        "escalation_has_a_step": (escalation, {"step": 0}),
        "critical_value_waits_a_while": (setting, {"critical_minutes": 4}),
        "isi_is_a_factor": (setting, {"isi": 9}),
    }


def of_controls(rims, rajesh, farhana):
    level = make_control_level(rims, farhana, "NA")
    (control,) = run_controls(rajesh, (level, "160"))
    answer = answer_control(control=control, done="x", request_key=uuid4(), actor=farhana, at=NOON)
    other = {"level": 2}
    return {
        "control_level_has_one_lot_in_use": (level, {}),
        "control_level_is_of_a_section_with_controls": (level, other | {"section": "imaging"}),
        "control_level_is_one_two_or_three": (level, {"level": 4}),
        "control_level_has_a_width": (level, other | {"sd": 0}),
        "control_lot_has_a_number": (level, other | {"lot": ""}),
        "control_lot_expires_after_it_begins": (level, other | {"valid_till": date(2020, 1, 1)}),
        "ended_control_level_says_by_whom": (level, {"ended_at": NOON}),
        "level_is_once_in_a_run": (control, {}),
        "rejected_control_breaks_a_rule": (control, {"run": uuid4(), "rules": []}),
        "answer_says_what_was_done": (answer, {"done": ""}),
    }


def test_each_rule_of_the_tables_is_broken_once(cbc, tsh, encounter, bose, rajesh, farhana, rims, tests):
    breaks = {
        **of_an_order(cbc, tsh, bose, tests),
        **of_the_catalogue(tests["CBC"]),
        **of_results(encounter, bose, rajesh, farhana, tests["NA"], tests["XRCH"]),
        **of_controls(rims, rajesh, farhana),
    }

    for rule, (row, changes) in breaks.items():
        repeated = {"repeat": 1} if row is tsh else {}
        assert rule_broken_by(again, row, **repeated | changes) == rule
    # Form F's are tried in test_form_f.py.
    elsewhere = ANALYSERS | {rule for rule in rules_of("lab") if "form_f" in rule}
    assert set(breaks) | elsewhere == rules_of("lab")


def test_a_charge_already_given_stays(cbc, as_application):
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceRequest.objects.filter(pk=cbc.pk).update(uncharged="no_price")


def test_what_was_ordered_is_not_rewritten_nor_deleted(cbc, tests, as_application):
    for act in (
        lambda: ServiceRequest.objects.filter(pk=cbc.pk).update(test=tests["LFT"]),
        lambda: ServiceRequest.objects.filter(pk=cbc.pk)._raw_delete("default"),
    ):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            act()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM lab_servicerequest")
        assert cursor.fetchone() == (1,)


def test_the_list_is_loaded_once_and_edited_rows_are_kept(db):
    load_list()
    tests = {one.code: one for one in TestDefinition.objects.select_related("service")}
    assert len(tests) == 160
    assert all(one.service for one in tests.values())
    assert tests["K"].service.code == "K-SERUM"
    assert tests["CBC"].routine_minutes > tests["CBC"].urgent_minutes
    assert tests["XRCH"].is_imaging
    assert not tests["CBC"].is_imaging
    TestDefinition.objects.filter(code="CBC").update(name="Blood picture", service=None)

    call_command("load_tests", verbosity=0)

    cbc = TestDefinition.objects.get(code="CBC")
    assert (cbc.name, cbc.service) == ("Blood picture", ChargeItemDefinition.objects.get(code="CBC"))
    assert TestDefinition.objects.count() == 160
