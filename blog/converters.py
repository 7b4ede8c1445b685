"""Parts of the blog's URLs."""

from django.urls.converters import StringConverter


class SlugConverter(StringConverter):
    """A slug with letters of any script; Django's own takes ASCII only."""

    regex = r"[-\w]{1,100}"
