"""
Settings of the site, read once from the environment and from `.env` in the project's folder.

The variable CONFIGURATION chooses one of three modules, `production` by default:

- `development` is written to `.env` by `make run`;
- `testing` is what `make test` runs with;
- `production` is a site that the public reaches.

Each says, in one list of the same names, what differs between them: the value of a setting where its variable is
empty, or the setting itself where there is no variable. The other modules hold the settings by subject, and derive
from that list what follows from it, such as the names of cookies from HTTPS.

What happens when a process of the site starts, in this order:

1. `manage.py` or `microblog.wsgi` names this package to Django, in DJANGO_SETTINGS_MODULE.
2. `environment` reads the variables and `.env`, and refuses an unknown CONFIGURATION; `configuration` imports the one
   that was chosen; the modules below follow, and refuse values that contradict each other.
3. `django.setup()` begins with the log: LOGGING is in force before any app is imported, so that nothing that an app
   logs is lost.
4. Extensions and apps, in the order of INSTALLED_APPS: first the modules of all of them, then the models, then
   `ready()` of each, which connects receivers and registers checks. That of `microblog.core` makes the log free of
   secrets, that of `operations` starts to report errors to SENTRY_DSN.
5. Checks: `manage.py` runs those of its command. `microblog.wsgi` builds the middleware, then refuses to start on an
   error of the checks that are tagged `startup` (`microblog.core.checks`).
6. `microblog.wsgi` starts the threads of the web process: the worker, where there is no Redis, and the watch over the
   health of the site's parts.
"""

from .accounts import *
from .api import *
from .base import *
from .environment import *
from .logs import *
from .mail import *
from .security import *
from .services import *
