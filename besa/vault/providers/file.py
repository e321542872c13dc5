"""Keys in a folder that only the user who runs Besa may open: one file for each key, one that names the current one."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from besa.vault import envelope
from besa.vault.providers.errors import KeysUnavailable
from besa.vault.providers.local import LocalProvider, checked

CURRENT = "current"
ID = re.compile(r"[0-9a-f]{8}")
DRAFT = re.compile(r"\.(current|kek-[0-9a-f]{8}\.key)\.[0-9a-f]{8}")


class FileProvider(LocalProvider):
    """`kek-<id>.key` holds 32 random bytes; `current` holds the id of the key that wraps from now on.

    Only outside production may it begin by itself (`may_begin`); there `besa keys begin` makes the first key. A process keeps the
    keys that it has read; one that was retired meanwhile wraps nothing, and goes when the process does.
    """

    def __init__(self, folder: str, *, may_begin: bool) -> None:
        self.folder, self.may_begin = Path(folder), may_begin
        self._held: dict[str, bytes] = {}

    def current(self) -> str:
        try:
            return (self.folder / CURRENT).read_text().strip()
        except FileNotFoundError:
            if self.may_begin:
                return self.add()
            raise KeysUnavailable(f"there is no key in {self.folder}; run besa keys begin") from None
        except (OSError, ValueError):
            raise KeysUnavailable(f"{self.folder / CURRENT} cannot be read") from None

    def ids(self) -> list[str]:
        try:
            files = sorted(self.folder.glob("kek-*.key"), key=lambda file: (file.stat().st_mtime_ns, file.name))
        except OSError:
            raise KeysUnavailable(f"{self.folder} cannot be read") from None
        return [file.stem.removeprefix("kek-") for file in files]

    def add(self) -> str:
        kek = secrets.token_hex(4)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(f"kek-{kek}.key", envelope.new_key())
            self._write(CURRENT, kek.encode())
        except OSError:
            raise KeysUnavailable(f"no key can be written to {self.folder}") from None
        return kek

    def retire(self, kek: str) -> None:
        if kek == self.current():
            raise ValueError("the current key is not retired")
        try:
            self._remove(self._file(kek))
        except FileNotFoundError:
            raise KeysUnavailable(f"there is no key {kek} in {self.folder}") from None
        except OSError:
            raise KeysUnavailable(f"the key {kek} cannot be removed from {self.folder}") from None
        self._held.pop(kek, None)

    def left_over(self) -> list[str]:
        """Drafts of files: who wrote them was broken off before they had their name."""
        try:
            return sorted(file.name for file in self.folder.iterdir() if DRAFT.fullmatch(file.name))
        except FileNotFoundError:
            return []
        except OSError:
            raise KeysUnavailable(f"{self.folder} cannot be read") from None

    def tidy(self) -> None:
        try:
            for name in self.left_over():
                self._remove(self.folder / name)
        except OSError:
            raise KeysUnavailable(f"drafts cannot be removed from {self.folder}") from None

    def _remove(self, file: Path) -> None:
        with file.open("r+b") as out:  # the bytes go before the name does
            out.write(b"\0" * envelope.KEY_BYTES)
            out.flush()
            os.fsync(out.fileno())
        file.unlink()
        self._keep_names()

    def _file(self, kek: str) -> Path:
        """Where a key lies; ids come out of a database and are looked at before they become a path."""
        if not ID.fullmatch(kek):
            raise KeysUnavailable("that is not the id of a key in a folder")
        return self.folder / f"kek-{kek}.key"

    def _write(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all, readable by its owner alone; it is on the disk when this returns."""
        draft = self.folder / f".{name}.{secrets.token_hex(4)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self.folder / name)
        self._keep_names()

    def _keep_names(self) -> None:
        """Have the folder itself on the disk: a key that wraps something must outlive a loss of power."""
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _key(self, kek: str) -> bytes:
        if kek not in self._held:
            file = self._file(kek)
            try:
                self._held[kek] = checked(file.read_bytes(), str(file))
            except OSError:
                raise KeysUnavailable(f"the key {kek} cannot be read in {self.folder}") from None
        return self._held[kek]
