"""ASVS V12 and what the proxy does: `deploy/nginx.conf`, and connections to other machines."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
import yaml
from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from besa.lib.connections import is_here, readable_connections
from tests.security.sources import directives, importers, text, unit

HTTPS = [(name, value) for block, name, value in directives() if block.startswith("server location")]
LISTENS = [value for _, name, value in directives() if name == "listen"]


def of(name: str) -> list[str]:
    return [value for _, found, value in directives() if found == name]


def test_the_proxy_speaks_only_present_tls() -> None:
    assert set(of("ssl_protocols")) == {"TLSv1.2 TLSv1.3"}
    assert all("ssl" in value.split() for value in LISTENS if value.replace("[::]:", "").startswith("443"))


def test_the_proxy_offers_only_ciphers_with_forward_secrecy() -> None:
    (offered,) = of("ssl_ciphers")
    known = {cipher["name"]: cipher for cipher in ssl.create_default_context().get_ciphers()}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(offered)
    names = offered.split(":")
    assert {cipher["name"] for cipher in context.get_ciphers() if cipher["protocol"] == "TLSv1.2"} == set(names)
    assert all(name.startswith("ECDHE-") and known[name]["aead"] for name in names)
    assert all(known[name]["strength_bits"] >= 128 for name in names)
    strengths = [known[name]["strength_bits"] for name in names]
    assert strengths == sorted(strengths, reverse=True), "the strongest first"
    assert of("ssl_prefer_server_ciphers") == ["on"]
    assert of("ssl_session_tickets") == ["off"], "their key would open what was recorded"


def test_the_proxy_names_a_certificate() -> None:
    assert len(of("ssl_certificate")) == len(of("ssl_certificate_key")) == 1
    assert of("ssl_reject_handshake") == ["on"], "no certificate for hosts that are not ours"


def test_nothing_relies_on_client_certificates() -> None:
    assert [name for _, name, _ in directives() if name.startswith("ssl_client") or name.startswith("ssl_verify")] == []
    assert not any("ssl_client" in value for _, _, value in directives())


def test_only_reading_is_led_from_http_to_https() -> None:
    plain = [(block, name, value) for block, name, value in directives() if "return" in name]
    assert ("server", "return", "301 https://$host$request_uri") in plain
    refused = [block for block, _, value in plain if value == "403"]
    assert refused == ["server if ($request_method !~ ^(GET|HEAD)$)"]
    first = re.split(r"^server \{", text("deploy/nginx.conf"), flags=re.MULTILINE)[1]
    assert "listen 80;" in first
    assert "proxy_pass" not in first, "nothing is served in the clear"


def test_the_proxy_overwrites_what_it_vouches_for() -> None:
    sets = [value.split(maxsplit=1) for name, value in HTTPS if name == "proxy_set_header"]
    assert dict(sets) == {
        "Host": "$host",
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Proto": "$scheme",
        "X-Forwarded-Host": '""',
        "X-Real-IP": '""',
        "Forwarded": '""',
        "Upgrade": '""',
        "Connection": '""',
    }


def test_the_proxy_caps_what_is_sent() -> None:
    (cap,) = of("client_max_body_size")
    assert 25 < int(cap.removesuffix("m")) <= 64
    assert of("client_body_timeout")
    assert of("client_header_timeout")


def test_answers_of_the_proxy_itself_carry_the_headers() -> None:
    added = [value for name, value in HTTPS if name == "add_header"]
    assert 'Strict-Transport-Security "max-age=31536000; includeSubDomains" always' in added
    assert "X-Content-Type-Options nosniff always" in added
    hidden = [value for name, value in HTTPS if name == "proxy_hide_header"]
    assert {value.split()[0] for value in added} == set(hidden), "sent once and not twice"


def test_one_host_serves_one_application() -> None:
    assert set(of("server_name")) == {"besa.example.org"}
    assert {block for block, name, _ in directives() if name == "proxy_pass"} == {"server location /"}


def test_unencrypted_http_stays_on_the_machine() -> None:
    """The proxy and Besa speak over the loopback of one machine; in containers the port is published there alone."""
    assert of("proxy_pass") == ["http://127.0.0.1:8000"]
    assert unit()["ExecStart"].endswith("serve --bind 127.0.0.1:8000")
    services = yaml.safe_load(text("deploy/compose.yaml"))["services"]
    published = [str(port) for service in services.values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert "ports" not in services["database"]
    assert any("/var/run/postgresql" in volume for volume in services["besa"]["volumes"]), "over a socket"


@pytest.mark.parametrize("alias", ["default", "keystore"])
@pytest.mark.parametrize(
    ("host", "options", "is_safe"),
    [
        ("10.1.2.3", {}, False),
        ("database.example.org", {"sslmode": "require"}, False),
        ("database.example.org", {"sslmode": "prefer"}, False),
        ("database.example.org", {"sslmode": "verify-full"}, True),
        ("127.0.0.1", {}, True),
        ("", {}, True),
        ("/run/postgresql", {}, True),
    ],
)
def test_an_open_connection_to_another_machine_is_refused(
    alias: str, host: str, options: dict[str, str], is_safe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`require` encrypts and believes anybody; only a verified certificate counts."""
    made = {"ENGINE": "django.db.backends.postgresql", "HOST": host, "OPTIONS": options}
    monkeypatch.setitem(settings.DATABASES, alias, made)
    named = {"default": "BESA_DATABASE_URL", "keystore": "BESA_KEYSTORE_URL"}[alias]
    assert [name for name, _ in readable_connections()] == ([] if is_safe else [named])


@pytest.mark.parametrize(
    ("host", "tls", "is_safe"),
    [("mail.example.org", False, False), ("mail.example.org", True, True), ("::1", False, True)],
)
def test_mail_in_the_clear_is_refused(host: str, tls: bool, is_safe: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    smtp = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_HOST": host, "EMAIL_USE_TLS": tls}
    for name, value in smtp.items():
        monkeypatch.setattr(settings, name, value, raising=False)
    assert [name for name, _ in readable_connections()] == ([] if is_safe else ["BESA_MAIL_URL"])


def test_what_is_here() -> None:
    assert all(is_here(host) for host in ("", "localhost", "127.0.0.1", "[::1]", "/run/postgresql"))
    assert not any(is_here(host) for host in ("10.0.0.1", "example.org", "0.0.0.0", "localhost.example.org"))  # noqa: S104


@pytest.fixture
def impostor() -> Iterator[int]:
    """The port of something that takes connections and shows no valid certificate."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"220 not TLS at all\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(timeout=5)


def test_the_mail_server_must_show_a_valid_certificate(impostor: int) -> None:
    backend = EmailBackend(host="127.0.0.1", port=impostor, use_ssl=True, timeout=5)
    assert backend.ssl_context.verify_mode is ssl.CERT_REQUIRED
    assert backend.ssl_context.check_hostname
    with pytest.raises((ssl.SSLError, smtplib.SMTPException, ConnectionError)):
        backend.open()


def test_no_code_switches_verification_off() -> None:
    for path in importers("ssl"):
        assert not re.search(r"CERT_NONE|check_hostname\s*=\s*False|_create_unverified", text(path)), path
