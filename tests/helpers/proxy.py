"""A proxy between the site and Elasticsearch that fails on demand."""

from __future__ import annotations

import socket
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HANGS_SECONDS = 15


class Proxy(ThreadingHTTPServer):
    """
    Pass requests on while `mode` is "pass".

    Otherwise respond with that status (429, 503), truncate responses ("cut"), respond after HANGS_SECONDS, longer than
    the site's timeout ("hang"), or respond with an unrelated page ("page"). `count` is the number of requests,
    `connections` that of connections.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = urlsplit(target)
        self.mode: str | int = "pass"
        self.count = self.connections = 0
        self.let_go = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        self.connections += 1
        return super().get_request()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        """Stop listening, so that connections are refused."""
        self.let_go.set()
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        proxy = self.server
        proxy.count += 1
        if proxy.mode == "hang":
            if not proxy.let_go.wait(HANGS_SECONDS):
                self._pass_on(body)
            self.close_connection = True
        elif isinstance(proxy.mode, int):
            self._answer(proxy.mode, {"Content-Type": "text/plain"}, b"No.")
        elif proxy.mode == "page":
            self._answer(200, {"Content-Type": "application/json"}, b'{"welcome": "to the router"}')
        else:
            self._pass_on(body, cut=proxy.mode == "cut")

    def _pass_on(self, body: bytes, *, cut: bool = False) -> None:
        target = self.server.target
        upstream = HTTPConnection(target.hostname, target.port, timeout=20)
        upstream.request(self.command, self.path, body, dict(self.headers.items()))
        answer = upstream.getresponse()
        content = answer.read()
        headers = {name: value for name, value in answer.getheaders() if name.lower() == "content-type"}
        headers["X-Elastic-Product"] = "Elasticsearch"
        self._answer(answer.status, headers, content, cut=cut)
        upstream.close()

    def _answer(self, status: int, headers: dict[str, str], content: bytes, *, cut: bool = False) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = handle_any  # noqa: N815 - names of the library's

    def log_message(self, *args: object) -> None:
        """Keep the output of the tests clean."""
