"""Administration of people: staff, duties, passwords, logins, who is logged in where."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_list_or_404, get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities import permissions, queries, services
from facilities.forms import (
    DisableForm,
    NewPersonForm,
    PersonForm,
    PostingForm,
    ResetForm,
    StaffFilterForm,
)
from facilities.models import Posting, User
from facilities.views.asking import asked_of, show_form
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.history import changes_of, version_of
from hmis.kernel.htmx import go, show
from hmis.kernel.said import rev_said

PAGE = 50


@requires(permissions.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def person_list(request: HttpRequest) -> HttpResponseBase:
    """Staff within reach. A name is searched for by POST, so that none stands in an address."""
    form = StaffFilterForm(request.POST if request.method == "POST" else request.GET, actor=request.user)
    found = Paginator(queries.staff(request.user, form.wanted()), PAGE)
    page = found.get_page(request.POST.get("page") or request.GET.get("page"))
    context = {"filter_form": form, "page": page, "count": found.count}
    return show(request, "facilities/person_list.html", context, fragment="facilities/_people.html")


@requires(permissions.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def person_new(request: HttpRequest) -> HttpResponseBase:
    form = NewPersonForm(request.POST or None, actor=request.user, initial=_usual_place(request))
    given = asked_of(
        form,
        lambda: services.add_person(
            details=form.person(),
            posting=form.duty(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if given:
        return _show_once(request, given)
    context = {"title": _("New staff member"), "back": reverse("facilities:person_list")}
    return show_form(request, "facilities/form_page.html", form, **context)


def _usual_place(request: HttpRequest) -> dict[str, str]:
    facility_id = request.user.posting.facility_id
    return {"place": f"facility:{facility_id}"} if facility_id else {}


def _show_once(request: HttpRequest, given: services.GivenPassword) -> HttpResponse:
    """The password for one use: on this answer alone. Sent again, the same answer; opened again, none."""
    context = {"person": given.person, "password": given.password, "until": given.until}
    return show(
        request,
        "facilities/given_password.html",
        context,
        fragment="facilities/_given_password.html",
        status=201,
    )


def _person(request: HttpRequest, person_id: UUID) -> User:
    return get_object_or_404(queries.staff_visible_to(request.user), pk=person_id)


@requires(permissions.MANAGE_STAFF)
@require_GET
def person_detail(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    person = _person(request, person_id)
    sessions = queries.sessions_visible_to(request.user).filter(user=person)
    context = {
        "person": person,
        "is_self": person.pk == request.user.pk,
        "in_care": permissions.looks_after(request.user, person),
        "postings": queries.postings_of(person, request.user),
        "presences": queries.presences(sessions),
        "tokens": queries.tokens_visible_to(request.user).filter(user=person),
        "own_key": request.session.session_key,
        "may_end": request.user.may(permissions.MANAGE_SESSIONS),
        "changes": changes_of(person),
        "today": timezone.localdate(),
    }
    return render(request, "facilities/person_detail.html", context)


def _back_to(person: User) -> str:
    return reverse("facilities:person_detail", args=[person.pk])


@requires(permissions.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def person_edit(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    person = _person(request, person_id)
    initial = {name: getattr(person, name) for name in PersonForm.base_fields if name != "request_key"}
    form = PersonForm(request.POST or None, initial=initial)
    saved = asked_of(
        form,
        lambda: services.edit_person(
            person=person,
            details=form.details(),
            version=rev_said(request),
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if saved:
        messages.success(request, _("Saved. The earlier details are under Changes."))
        return go(request, "facilities:person_detail", person.pk)
    context = {"title": str(person), "rev": version_of(person), "back": _back_to(person)}
    return show_form(request, "facilities/form_page.html", form, **context)


@requires(permissions.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def posting_new(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    person = _person(request, person_id)
    form = PostingForm(request.POST or None, actor=request.user, initial=_usual_place(request))
    made = asked_of(
        form,
        lambda: services.add_posting(
            person=person,
            details=form.details(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        messages.success(request, _("Saved. It holds from the person's next click."))
        return go(request, "facilities:person_detail", person.pk)
    context = {"title": _("New duty"), "note": str(person), "back": _back_to(person)}
    return show_form(request, "facilities/form_page.html", form, **context)


@requires(permissions.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def posting_edit(request: HttpRequest, posting_id: UUID) -> HttpResponseBase:
    """A duty's department, counter, grade and last day."""
    visible = Posting.objects.visible_to(request.user)
    linked = visible.select_related("user", "facility", "department", "district", "state")
    posting = get_object_or_404(linked, pk=posting_id)
    initial = {
        "department": posting.department.code if posting.department else "",
        "counter": posting.counter,
        "grade": posting.grade,
        "ends_on": posting.ends_on,
    }
    form = PostingForm(request.POST or None, actor=request.user, posting=posting, initial=initial)
    saved = asked_of(
        form,
        lambda: services.change_posting(
            posting=posting,
            details=form.details(),
            rev=rev_said(request),
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if saved:
        messages.success(request, _("Saved. It holds from the person's next click."))
        return go(request, "facilities:person_detail", posting.user_id)
    context = {
        "title": str(posting),
        "note": str(posting.user),
        "rev": posting.rev,
        "back": _back_to(posting.user),
        "changes": changes_of(posting),
    }
    return show_form(request, "facilities/form_page.html", form, **context)


@requires(permissions.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def password_reset_new(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    person = _person(request, person_id)
    form = ResetForm(request.POST or None)
    given = asked_of(
        form,
        lambda: services.reset_password(
            person=person,
            because=form.cleaned_data["because"],
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if given:
        return _show_once(request, given)
    said = _("The present password and every open session of this person end at once.")
    context = {"title": _("New password"), "note": str(person), "back": _back_to(person), "said": said}
    return show_form(request, "facilities/form_page.html", form, save=_("Give a new password"), **context)


@requires(permissions.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def disablement_new(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    person = _person(request, person_id)
    form = DisableForm(request.POST or None)
    shut = asked_of(
        form,
        lambda: services.disable_person(
            person=person, because=form.cleaned_data["because"], actor=request.user, at=timezone.now()
        ),
    )
    if shut:
        messages.success(request, _("The login is shut; every session of this person has ended."))
        return go(request, "facilities:person_detail", person.pk)
    said = _("Every open session of this person ends at once. What they have done stays as it is.")
    context = {"title": _("Shut the login"), "note": str(person), "back": _back_to(person), "said": said}
    return show_form(request, "facilities/form_page.html", form, save=_("Shut the login"), **context)


@requires(permissions.MANAGE_STAFF)
@require_POST
def enablement_new(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    person = _person(request, person_id)
    try:
        services.enable_person(person=person, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The login is open again."))
    return go(request, "facilities:person_detail", person.pk)


@requires(permissions.MANAGE_SESSIONS)
@require_GET
def session_list(request: HttpRequest) -> HttpResponseBase:
    """Who is logged in where, now."""
    sessions = queries.sessions_visible_to(request.user)
    context = {
        "presences": queries.presences(sessions),
        "own_key": request.session.session_key,
        "refresh": request.path,
        "may_end": True,
    }
    if not request.htmx:  # what refreshes itself is the list of sessions
        context["tokens"] = queries.tokens_visible_to(request.user)
    return show(request, "facilities/session_list.html", context, fragment="facilities/_sessions.html")


@requires(permissions.MANAGE_SESSIONS)
@require_POST
def session_end_new(request: HttpRequest, session_id: UUID) -> HttpResponseBase:
    session = get_object_or_404(
        queries.sessions_visible_to(request.user).select_related("user"), pk=session_id
    )
    services.end_session(session=session, actor=request.user, at=timezone.now())
    messages.success(request, _("The session has ended."))
    return go(request, "facilities:session_list")


@requires(permissions.MANAGE_SESSIONS)
@require_POST
def tokens_end_new(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """No program calls the API in this person's name any longer."""
    held = get_list_or_404(queries.tokens_visible_to(request.user), user=person_id)
    services.end_tokens(person=held[0].user, actor=request.user, at=timezone.now())
    messages.success(request, _("The program's access has ended."))
    return go(request, "facilities:session_list")
