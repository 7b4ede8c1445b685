"""A translation service on this machine that implements both documented APIs and fails on demand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import parse_qs, urlsplit

# Seconds until a hanging response is sent, to a client without a timeout.
HANGS_SECONDS = 20


class StandIn:
    """Requests and configured responses: `failures` are (status, headers, body) or words, used one by one."""

    def __init__(self, url):
        self.url = url
        self.requests = []
        self.failures = []
        # Ends hanging responses.
        self.is_over = Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        stand_in = self.server.stand_in
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        stand_in.requests.append({"path": address.path, "query": query, "headers": dict(self.headers), "body": body})
        failure = stand_in.failures.pop(0) if stand_in.failures else None
        if failure is None:
            self.answer(200, {}, self.translate(query, body))
        elif failure == "silence":
            stand_in.is_over.wait(HANGS_SECONDS)
            self.answer(200, {}, self.translate(query, body))
            self.close_connection = True
        elif failure == "cut off":
            self.answer(200, {}, self.translate(query, body), announced=10_000)
            self.close_connection = True
        elif failure == "drip":
            content = json.dumps(self.translate(query, body)).encode()
            drops = int(HANGS_SECONDS / 0.1)
            self.answer(200, {}, b" ", announced=1 + drops + len(content))
            for _ in range(drops):
                if stand_in.is_over.wait(0.1):
                    break
                self.wfile.write(b" ")
            self.wfile.write(content)
        else:
            self.answer(*failure)

    def translate(self, query, body):
        if isinstance(body, list):  # Microsoft's
            dest = query["to"]
            return [{"translations": [{"text": f"{body[0]['Text']} ({query['from']} > {dest})", "to": dest}]}]
        return {"translatedText": f"{body['q']} ({body['source']} > {body['target']})"}

    def answer(self, status, headers, body, announced=None):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(announced or len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Do not log clients that disconnect."""


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Run the service on a free port."""
    server = Server(("127.0.0.1", 0), Handler)
    server.stand_in = StandIn(f"http://127.0.0.1:{server.server_port}")
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.stand_in
    server.stand_in.is_over.set()
    server.shutdown()
    server.server_close()
