"""How people come in."""

from allauth.account.views import SignupView
from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.forms import SignupForm
from accounts.views.recovery import say_where_mail_went
from microblog.core.exceptions import DomainError


class Register(SignupView):
    """allauth's sign-up, which also answers when the name was taken while the form was being sent."""

    def form_valid(self, form: SignupForm) -> HttpResponse:
        try:
            response = super().form_valid(form)
        except DomainError as error:
            form.add_error(error.field, error.message)
            return self.form_invalid(form)
        if self.request.user.is_authenticated:
            messages.success(self.request, _("Congratulations, you are now a registered user!"))
            say_where_mail_went(self.request)
        return response
