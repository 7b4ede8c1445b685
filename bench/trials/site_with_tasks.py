"""The site's settings, with the tasks of bench."""

from microblog.settings import *  # noqa: F403
from microblog.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench"]
