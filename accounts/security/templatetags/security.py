"""Template filters for devices and passkeys."""

from django import template

from accounts.security.devices import describe
from accounts.security.passkeys import signs_in_alone

register = template.Library()
register.filter("device", describe)
register.filter("signs_in_alone", signs_in_alone)
