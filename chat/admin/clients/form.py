"""The form of a client: who it is, what it may, and how much."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils import timezone

from chat.access.clients import problem_with_name
from chat.access.public_keys import NotPublicKeys, read_public_keys
from chat.glm.known import offered
from chat.models import Client

LONGEST_MODEL = 100
PARTS = ("Expires on this day", "Expires at this time")
NO_EXPIRY = "Empty: its keys do not expire."
USERS = "Users are told apart by their token, or else by the user_id of a request."

FIELDSETS: list[tuple[str, dict[str, Any]]] = [
    ("Who it is", {"fields": ["name", "notes", "expires_at"]}),
    (
        "What it may use",
        {"fields": ["allowed_models", "max_tokens", "refuses_unpriced"]},
    ),
    (
        "Limits of the client",
        {"fields": [("requests_per_minute", "open_at_once"), "weight"]},
    ),
    (
        "Budgets of the client",
        {"fields": [("budget_usd_per_day", "budget_usd_per_month")]},
    ),
    (
        "Limits and budgets of each of its users",
        {
            "description": USERS,
            "fields": [
                ("user_requests_per_minute", "user_open_at_once"),
                ("user_budget_usd_per_day", "user_budget_usd_per_month"),
            ],
        },
    ),
    ("Tokens of users", {"fields": ["public_keys"]}),
]

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Client]
else:
    ModelForm = forms.ModelForm


class ClientForm(ModelForm):
    class Meta:
        model = Client
        fields = "__all__"  # noqa: DJ007 (FIELDSETS names them)
        widgets = {
            "notes": forms.Textarea({"rows": 2, "cols": 60}),
            "allowed_models": forms.Textarea({"rows": 4, "cols": 40}),
            "public_keys": forms.Textarea(
                {"rows": 5, "cols": 70, "spellcheck": "false", "class": "pem"}
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expires_at" in self.fields:
            zone = timezone.get_current_timezone_name()
            self.fields["expires_at"].help_text = f"{zone}. {NO_EXPIRY}"
            parts = zip(self.fields["expires_at"].widget.widgets, PARTS, strict=True)
            for part, words in parts:
                part.attrs["aria-label"] = words
        if "public_keys" in self.fields:  # not for those who may only look
            names = ", ".join(profile.name for profile in offered())
            self.fields["allowed_models"].help_text += f" Known: {names}."
            kid = kid_of(self.instance) if self.instance.pk else "client-…"
            self.fields["public_keys"].help_text += (
                f" Tokens name them as kid “{kid}”, and have aud"
                f" “{settings.CHAT_TOKEN_AUDIENCE}”."
            )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if problem := problem_with_name(name):
            raise forms.ValidationError(problem)
        return name

    def clean_weight(self) -> int:
        return self.cleaned_data["weight"] or 1

    def clean_allowed_models(self) -> str:
        names = [line.strip() for line in self.cleaned_data["allowed_models"].split()]
        if any(len(name) > LONGEST_MODEL for name in names):
            raise forms.ValidationError(
                f"No name of a model is longer than {LONGEST_MODEL} characters."
            )
        return "\n".join(dict.fromkeys(names))

    def clean_public_keys(self) -> str:
        text: str = self.cleaned_data["public_keys"].strip()
        try:
            read_public_keys(text)
        except NotPublicKeys as error:
            raise forms.ValidationError(str(error)) from None
        return text


def kid_of(client: Client) -> str:
    """What the header of its users' tokens names as the key."""
    return f"client-{client.pk}"
