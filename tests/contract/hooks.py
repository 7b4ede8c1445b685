"""How schemathesis signs in; read by the test of the API's description, in a process of its own."""

import base64
from datetime import timedelta

import django
import schemathesis
from django.apps import apps

if not apps.ready:
    django.setup()

from accounts.models import User
from accounts.security.services import find_token, make_token

PASSWORD = "measures twice"


@schemathesis.auth(refresh_interval=None)
class Caller:
    """Somebody with a token that works, however often the one before was revoked."""

    token = ""

    def get(self, case, context):
        if case.operation.label == "POST /api/tokens":
            user = User.objects.order_by("pk").first()
            return "Basic " + base64.b64encode(f"{user.email}:{PASSWORD}".encode()).decode()
        if find_token(self.token) is None:
            user = User.objects.order_by("pk").first()
            _row, type(self).token = make_token(user, name="contract", lifetime=timedelta(days=1))
        return f"Bearer {self.token}"

    def set(self, case, data, context):
        case.headers["Authorization"] = data
