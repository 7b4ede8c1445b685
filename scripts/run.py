"""Set up the site on this machine, if needed, and serve it on `$PORT`."""

import os
import re
import secrets
import socket
import subprocess
import sys

from .environment import PYTHON, ROOT, install


def main() -> None:
    """Check, install, configure, compile, migrate, load demo data into an empty database, and exec the server."""
    try:
        port = free_port(os.environ.get("PORT") or "8000")
        install("requirements.txt")
        write_env()
        manage("translate", "--verbosity=0", "compile")
        manage("migrate", "--verbosity=0")
        manage("demo", "--if-empty")
    except KeyboardInterrupt:
        sys.exit(130)
    print(f"\nMicroblog: http://localhost:{port}  (Ctrl-C ends it)\n", flush=True)
    os.environ["DJANGO_RUNSERVER_HIDE_WARNING"] = "true"
    os.execv(PYTHON, [str(PYTHON), "manage.py", "runserver", f"127.0.0.1:{port}"])


def free_port(value: str) -> int:
    """Return the port if it is free; otherwise exit with a message."""
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 0 < int(value) <= 65535:
        sys.exit(f"PORT={value} is not a port: give a number from 1 to 65535.")
    port = int(value)
    try:
        # Another server on localhost, IPv4 or IPv6, would get the browser's requests.
        socket.create_connection(("localhost", port), timeout=1).close()
    except OSError:
        answers = False
    else:
        answers = True
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", port))
        except PermissionError:
            sys.exit(f"Port {port} needs administrator rights; choose another: make run PORT=8000")
        except OSError:
            answers = True
    if answers:
        sys.exit(f"Port {port} is in use; choose another: make run PORT={port + 1 if port < 65535 else 8000}")
    return port


def write_env() -> None:
    """Create `.env` for development from `.env.example`, readable by its owner only, unless it exists."""
    try:
        descriptor = os.open(ROOT / ".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    text = (ROOT / ".env.example").read_text()
    for name, value in {"SECRET_KEY": secrets.token_urlsafe(50), "CONFIGURATION": "development"}.items():
        text = re.sub(rf"^{name}=$", f"{name}={value}", text, flags=re.MULTILINE)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def manage(*arguments: str) -> None:
    """Run a command of manage.py; exit with its status if it fails."""
    status = subprocess.call([PYTHON, "manage.py", *arguments], cwd=ROOT)
    if status:
        sys.exit(status)


if __name__ == "__main__":
    main()
