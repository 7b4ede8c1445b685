"""The form in which posts are written."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from microblog.core.fields import BodyField, SubmissionKeyField
from posts.languages import DETECT, SET_BY_HAND, language_choices
from posts.models import Post

# The choice that a post is in no language.
NONE = "none"


class LanguageField(forms.ChoiceField):
    """The language of a post; cleaned to a code, '' for none, DETECT to have it found, None if nothing was said."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("Language of the post"),
            choices=lambda: [
                (DETECT, _("Found in the text")),
                (NONE, _("In no language")),
                *language_choices(),
            ],
            initial=DETECT,
            **options,
        )

    def clean(self, value: Any) -> str | None:
        chosen = super().clean(value)
        return {"": None, NONE: ""}.get(chosen, chosen)

    @staticmethod
    def initial_of(post: Post) -> str:
        """Return what the field shows for a post."""
        return (post.language or NONE) if post.detector_version == SET_BY_HAND else DETECT


class PostForm(forms.Form):
    body = BodyField(label=_("Say something"), limit="POST_MAX_LENGTH")
    submission_key = SubmissionKeyField()


class EditPostForm(PostForm):
    # Not required, so that whoever sends the text alone has the language found in it.
    language = LanguageField(required=False)


class LanguageForm(forms.Form):
    language = LanguageField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.add_input(Submit("submit", _("Submit")))
