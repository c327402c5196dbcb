"""A rule that people's input can break says so in words of its own."""

import pytest
from django.utils.translation import override

from tests.architecture.test_models import MODELS

RULES = [(model, rule) for model in MODELS for rule in model._meta.constraints]

# Why no input reaches a rule that has no words: whoever reads one of these has met a fault of the program.
UNREACHED = {
    "The act takes the number or draws the key itself.": """
        accession_number_is_given_once admission_has_a_number birth_number_is_given_once
        certificate_has_a_number certificate_number_is_given_once credit_note_number_is_given_once
        death_has_a_number death_number_is_given_once discharge_number_is_given_once
        display_key_opens_one_display invoice_number_is_given_once ipd_number_is_given_once
        medico_legal_case_has_a_number medico_legal_number_is_given_once operation_has_a_number
        operation_number_is_given_once paper_check_key_is_unique receipt_number_is_given_once
        refund_voucher_number_is_given_once request_key_is_used_once session_key_is_unique
        token_is_given_once_a_day token_starts_at_one uhid_has_eleven_digits uhid_is_given_once
    """,
    "The act writes who, when and why together with the status.": """
        accepted_admission_request_says_who approval_is_withdrawn_by_somebody assigned_value_has_an_order
        authorised_order_says_when cancelled_order_says_by_whom_and_why cancelled_report_run_says_by_whom
        casualty_is_left_in_some_way correction_says_by_whom_and_why discarded_value_says_by_whom_and_why
        discharge_that_is_begun_says_how_and_by_whom display_is_revoked_by_somebody
        ended_control_level_says_by_whom held_order_says_by_whom_and_why
        issue_is_answered_by_somebody number_written_later_says_by_whom
        order_is_charged_or_says_why_not received_specimen_says_by_whom
        rejected_specimen_says_why report_run_that_is_over_says_when shift_is_closed_by_a_count
        signed_consultation_says_when signed_medicine_says_by_whom_and_when
        signed_note_says_by_whom_and_when tests_are_named_when_sent verified_order_says_by_whom
        waiting_value_is_not_answered whoever_is_discharged_has_left_the_bed
        withdrawn_death_says_by_whom_and_why
        merge_says_why record_is_not_joined_to_itself undone_merge_says_by_whom_and_why
    """,
    "It compares moments of acts, not of people.": """
        care_team_ends_after_it_begins hold_ends_after_it_begins
        leave_ends_after_it_begins medicine_ends_after_it_begins message_was_looked_at_some_time
        step_takes_no_time_back
    """,
    "An act that has waited goes on from where the other ended.": """
        bed_stay_ends_after_it_begins
    """,
    "The act reckons it from what it has read and checked.": """
        birth_counts_from_one charge_lets_off_no_more_than_it_asks code_is_of_an_ingredient
        credit_note_is_not_negative critical_result_says_since_when death_is_on_file each_vital_once_in_a_set
        empty_result_has_no_flag escalation_has_a_step exemption_has_a_reason exemption_lets_something_off
        intern_signs_no_note invoice_total_is_not_negative ledger_entry_moves_something level_is_once_in_a_run
        medicine_is_written_out news2_is_at_most_twenty nobody_bears_themselves
        payment_is_for_invoice_or_deposit quantity_has_its_unit refund_request_is_about_one_thing
        registrar_is_told_of_one rejected_control_breaks_a_rule
    """,
    "The act has locked, or looked for, the one that may be there.": """
        charge_is_invoiced_once charge_is_of_one_order critical_value_escalates_once_a_step
        encounter_has_one_deposit_account issue_is_raised_once_a_line ledger_is_posted_once
        module_is_expected_once note_addendum_is_numbered_once note_version_is_numbered_once
        set_of_vitals_is_scored_once unit_has_one_clinic_a_day
    """,
    "Only loaded content and imported sheets write it; a sheet's reader says it of the row.": """
        analyte_key_is_unique block_has_one_lgd_code content_kind_has_one_edition critical_limit_key_is_unique
        delta_limit_key_is_unique district_has_one_lgd_code dose_limit_key_is_unique ingredient_key_is_unique
        interaction_key_is_unique medication_key_is_unique note_template_is_current_once
        note_template_version_is_one reference_range_key_is_unique set_line_key_is_unique
        state_has_one_lgd_code tax_rule_is_a_percentage test_key_is_unique village_has_one_lgd_code
    """,
    "An analyser sends it: the listener reads it first.": """
        analyser_message_counts_once tray_holds_a_value_once unreadable_message_says_why
    """,
    "The program keeps its own books.": """
        broken_rule_says_since_when figure_is_kept_once figure_is_not_negative first_seal_alone_follows_none
        known_name_is_listed_once link_hour_is_of_a_day link_is_counted_once_an_hour
        link_readings_lie_in_their_buckets link_slowest_reading_is_one_of_them name_word_is_listed_once
        paper_copy_has_an_original reader_of_facts_reads_once report_run_has_a_file_when_done
        report_run_is_of_one_place report_run_progress_is_a_share rule_is_checked_once_a_hospital
        seal_is_followed_by_one seal_number_is_given_once series_is_one_row throttle_is_one_row
        use_is_counted_once_a_day use_of_a_week_lies_in_its_month ward_is_counted_once_a_day
        week_is_summed_once
    """,
}


def says_something(rule):
    return str(rule.violation_error_message) != str(rule.default_violation_error_message)


def test_a_rule_says_in_words_what_is_wrong_or_is_listed_with_why_nobody_breaks_it():
    listed = [name for names in UNREACHED.values() for name in names.split()]

    assert len(listed) == len(set(listed))
    assert {rule.name for _model, rule in RULES if not says_something(rule)} == set(listed)


def test_the_words_of_a_rule_stand_as_they_are_in_both_languages():
    """Django fills a rule's words: a bare percent sign would end the act in a fault."""
    with override("hi"):
        for _model, rule in RULES:
            if says_something(rule):
                assert rule.get_violation_error_message(), rule.name


@pytest.mark.parametrize("model", [model for model in MODELS if model.rule_fields])
def test_a_field_that_is_named_for_a_rule_is_of_a_rule_with_words(model):
    spoken = {rule.name for rule in model._meta.constraints if says_something(rule)}

    assert set(model.rule_fields) <= spoken
    assert set(model.rule_fields.values()) <= {field.name for field in model._meta.fields}
