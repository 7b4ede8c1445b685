"""Check that the web process of this container responds; exit with status 1 if not."""

import os
import sys
from http.client import HTTPConnection, HTTPException


def main() -> int:
    """Send one request."""
    server = HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=5)
    try:
        server.request("GET", "/livez")
        return int(server.getresponse().status != 200)
    except (OSError, HTTPException) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
