"""A view asked at its gate, without all that stands around each, and what a page asks of its person."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from inspect import currentframe
from unittest.mock import patch

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, QueryDict
from django.template import engines
from django.urls import resolve
from rest_framework.exceptions import PermissionDenied as Denied
from rest_framework.request import Request
from rest_framework.test import force_authenticate

from facilities.context import BUTTONS, workplace
from facilities.models import Posting, User
from facilities.roles import ROLES, Role


def asked(path, method, person):
    """The view of this path, asked by nobody's browser: its status. No middleware is gone through."""
    request = HttpRequest()
    request.method, request.path, request.user = method, path, person
    if person.is_authenticated:
        force_authenticate(request, person)
    view, arguments, named = resolve(path.partition("?")[0])
    try:
        return view(request, *arguments, **named).status_code
    except PermissionDenied:
        return 403


# Whose alarm rings: the layout of all pages asks it, and no page's own template.
OF_THE_LAYOUT = "may_answer_criticals"


class LetIn(BaseException):
    """The view begins to look at what was asked: its gate is passed."""


class AtTheGate(HttpRequest):
    """A request that can be asked whose it is and by which method, and nothing else."""

    def __getattribute__(self, name):
        if name in {"user", "method", "__class__"}:
            return super().__getattribute__(name)
        raise LetIn


def turned_away(path, method, person):
    """403 where the gate of this path's view keeps this person out, 404 where what it names is not theirs to
    see, None for whoever is let in: the view goes no further than to what was sent.
    """
    view, arguments, named = resolve(path.partition("?")[0])
    try:
        if hasattr(view, "actions"):
            _ask_noun(view, method, person)
        else:
            request = AtTheGate()
            request.method, request.user = method, person
            view(request, *arguments, **named)
    except (PermissionDenied, Denied):
        return 403
    except Http404:
        return 404
    except LetIn:
        return None
    return None


def _ask_noun(view, method, person):
    noun, request = view.cls(**view.initkwargs), Request(HttpRequest())
    noun.action, request.user = view.actions[method.lower()], person
    noun.check_permissions(request)


@dataclass
class Told:
    """What a page was told of whoever opened it: of each permission whether they hold it; perhaps their role.

    Whoever tells it the same is one person to it.
    """

    role: Role
    answers: dict[str, bool] = field(default_factory=dict)
    names_role: bool = False

    def fits(self, role):
        mine, other = ROLES[self.role], ROLES[role]
        alike = all((one in other.permissions) == answer for one, answer in self.answers.items())
        return mine.reach == other.reach and alike and (role == self.role or not self.names_role)


class OfPosting:
    """`Posting.role`, and who reads it. How far it reaches and how it is called decide nothing but that."""

    def __init__(self, plain, note):
        self.plain, self.note = plain, note

    def __get__(self, posting, owner=None):
        if posting is None:
            return self
        if currentframe().f_back.f_code.co_name not in {"may", "span", "_get_FIELD_display"}:
            self.note()
        return self.plain.__get__(posting, owner)

    def __set__(self, posting, role):
        posting.__dict__["role"] = role


@contextmanager
def listening(role):
    """What pages are told meanwhile of their person, who has this role.

    The bar shows each role its own entries on every page alike; a button counts where a page asks for it.
    """
    told, may = Told(role), User.may

    def note(user, permission):
        told.answers[permission] = may(user, permission)
        return told.answers[permission]

    def name_role():
        told.names_role = True

    def bar(request):
        with patch.object(User, "may", may), patch.object(Posting, "role", plain):
            shown = workplace(request)
        buttons = BUTTONS.keys() & shown.keys() - {OF_THE_LAYOUT}
        return shown | {name: partial(request.user.may, BUTTONS[name]) for name in buttons}

    engine, plain = engines["django"].engine, Posting.role
    processors = tuple(bar if one is workplace else one for one in engine.template_context_processors)
    with (
        patch.object(User, "may", note),
        patch.object(Posting, "role", OfPosting(plain, name_role)),
        patch.object(engine, "template_context_processors", processors),
    ):
        yield told


ALL_NAMES = "*"
ONE_BY_ONE = "__getitem__", "getlist", "__contains__"
ALL_AT_ONCE = "__iter__", "items", "lists", "values", "keys", "dict", "copy"
# How Django makes such a dictionary, and how each request is rid of NUL.
NO_READERS = {"setlistdefault", "_without_nul"}


def names_read(monkeypatch):
    """The names that pages look up in what they are sent, as they do; ALL_NAMES where one takes all of it."""
    names = set()

    def noting(plain):
        def look(sent, *name):
            if currentframe().f_back.f_code.co_name not in NO_READERS:
                names.add(name[0] if name else ALL_NAMES)
            return plain(sent, *name)

        return look

    for way in *ONE_BY_ONE, *ALL_AT_ONCE:
        monkeypatch.setattr(QueryDict, way, noting(getattr(QueryDict, way)))
    return names
