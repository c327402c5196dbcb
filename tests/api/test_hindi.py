"""No field of the API answers a Hindi caller in English."""

from django.utils.translation import gettext, override

from hmis import api  # noqa: F401  every noun's fields are known from here on
from hmis.kernel.api import SAID_OF_FIELDS, Asked


def every(kind):
    for one in kind.__subclasses__():
        yield one
        yield from every(one)


def sentences_of(field):
    """{(code, sentence)} of what this field can say, and those within it."""
    yield from field.error_messages.items()
    for validator in field.validators:
        if hasattr(validator, "message"):
            yield validator.code, validator.message
    for within in [*getattr(field, "fields", {}).values(), getattr(field, "child", None)]:
        if within is not None:
            yield from sentences_of(within)


def test_each_sentence_of_a_field_has_its_hindi():
    said = {
        (code, str(sentence))
        for kind in every(Asked)
        for code, sentence in sentences_of(kind())
        if code not in SAID_OF_FIELDS
    }

    with override("hi"):
        assert [sentence for _code, sentence in sorted(said) if gettext(sentence) == sentence] == []
    assert len(said) > 5
