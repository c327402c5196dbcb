"""The project: top floor (urls, api, celery, demo) and foundation (kernel)."""

from hmis.kernel import garbage

# Whatever of it a process loads is kept to its end.
garbage.search_seldom()
