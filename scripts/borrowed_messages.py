"""
Messages of packages that their own catalogues lack, get wrong, or write in another register than this site.

Nothing imports this module: the extraction finds the messages, and the site's catalogues take precedence.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

# django.core and django.forms
gettext_noop("Enter a valid email address.")
gettext_noop("Select a valid choice. %(value)s is not one of the available choices.")
gettext_noop("Select a valid choice. That choice is not one of the available choices.")
# django.contrib.auth
ngettext_lazy(
    "This password is too short. It must contain at least %d character.",
    "This password is too short. It must contain at least %d characters.",
)
# django.contrib.admin
gettext_noop("Add link")
gettext_noop("Change or view list link")
gettext_noop("Model name")
# allauth
gettext_noop("MFA")
gettext_noop("User Sessions")
