"""Login, lock, working place, language: the doors of the house."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities import queries, services
from facilities.forms import LoginForm, PasswordForm, UnlockForm
from facilities.models.people import Language
from hmis.kernel import kept, throttling
from hmis.kernel.access import public, signed_in
from hmis.kernel.callers import client_address, client_device
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go, in_background
from hmis.kernel.models import LoginSession

UNLOCK_TRIES = 5


def _ours(request: HttpRequest, wanted: str) -> str:
    """This address, if it is a page of ours."""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else reverse("home")


def _next(request: HttpRequest) -> str:
    """Where the person was going."""
    return _ours(request, request.POST.get("next") or request.GET.get("next") or "")


def _page_before(request: HttpRequest) -> str:
    """The page that a form was sent from: there its person goes on without sending it. A door is none."""
    came = request.headers.get("Referer", "")
    is_door = came.partition("?")[0].endswith((reverse("login"), reverse("unlock")))
    return reverse("home") if is_door else _ours(request, came)


@public
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest, met: str = "") -> HttpResponseBase:
    """Come to work. `met`: what a form held that was sent after the login's end, sealed for its person."""
    if met:
        said = _("Your login has ended. What you typed is kept: log in, then it can be sent.")
        return _login_page(
            request, LoginForm(), sealed=met, going=_page_before(request), said=said, status=401
        )
    form = LoginForm(request.POST or None)
    status = 422 if request.method == "POST" else 200
    if form.is_valid():
        try:
            user = services.let_in(address=client_address(request), at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            if in_background(request):
                return HttpResponse(status=429 if isinstance(refusal, services.TooManyTries) else 422)
            form.add_error(None, str(refusal))
        else:
            return _enter(request, user)
    return _login_page(
        request, form, sealed=request.POST.get("kept", ""), going=_next(request), status=status
    )


def _login_page(
    request: HttpRequest, form: LoginForm, *, sealed: str, going: str, status: int, said: str = ""
) -> HttpResponse:
    context = {"form": form, "next": going, "kept": sealed, "said": said}
    return render(request, "facilities/login.html", context, status=status)


def _enter(request: HttpRequest, user: Any) -> HttpResponseBase:
    by_the_lock = in_background(request)  # its page stays, and was filled in for one posting
    if by_the_lock and not user.work_as(request.POST.get("posting")):
        return HttpResponse(status=403)
    held = kept.unseal(request.POST.get("kept", ""), person=user.pk)
    if held and held.posting and not user.work_as(held.posting):
        held = None  # it was filled in for a duty that is over
    start_session(request, user)
    request.session["began"] = timezone.now().timestamp()
    request.session["device"], request.session["address"] = client_device(request), client_address(request)
    if user.posting:
        request.session["posting"] = str(user.posting.pk)
    services.note_login(actor=user, at=timezone.now())
    if by_the_lock:
        return HttpResponse(status=204)
    wanted = _next(request)
    if held:
        return _send_on(request, held, going=wanted)
    choice = reverse("posting_choice", query={"next": wanted})
    return redirect(choice if len(user.current_postings) > 1 else wanted)


def _send_on(request: HttpRequest, held: kept.Kept, *, going: str) -> HttpResponse:
    """What was kept, with a button that sends it: no page can do so by itself without a script."""
    with translation.override(request.user.language):
        return render(request, "facilities/kept.html", {"held": held, "next": going})


@signed_in
@require_POST
def logout(request: HttpRequest) -> HttpResponseBase:
    services.note_logout(actor=request.user, at=timezone.now())
    end_session(request)
    return redirect("login")


@signed_in
@require_http_methods(["GET", "POST"])
def posting_choice(request: HttpRequest) -> HttpResponseBase:
    """Where and as what the person works now."""
    if request.method == "POST" and request.user.work_as(request.POST.get("posting")):
        request.session["posting"] = request.POST["posting"]
        services.note_posting(actor=request.user, at=timezone.now())
        return redirect(_next(request))
    context = {"postings": request.user.current_postings, "next": _next(request)}
    return render(request, "facilities/posting_choice.html", context)


@public
@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Hindi or English: kept with the person, or in a cookie before the login."""
    chosen = request.POST.get("language")
    response = redirect(_next(request))
    if chosen not in Language.values:
        return response
    if request.user.is_authenticated:
        services.choose_language(actor=request.user, language=chosen, at=timezone.now())
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=365 * 24 * 3600,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@signed_in
@require_POST
def lock(request: HttpRequest) -> HttpResponseBase:
    """Lock this screen now; what is typed stays on the page."""
    request.session.lock(timezone.now())
    services.note_lock(actor=request.user, at=timezone.now())
    return HttpResponse(status=204) if request.headers.get("X-Fetch") else redirect("unlock")


@signed_in
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest, met: str | None = None) -> HttpResponseBase:
    """The same person's password opens the screen again. Five wrong ones end the session.

    `met`: what a form held that was sent while the screen was locked, sealed for its person.
    """
    if met is not None:
        return _unlock_page(request, UnlockForm(), sealed=met, going=_page_before(request), status=401)
    form = UnlockForm(request.POST or None)
    sealed, going = request.POST.get("kept", ""), _next(request)
    if form.is_valid():
        tries = throttling.count("unlock", str(request.session.session_key), window=900)
        if tries > UNLOCK_TRIES:
            services.note_unlock(actor=request.user, at=timezone.now(), is_right=False)
            end_session(request)
            return _shut_out(request, sealed=sealed, going=going)
        is_right = check_password(form.cleaned_data["password"], request.user.password)
        services.note_unlock(actor=request.user, at=timezone.now(), is_right=is_right)
        if is_right:
            throttling.forget("unlock", str(request.session.session_key))
            request.session.unlock()
            request.session["seen"] = timezone.now().timestamp()
            if in_background(request):
                return HttpResponse(status=204)
            held = kept.unseal(sealed, person=request.user.pk)
            return _send_on(request, held, going=going) if held else redirect(going)
        form.add_error("password", _("This is not your password."))
    status = 422 if request.method == "POST" else 200
    return _unlock_page(request, form, sealed=sealed, going=going, status=status)


def _unlock_page(
    request: HttpRequest, form: UnlockForm, *, sealed: str, going: str, status: int
) -> HttpResponse:
    context = {"form": form, "next": going, "kept": sealed}
    return render(request, "facilities/unlock.html", context, status=status)


def _shut_out(request: HttpRequest, *, sealed: str, going: str) -> HttpResponse:
    if in_background(request):
        return HttpResponse(status=401, headers={"X-Locked": "signed-out"})
    said = _("Too many wrong passwords. Log in again.")
    return _login_page(request, LoginForm(), sealed=sealed, going=going, said=said, status=401)


@signed_in
@sensitive_post_parameters("present", "password", "again")
@require_http_methods(["GET", "POST"])
def password_new(request: HttpRequest) -> HttpResponseBase:
    """One's own new password: asked for at the first login, and from the menu."""
    form = PasswordForm(request.POST or None, user=request.user)
    if form.is_valid() and _is_present(request, form):
        try:
            services.choose_password(
                actor=request.user,
                password=form.cleaned_data["password"],
                keep=request.session.session_key,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            update_session_auth_hash(request, request.user)
            messages.success(request, _("Your new password works from now on."))
            return go(request, "home")
    status = 422 if request.method == "POST" else 200
    return render(request, "facilities/password_new.html", {"form": form}, status=status)


def _is_present(request: HttpRequest, form: PasswordForm) -> bool:
    """The present password, where it is asked for; after too many wrong ones it is refused for a while."""
    if "present" not in form.fields:
        return True
    tries = throttling.count("password", str(request.user.pk), window=settings.LOGIN_WINDOW_SECONDS)
    if tries > UNLOCK_TRIES:
        form.add_error("present", _("Too many tries. Wait a quarter of an hour, or ask your administrator."))
    elif check_password(form.cleaned_data["present"], request.user.password):
        throttling.forget("password", str(request.user.pk))
    else:
        form.add_error("present", _("This is not your password."))
    return form.is_valid()


@signed_in
@require_GET
def own_session_list(request: HttpRequest) -> HttpResponseBase:
    """Where one is logged in oneself."""
    living = LoginSession.objects.living(timezone.now()).filter(user=request.user.pk)
    context = {
        "presences": queries.presences(living),
        "own_key": request.session.session_key,
        "tokens": queries.living_tokens().filter(user=request.user.pk),
    }
    return render(request, "facilities/own_session_list.html", context)


@signed_in
@require_POST
def other_sessions_end_new(request: HttpRequest) -> HttpResponseBase:
    services.end_other_sessions(actor=request.user, keep=request.session.session_key, at=timezone.now())
    messages.success(request, _("All your other sessions have ended."))
    return go(request, "own_session_list")


TRIAGE = "opd:vitals_list"
FIRST_PAGES = [
    ("opd.register_visit", "opd:registration_new"),
    ("opd.consult", "opd:room_detail"),
    ("patients.record_observations", TRIAGE),
    ("audit.export_entries", "audit:entry_list"),
    ("patients.merge_patients", "reports:register_list"),
    ("reports.view_review", "reports:review_detail"),
    ("billing.accept_shifts", "billing:shift_list"),
    ("billing.take_payment", "billing:bill_list"),
    ("patients.dispense", "patients:prescription_list"),
    ("lab.authorise_reports", "lab:authorisation_list"),
    ("lab.enter_results", "lab:worklist"),
    ("patients.manage_formulary", "patients:formulary_list"),
]


@signed_in
@require_GET
def home(request: HttpRequest) -> HttpResponseBase:
    """The first screen of the person's role; of whoever nurses in a ward, the board."""
    for permission, name in FIRST_PAGES:
        if request.user.may(permission):
            in_ward = name == TRIAGE and queries.has_wards(request.user.posting)
            return redirect("ipd:board" if in_ward else name)
    if request.user.posting is None:
        messages.warning(request, _("You have no posting today. Ask your administrator."))
    return render(request, "facilities/home.html")
