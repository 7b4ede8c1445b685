"""The site's style sheet, joined from its components."""

import re
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

from django.contrib.staticfiles.finders import BaseStorageFinder
from django.core.files.storage import FileSystemStorage

COMPONENTS = Path(__file__).parents[1] / "static" / "microblog" / "css" / "components.css"
SHEET = "microblog/css/site.css"
IMPORT = re.compile(r'^@import "(.+)";$', re.MULTILINE)


def join_components() -> str:
    """Return `components.css` with each of its components in place of the import."""
    return IMPORT.sub(lambda match: (COMPONENTS.parent / match[1]).read_text(), COMPONENTS.read_text())


class SheetFinder(BaseStorageFinder):
    """Find the joined style sheet: again for each request in development, once when static files are collected."""

    def __init__(self) -> None:
        folder = mkdtemp()
        finalize(self, shutil.rmtree, folder)
        super().__init__(FileSystemStorage(folder))
        self.path = Path(folder, SHEET)
        self.path.parent.mkdir(parents=True)

    def find(self, path: Any, *args: Any, **kwargs: Any) -> Any:
        if path != SHEET:
            return []
        sheet = join_components()
        if not self.path.exists() or self.path.read_text() != sheet:
            self.path.write_text(sheet)
        return super().find(path, *args, **kwargs)

    def list(self, ignore_patterns: Any) -> Any:
        self.find(SHEET)
        return super().list(ignore_patterns)
