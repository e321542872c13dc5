"""A key management service for tests: `python kms_stand_in.py FOLDER ADDRESS [TOKEN]`, a process of its own that owes Besa nothing.

It speaks the protocol of `besa/vault/providers/kms.py` over a Unix socket, or over HTTPS at a port of this machine, where FOLDER holds
`server.pem`. Keys are in FOLDER and outlive a restart. `log` there gets a line for each request. What stands in `mood` there makes it
misbehave. It shares no code with Besa: keys are sealed by AES-GCM with the context and the key's id as associated data.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
Answer = tuple[int, dict[str, Any] | None]


class Keys:
    """The keys, the oldest first, in a file of the service's own."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "kms.json"
        self._keys: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def ids(self) -> list[str]:
        return list(self._keys)

    def current(self) -> str | None:
        return self.ids()[-1] if self._keys else None

    def add(self) -> str:
        made = f"key:{len(self._keys)}.{os.urandom(3).hex()}"
        self._keys[made] = base64.b64encode(os.urandom(32)).decode()
        self._keep()
        return made

    def forget(self, kek: str) -> None:
        del self._keys[kek]
        self._keep()

    def cipher(self, kek: str) -> AESGCM:
        return AESGCM(base64.b64decode(self._keys[kek]))

    def _keep(self) -> None:
        draft = self._file.with_suffix(".new")
        draft.write_text(json.dumps(self._keys))
        draft.replace(self._file)


class Service(BaseHTTPRequestHandler):
    """One request. `folder`, `keys` and `token` are set before it serves."""

    folder: Path
    keys: Keys
    token: str

    def address_string(self) -> str:
        return "a client"

    def log_message(self, format: str, *args: Any) -> None:
        with (self.folder / "log").open("a") as log:
            log.write(f"{self.command} {format % args} {sorted(self.headers)}\n")

    def _mood(self) -> str:
        mood = self.folder / "mood"
        return mood.read_text() if mood.exists() else ""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        mood = self._mood()
        if mood == "drops":
            self._send_by_drops()
        elif mood == "hangs":
            time.sleep(30)
        elif mood == "breaks off":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
        elif mood == "says no HTTP":
            self.wfile.write(b"hello\r\n\r\n")
        elif mood.startswith("fails once "):
            (self.folder / "mood").write_text("")
            self._send(int(mood.split()[-1]), None)
        elif mood.startswith("raw "):
            self._send_bytes(200, mood.removeprefix("raw ").encode())
        elif mood.startswith("status "):
            self._send(int(mood.split()[-1]), None)
        elif mood == "is an echo":
            self._send(200, {"wrapped": (body or {}).get("key"), "key": (body or {}).get("wrapped")})
        elif self.token and self.headers.get("Authorization") != f"Bearer {self.token}":
            self._send(401, None)
        else:
            self._send(*self._answer(body))

    def _answer(self, body: dict[str, str] | None) -> Answer:
        parts = self.path.strip("/").split("/")
        if parts[0] != "keys":
            return 404, None
        if len(parts) == 1:
            return self._of_all()
        if parts[1] not in self.keys.ids():
            return 404, None
        if self.command == "DELETE":
            if parts[1] == self.keys.current():
                return 409, None
            self.keys.forget(parts[1])
            return 204, None
        return self._wrapping(parts[1], parts[2], {name: base64.b64decode(text) for name, text in (body or {}).items()})

    def _of_all(self) -> Answer:
        if self.command == "POST":
            return 201, {"id": self.keys.add()}
        return 200, {"current": self.keys.current(), "keys": self.keys.ids()}

    def _wrapping(self, kek: str, verb: str, given: dict[str, bytes]) -> Answer:
        bound = kek.encode() + b"|" + given["context"]
        if verb == "wrap":
            nonce = os.urandom(NONCE)
            wrapped = nonce + self.keys.cipher(kek).encrypt(nonce, given["key"], bound)
            return 200, {"wrapped": base64.b64encode(wrapped).decode()}
        box = given["wrapped"]
        try:
            key = self.keys.cipher(kek).decrypt(box[:NONCE], box[NONCE:], bound)
        except (InvalidTag, ValueError):
            return 422, None
        return 200, {"key": base64.b64encode(key).decode()}

    def _send(self, status: int, content: dict[str, Any] | None) -> None:
        self._send_bytes(status, b"" if content is None else json.dumps(content).encode())

    def _send_bytes(self, status: int, content: bytes) -> None:
        self.send_response(status)
        if status in (301, 302, 307, 308):
            self.send_header("Location", "/keys")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _send_by_drops(self) -> None:
        for drop in b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n" + b" " * 400:
            self.wfile.write(bytes([drop]))
            time.sleep(0.05)


class OnSocket(ThreadingHTTPServer):
    """The same over a Unix socket."""

    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        Path(str(self.server_address)).unlink(missing_ok=True)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", 0


def main(folder: str, address: str, token: str = "") -> None:
    Service.folder, Service.keys, Service.token = Path(folder), Keys(Path(folder)), token
    if address.startswith("/"):
        server: ThreadingHTTPServer = OnSocket(address, Service)  # type: ignore[arg-type]
    else:
        server = ThreadingHTTPServer(("127.0.0.1", int(address)), Service)
        trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trusted.load_cert_chain(Path(folder) / "server.pem")
        server.socket = trusted.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    (Path(folder) / "port").write_text(str(server.server_port))
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
