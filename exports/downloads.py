"""Files that are sent to one person, whole or, after a download that broke off, from where it ended."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

from django.core.files import File
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from whitenoise.responders import SlicedFile, StaticFile


def send_file(request: HttpRequest, file: File, *, name: str, etag: str) -> HttpResponseBase:
    """
    Return a file as a download, or the range of bytes that is asked for.

    Several ranges, or what is no range, are answered with the whole file, as RFC 9110 allows.
    """
    size, headers = file.size, {"Accept-Ranges": "bytes", "ETag": etag}
    with suppress(ValueError):
        start, end = StaticFile.parse_byte_range(_wanted(request, etag))
        # A negative start counts from the end of the file.
        start, end = max(start + size, 0) if start < 0 else start, size - 1 if end is None else min(end, size - 1)
        if start > end:
            file.close()
            headers["Content-Range"] = f"bytes */{size}"
            return HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
        headers |= {"Content-Range": f"bytes {start}-{end}/{size}", "Content-Length": str(end - start + 1)}
        part = FileResponse(SlicedFile(file, start, end), as_attachment=True, filename=name, headers=headers)
        part.status_code = HTTPStatus.PARTIAL_CONTENT
        return part
    return FileResponse(file, as_attachment=True, filename=name, headers=headers)


def _wanted(request: HttpRequest, etag: str) -> str:
    """Return the range that is asked for; '' where it is one of another file, or none is."""
    return request.headers.get("Range", "") if request.headers.get("If-Range", etag) == etag else ""
