"""Listeners of the tests: one that remembers what it was told, one that always fails."""

heard = []


def hear(about_id):
    heard.append(about_id)


def fail(about_id):
    raise RuntimeError("The printer is on fire.")
