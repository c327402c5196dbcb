"""Opinions: asked of a department, answered by one of its doctors, taken back."""

from functools import partial
from uuid import uuid4

import pytest

from facilities.roles import Grade
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from ipd import queries
from ipd.models import Opinion
from ipd.services import answer_opinion, withdraw_opinion
from ipd.states import OpinionStatus
from tests.conftest import NOON
from tests.factories.facilities import make_department, make_doctor
from tests.factories.notes import make_graded
from tests.factories.parallel import all_at_once
from tests.factories.rounds import ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def eye(rims):
    return make_department(rims, "EYE", name="Eye", name_hi="आँख")


@pytest.fixture
def rao(rims, eye):
    """A doctor of the eye department."""
    return make_graded("Rao", rims, Grade.CONSULTANT, eye)


def give(opinion, doctor, answer="No papilloedema.", key=None):
    return answer_opinion(opinion=opinion, answer=answer, request_key=key or uuid4(), actor=doctor, at=NOON)


def take_back(opinion, doctor):
    return withdraw_opinion(opinion=opinion, request_key=uuid4(), actor=doctor, at=NOON)


def test_a_question_waits_for_its_department_and_is_answered(admission, eye, rao, bose):
    asked = ask(admission, eye, bose, "Papilloedema?", is_urgent=True, at=NOON)
    assert list(queries.opinions_for(rao)) == [asked]
    said = give(asked, rao)
    assert (said.status, said.answer, said.answered_by) == (OpinionStatus.ANSWERED, "No papilloedema.", rao)
    assert not queries.opinions_for(rao).exists()
    names = AuditEntry.objects.filter(name__startswith="ipd.opinion").values_list("name", flat=True)
    assert set(names) == {"ipd.opinion_asked", "ipd.opinion_answered"}


def test_the_urgent_one_stands_first(admission, eye, rao, bose, rims):
    later = make_department(rims, "ENT", name="ENT", name_hi="कान")
    rao.posting.department = None
    rao.posting.save()
    ask(admission, eye, bose, at=NOON)
    urgent = ask(admission, later, bose, is_urgent=True)
    assert queries.opinions_for(rao).first() == urgent


def test_asked_twice_it_is_one_question(admission, eye, bose):
    key = uuid4()
    assert ask(admission, eye, bose, key=key, at=NOON) == ask(admission, eye, bose, key=key, at=NOON)
    with pytest.raises(Refusal, match="asked already"):
        ask(admission, eye, bose)
    assert Opinion.objects.count() == 1


def test_whom_nobody_asks(admission, med, eye, sgml_med, bose):
    with pytest.raises(Refusal, match="already in this department"):
        ask(admission, med, bose)
    with pytest.raises(Refusal, match="no such department"):
        ask(admission, sgml_med, bose)
    with pytest.raises(Refusal, match="Write the question"):
        ask(admission, eye, bose, " ")


def test_another_departments_doctor_and_an_intern_answer_nothing(admission, eye, med, bose, rims):
    asked = ask(admission, eye, bose)
    with pytest.raises(Refusal, match="Another department"):
        give(asked, make_graded("Das", rims, Grade.CONSULTANT, med))
    with pytest.raises(Refusal, match="intern"):
        give(asked, make_graded("Lal", rims, Grade.INTERN, eye))
    with pytest.raises(Refusal, match="Write the opinion"):
        give(asked, bose, " ")


def test_taken_back_it_waits_for_nobody(admission, eye, rao, bose):
    asked = ask(admission, eye, bose)
    assert take_back(asked, bose).status == OpinionStatus.WITHDRAWN
    assert not queries.opinions_for(rao).exists()
    with pytest.raises(Refusal, match="taken back"):
        give(asked, rao)
    with pytest.raises(Refusal, match="taken back"):
        take_back(asked, bose)


def test_other_hospitals_hear_nothing(admission, eye, bose, esha):
    ask(admission, eye, bose)
    assert not queries.opinions_for(esha).exists()
    assert not Opinion.objects.visible_to(esha).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_stands(admission, eye, bose, rims):
    asked = ask(admission, eye, bose)
    doctors = [make_doctor(f"d{n}", rims) for n in range(5)]
    outcomes = all_at_once([partial(give, asked, one) for one in doctors])
    assert sum(isinstance(one, Opinion) for one in outcomes) == 1
