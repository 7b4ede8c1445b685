"""The variables of the environment that the settings read."""

import re

from django.conf import settings

READ = re.findall(r'\benv\.\w+\(\s*"(\w+)"', (settings.BASE_DIR / "microblog" / "settings.py").read_text())
