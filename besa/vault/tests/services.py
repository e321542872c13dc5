"""Starts and stops the key management service of the tests."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PROGRAM = Path(__file__).with_name("kms_stand_in.py")
PATIENCE = 20.0


def certificate(folder: Path) -> Path:
    """A certificate for this machine that vouches for itself, with its key, in `server.pem`; gives what a client must trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(private + public)
    (folder / "trusted.pem").write_bytes(public)
    return folder / "trusted.pem"


class Service:
    """The stand-in as a process: over a Unix socket, or over HTTPS where its folder holds a certificate."""

    def __init__(self, folder: Path, token: str = "") -> None:
        self.folder, self.token = folder, token
        self.is_https = (folder / "server.pem").exists()
        self._process: subprocess.Popen[bytes] | None = None
        self._port = "0"

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._port}" if self.is_https else f"unix:{self.folder / 'socket'}"

    def start(self) -> None:
        """At the same address as before; returns when it serves."""
        (self.folder / "port").unlink(missing_ok=True)
        address = self._port if self.is_https else str(self.folder / "socket")
        command = [sys.executable, str(PROGRAM), str(self.folder), address, self.token]
        with (self.folder / "errors").open("ab") as errors:
            self._process = subprocess.Popen(command, stdout=errors, stderr=errors)  # noqa: S603 (of this folder)
        until = time.monotonic() + PATIENCE
        while not (port := self.folder / "port").exists() or not port.read_text():
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError((self.folder / "errors").read_text())
            time.sleep(0.02)
        self._port = port.read_text()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def be(self, mood: str) -> None:
        """Misbehave from the next request on; an empty mood ends it."""
        (self.folder / "mood").write_text(mood)

    def log(self) -> str:
        log = self.folder / "log"
        return log.read_text() if log.exists() else ""

    def forget_log(self) -> None:
        (self.folder / "log").unlink(missing_ok=True)
