"""Long lists, a page at a time."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

PAGE = 50


def paged(request: HttpRequest, rows: Any, name: str = "page", **said: str) -> dict[str, Any]:
    """A page of rows with the addresses of its neighbours."""
    page = Paginator(rows, PAGE).get_page(request.GET.get(name))
    before = "".join(f"{key}={value}&" for key, value in said.items())
    return {
        "page": page,
        "previous_url": f"?{before}{name}={page.number - 1}" if page.has_previous() else "",
        "next_url": f"?{before}{name}={page.number + 1}" if page.has_next() else "",
        "page_label": f"{page.number} / {page.paginator.num_pages}",
    }
