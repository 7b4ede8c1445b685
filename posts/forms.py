"""Forms of posts."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from microblog.core.fields import BodyField, SubmissionKeyField
from posts.languages import DETECT, SET_BY_HAND, language_choices
from posts.models import Post

# The choice for a post without a language.
NO_LANGUAGE = "none"


class LanguageField(forms.ChoiceField):
    """The language of a post. Cleaned to a code, '' for no language, DETECT, or None if nothing was chosen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("Language of the post"),
            choices=lambda: [
                (DETECT, _("Detect automatically")),
                (NO_LANGUAGE, _("No language")),
                *language_choices(),
            ],
            initial=DETECT,
            **options,
        )

    def clean(self, value: Any) -> str | None:
        chosen = super().clean(value)
        return {"": None, NO_LANGUAGE: ""}.get(chosen, chosen)

    @staticmethod
    def get_initial_for(post: Post) -> str:
        """Return the initial choice for a post."""
        return (post.language or NO_LANGUAGE) if post.detector_version == SET_BY_HAND else DETECT


class PostForm(forms.Form):
    body = BodyField(label=_("Say something"), limit="POST_MAX_LENGTH")
    submission_key = SubmissionKeyField()


class EditPostForm(PostForm):
    # Not required: a client that sends only the text gets the language detected.
    language = LanguageField(required=False)


class LanguageForm(forms.Form):
    language = LanguageField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.add_input(Submit("submit", _("Submit")))
