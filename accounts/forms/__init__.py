"""Forms of accounts."""

from accounts.forms.emails import ChangeEmailForm
from accounts.forms.leaving import LeaveForm
from accounts.forms.profile import EditProfileForm, PreferencesForm
from accounts.forms.registration import SignupForm

__all__ = ["ChangeEmailForm", "EditProfileForm", "LeaveForm", "PreferencesForm", "SignupForm"]
