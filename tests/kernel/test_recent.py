"""What a process remembers for some seconds."""

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
