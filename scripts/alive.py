"""Ask the web process of this container whether it lives: the exit status is 1 when it does not answer."""

import os
import sys
from http.client import HTTPConnection, HTTPException


def main() -> int:
    """Ask once."""
    server = HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=5)
    try:
        server.request("GET", "/livez")
        return int(server.getresponse().status != 200)
    except (OSError, HTTPException) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
