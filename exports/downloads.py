"""Send private files, with range requests so that an interrupted download can continue."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

from django.core.files import File
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from whitenoise.responders import SlicedFile, StaticFile


def send_file(request: HttpRequest, file: File, *, name: str, etag: str) -> HttpResponseBase:
    """
    Return a file as a download, or the requested range of bytes.

    For several ranges or an invalid range the response is the whole file, as RFC 9110 allows.
    """
    size, headers = file.size, {"Accept-Ranges": "bytes", "ETag": etag}
    with suppress(ValueError):
        start, end = StaticFile.parse_byte_range(_requested_range(request, etag))
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


def _requested_range(request: HttpRequest, etag: str) -> str:
    """Return the requested range, or '' if there is none or If-Range names another file."""
    return request.headers.get("Range", "") if request.headers.get("If-Range", etag) == etag else ""
