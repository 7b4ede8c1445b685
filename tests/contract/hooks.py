"""Authentication for schemathesis, loaded in its process by the test of the OpenAPI document."""

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
    """A user with a valid token, replaced whenever it was revoked."""

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
