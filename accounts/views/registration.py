"""Sign-up."""

from allauth.account.views import SignupView
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import SignupForm
from microblog.core.exceptions import DomainError

# Shown to a new user where no confirmation mail reaches them.
_WITHOUT_MAIL = {
    "mailbox": "",
    "console": gettext_lazy(
        "Outgoing email is not set up here: the email that confirms your address was printed on the server's console."
    ),
    "nowhere": gettext_lazy(
        "This site does not send email. If you forget your password, only its operator can help you."
    ),
}


class Register(SignupView):
    """Sign-up that shows an error when the username is taken concurrently."""

    def form_valid(self, form: SignupForm) -> HttpResponse:
        try:
            response = super().form_valid(form)
        except DomainError as error:
            form.add_error(error.field, error.message)
            return self.form_invalid(form)
        if self.request.user.is_authenticated:
            messages.success(self.request, _("Congratulations, you are now a registered user!"))
            if without_mail := _WITHOUT_MAIL[settings.MAIL_GOES_TO]:
                messages.info(self.request, without_mail)
        return response
