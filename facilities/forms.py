"""Forms of login and working place."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class LoginForm(forms.Form):
    """User name and password."""

    username = forms.CharField(label=_("User name"), max_length=64)
    password = forms.CharField(label=_("Password"), max_length=128, strip=False, widget=forms.PasswordInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["username"].widget.attrs |= {"autofocus": True, "autocomplete": "username", "lang": "en"}
        self.fields["password"].widget.attrs |= {"autocomplete": "current-password"}


class UnlockForm(forms.Form):
    """The password again, by the same person."""

    password = forms.CharField(label=_("Password"), max_length=128, strip=False, widget=forms.PasswordInput)
