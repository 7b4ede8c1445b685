"""Pages that belong to no app: About, and what goes wrong on any page."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

RULES = (
    _("Be kind. Disagree with what was said, not with who said it."),
    _("No harassment, threats or hate, in public or in private."),
    _("Do not publish what others told you in confidence, or where they live."),
    _("No spam, and nobody else's name: be yourself."),
    _("Nothing that is against the law where this site is run."),
)

# Form fields whose text a person would miss; others, such as passwords, are never sent back.
KEPT_FIELDS = ("body", "about_me")


@require_safe
@login_not_required
def about(request: HttpRequest) -> HttpResponse:
    """Show what the site is, who runs it and the rules that hold here."""
    context = {
        "operator_name": settings.OPERATOR_NAME,
        "operator_contact": settings.OPERATOR_CONTACT,
        "rules": RULES,
    }
    return render(request, "about.html", context)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or too old, and hand back the text it held."""
    lost_text = next((request.POST[name] for name in KEPT_FIELDS if request.POST.get(name)), "")
    return render(request, "403_csrf.html", {"lost_text": lost_text}, status=403)
