"""What a test looks for in a page or in a number."""

import re

from django.utils import timezone

from hmis.kernel.numbering import financial_year


def says(word: str, text: str) -> bool:
    """Whether a text has this word; the letters of a token, a key or a moment are no words."""
    return bool(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text))


def this_year() -> int:
    """The two digits of the running financial year, as they stand in every number."""
    return financial_year(timezone.now()) % 100
