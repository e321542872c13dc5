"""ASVS V11: ciphers, digests and randomness come from libraries, are strong, and are used as they are meant."""

from __future__ import annotations

import ast
import re
from typing import Any

from argon2 import PasswordHasher, Type
from argon2.low_level import Type as LowType
from django.contrib.auth.hashers import Argon2PasswordHasher

from besa.vault import envelope
from tests.security.sources import calls, importers, modules, text

# Besa is written against these alone: what hides, signs, digests or draws lots.
LIBRARIES = (
    "cryptography",
    "pyrage",
    "hashlib",
    "hmac",
    "secrets",
    "argon2",
    "django.core.signing",
    "django.utils.crypto",
)
WEAK = re.compile(
    r"\b(MD5|SHA1|sha1|md5|ECB|CBC\(|CTR\(|TripleDES|Blowfish|ARC4|RC4|IDEA|CAST5|PKCS1v15|DSA\b(?<!EdDSA)|SHA224|blake2s)\b"
)
# Where a name of the list stands for something else, with what it stands for.
MEANT = {"besa/settings.py": "MD5 hashes passwords in the tests only, where hundreds are made"}


def test_cryptography_comes_from_libraries() -> None:
    """No cipher, no key derivation, no signature is built by hand: no function of ours is called like one."""
    assert importers("Crypto", "Cryptodome", "nacl", "rsa", "ecdsa", "pyaes", "M2Crypto", "OpenSSL") == set()
    own = re.compile(r"^_?(encrypt|decrypt|aes|hkdf|pbkdf2|scrypt|xor|rsa_|sign_with|hmac)\w*$", re.IGNORECASE)
    made = [
        (path, node.name)
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and own.match(node.name)
    ]
    adapters = {
        ("besa/directory/accounts.py", "encrypt"),
        ("besa/directory/accounts.py", "decrypt"),
    }  # seal by the vault
    assert [one for one in made if one not in adapters and not _calls_a_library(*one)] == []
    assert importers("cryptography"), "there is something to look at"


def _calls_a_library(path: str, name: str) -> bool:
    """Does the function do its work by a call of a library that the module imports?"""
    functions = (node for node in ast.walk(modules()[path]) if isinstance(node, ast.FunctionDef) and node.name == name)
    code = ast.unparse(next(functions))
    return path in importers(*LIBRARIES) and bool(
        re.search(r"AESGCM|hmac\.|pyrage|HKDF|Ed25519|encrypt\(|decrypt\(|envelope\.", code)
    )


def test_no_weak_method_is_named_in_the_code() -> None:
    named = {path for path, tree in modules().items() if WEAK.search(_code(tree))}
    assert named == set(MEANT)


def _code(tree: ast.Module) -> str:
    """The code without its docstrings."""
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            lines.append(node.id if isinstance(node, ast.Name) else node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 60:
            lines.append(node.value)
    return "\n".join(lines)


def test_keys_and_digests_are_long_enough() -> None:
    assert envelope.KEY_BYTES == 32
    assert len(envelope.new_key()) == 32
    digests = {name.partition("(")[0] for _, _, name in calls() if name.startswith("hashlib.")}
    assert digests <= {"hashlib.sha256", "hashlib.sha512", "hashlib.sha384", "hashlib.file_digest", "hashlib.blake2b"}
    names = re.compile(r"[\"'](sha\d+|md5)[\"']|hashlib\.(\w+)")
    for path in importers("hmac"):
        found = {one or two for one, two in names.findall(text(path))}
        assert found <= {"sha256", "sha512", ""}, path


def test_a_box_says_how_it_was_sealed() -> None:
    """The first byte names the format, so that another method can come beside it; a format that is unknown does not open."""
    key = envelope.new_key()
    box = envelope.seal(key, b"text", context=b"place")
    assert box[:1] == envelope.FORMAT
    for other in (b"\x00", b"\x02", b"\xff"):
        try:
            envelope.open_(key, other + box[1:], context=b"place")
        except envelope.Unopened:
            continue
        raise AssertionError(f"format {other!r} opened")


def test_production_hashes_passwords_with_argon2(production: dict[str, Any]) -> None:
    """Argon2id with at least the 19 MiB, 2 rounds that OWASP asks for; a hash of another kind is not even read."""
    assert production["PASSWORD_HASHERS"] == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    hasher = Argon2PasswordHasher()
    made = hasher.params()
    assert made.type in (Type.ID, LowType.ID)
    assert made.memory_cost >= 19 * 1024
    assert made.time_cost >= 2
    encoded = hasher.encode("correct horse battery", "saltsaltsalt")
    assert encoded.startswith("argon2$argon2id$")
    assert PasswordHasher().verify(encoded.removeprefix("argon2"), "correct horse battery")


def test_no_key_is_made_from_a_password() -> None:
    """Keys are drawn by lot and wrapped; where a person's words must give a key, the library's slow function would do it."""
    slow = re.compile(r"PBKDF2HMAC|pbkdf2|Scrypt|scrypt|Argon2id|passphrase", re.IGNORECASE)
    assert [path for path in sorted(importers(*LIBRARIES)) if slow.search(text(path))] == []


def test_secrets_come_from_the_secure_source() -> None:
    """`random` can be predicted; only the demonstration, whose data are made up, may use it."""
    users = importers("random", "numpy.random")
    assert {path for path in users if "/demo/" not in path} == set()
    weak = {place for place, _, name in calls() if name in ("uuid.uuid1", "uuid.uuid3", "uuid.uuid5", "time.time_ns")}
    assert weak == set()
    sizes = [
        (place, node.args[0].value)
        for place, node, name in calls()
        if re.fullmatch(r"secrets\.token_\w+|os\.urandom", name)
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
    assert len(sizes) > 3
    names = {"besa/audit/anchor.py", "besa/vault/providers/file.py"}  # of drafts and of keys, not secrets
    assert [one for one in sizes if int(str(one[1])) < 16 and one[0].partition(":")[0] not in names] == []
