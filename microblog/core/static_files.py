"""The site's style sheet, concatenated from its components."""

import atexit
import re
import shutil
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import Any

from django.contrib.staticfiles.finders import BaseStorageFinder
from django.core.files.storage import FileSystemStorage

COMPONENTS = Path(__file__).parents[1] / "static" / "microblog" / "css" / "components.css"
SHEET = "microblog/css/site.css"
IMPORT = re.compile(r'^@import "(.+)";$', re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/\n?", re.DOTALL)

# One per process: Django may create several finders, and discard one while another thread reads its files.
_folder = Path(mkdtemp())
_lock = Lock()
atexit.register(shutil.rmtree, _folder)


def join_components() -> None:
    """Write the style sheet: `components.css` with each import replaced by its component, without comments."""
    joined = IMPORT.sub(lambda match: (COMPONENTS.parent / match[1]).read_text(), COMPONENTS.read_text())
    sheet = COMMENT.sub("", joined)
    path = _folder / SHEET
    with _lock:
        if path.exists() and path.read_text() == sheet:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(sheet)
        draft.replace(path)


class SheetFinder(BaseStorageFinder):
    """Find the style sheet: built for each request in development, and once by `collectstatic`."""

    storage = FileSystemStorage(_folder)

    def find(self, path: Any, *args: Any, **kwargs: Any) -> Any:
        if path != SHEET:
            return []
        join_components()
        return super().find(path, *args, **kwargs)

    def list(self, ignore_patterns: Any) -> Any:
        join_components()
        return super().list(ignore_patterns)
