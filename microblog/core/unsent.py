"""What somebody wrote while their session ended: kept until they are back, and offered where it was written."""

from django.http import HttpRequest

# Characters kept of what an anonymous visitor sent.
MAX_KEPT_TEXT = 10_000
_KEY = "unsent_text"


def keep_unsent(request: HttpRequest) -> None:
    """Keep the text of a form that an anonymous visitor sent."""
    if text := request.POST.get("body"):
        request.session[_KEY] = {"path": request.path, "text": text[:MAX_KEPT_TEXT]}


def unsent_text(request: HttpRequest) -> str:
    """Return the text that was kept for the form of this very page: what was meant for one is not shown in public."""
    kept = request.session.get(_KEY)
    return kept["text"] if kept and kept["path"] == request.path else ""


def forget_unsent(request: HttpRequest) -> None:
    """Forget the text, which has been sent."""
    request.session.pop(_KEY, None)
