"""What a process remembers for some seconds."""

import pytest

from hmis.kernel.recent import recent


def test_an_answer_is_remembered_for_its_question_only(settings):
    settings.RECENT_SECONDS = 60
    asked = []
    ask = recent(lambda question: asked.append(question) or question.upper())

    assert [ask("a"), ask("a"), ask("b")] == ["A", "A", "B"]
    assert asked == ["a", "b"]


def test_it_is_asked_anew_when_the_seconds_are_over(settings, monkeypatch):
    settings.RECENT_SECONDS, clock = 5, [100.0]
    monkeypatch.setattr("hmis.kernel.recent.monotonic", lambda: clock[0])
    asked = []
    ask = recent(lambda: asked.append(clock[0]))
    ask()
    clock[0] += 5
    ask()

    assert asked == [100.0, 105.0]


def test_tests_remember_nothing(settings):
    settings.RECENT_SECONDS, asked = 0, []
    ask = recent(lambda: asked.append(1))
    ask()
    ask()

    assert len(asked) == 2


READINGS: list[bool] = []
read = recent(lambda: READINGS.append(True))


@pytest.fixture(scope="class", params=["first", "second"])
def readings_of_a_class():
    """How often what is prepared once for several tests had to read."""
    before = len(READINGS)
    read()
    return len(READINGS) - before


@pytest.mark.xdist_group("recent")
class TestPrepared:
    def test_what_several_tests_share_begins_with_nothing_in_mind(self, readings_of_a_class):
        read()  # stays in mind for whoever comes next

        assert readings_of_a_class == 1
