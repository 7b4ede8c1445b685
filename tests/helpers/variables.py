"""The variables of the environment that the settings read."""

import re

from django.conf import settings

MODULES = sorted((settings.BASE_DIR / "microblog" / "settings").glob("*.py"))
READ = [name for module in MODULES for name in re.findall(r'\benv\.\w+\(\s*"(\w+)"', module.read_text())]
