"""An outsider's verification: `python -m besa.audit.verifier EVENTS --anchors DIR --public-key FILE`.

Reads the events that `besa audit_export` wrote and the anchors that the institution holds. Needs no database, no settings and no secret.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from besa.audit import anchor, chain
from besa.audit.chain import Broken

FORMAT = "besa-events-1"
Place = tuple[int, int]  # stream and sequence


@dataclass
class Walk:
    """The walk along the chain: where each stream stands, and the digests at the places that anchors ask for."""

    wanted: frozenset[Place] = frozenset()
    ends: dict[int, tuple[int, str, int]] = field(default_factory=dict)  # stream -> sequence, digest, number
    found: dict[Place, str] = field(default_factory=dict)
    count: int = 0

    def step(self, event: dict[str, Any]) -> None:
        """Take the next event; the events of one stream come in their order. Raises Broken."""
        stream, sequence, digest = event["stream"], event["sequence"], event["digest"]
        before, link, number = self.ends.get(stream, (0, chain.BEGIN, 0))
        where = f"event {event['id']} (stream {stream}, place {sequence})"
        if sequence != before + 1:
            raise Broken(f"{where}: place {before + 1} of the stream is expected; events are missing or come twice")
        if event["previous_digest"] != link:
            raise Broken(f"{where}: does not link to the event before it")
        if chain.digest_of(link, event) != digest:
            raise Broken(f"{where}: its content does not give its digest")
        if event["id"] <= number:
            raise Broken(f"{where}: its number is not above the one before it")
        self.ends[stream] = (sequence, digest, event["id"])
        self.count += 1
        if (stream, sequence) in self.wanted:
            self.found[stream, sequence] = digest


def events_of(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The events of a file of JSON lines; its first line names the format. Raises Broken."""
    for number, line in enumerate(lines, 1):
        try:
            said = json.loads(line)
        except ValueError:
            raise Broken(f"line {number} cannot be read") from None
        if number == 1:
            if not isinstance(said, dict) or said.get("format") != FORMAT:
                raise Broken(f"this is no file of the format {FORMAT}")
            continue
        yield said


def verify(lines: Iterable[str], folder: Path, key_file: bytes) -> tuple[Walk, anchor.Summary]:
    """Check the chain, the anchors and that the chain holds each anchored end. Raises Broken."""
    key, paths = anchor.public_key(key_file), anchor.files(folder)
    wanted = frozenset((stream, sequence) for _name, stream, sequence, _digest in anchor.wanted_heads(paths, key))
    walk = Walk(wanted)
    for event in events_of(lines):
        try:
            walk.step(event)
        except (KeyError, TypeError, AttributeError, ValueError):
            raise Broken(f"what stands after {walk.count} events is not an event") from None
    return walk, anchor.check(paths, key, lambda stream, sequence: walk.found.get((stream, sequence)))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m besa.audit.verifier", description="Verify exported events.")
    parser.add_argument("events", type=Path, help="the file that besa audit_export wrote")
    parser.add_argument("--anchors", type=Path, required=True, metavar="DIR", help="the folder of the anchors")
    parser.add_argument("--public-key", type=Path, required=True, metavar="FILE", help="the key as you were given it")
    asked = parser.parse_args(argv)
    try:
        with asked.events.open(encoding="utf-8") as lines:
            walk, anchors = verify(lines, asked.anchors, asked.public_key.read_bytes())
    except (Broken, OSError, UnicodeDecodeError) as problem:
        sys.stderr.write(f"NOT whole: {problem}\n")
        return 1
    sys.stdout.write(f"whole: {walk.count} events in {len(walk.ends)} streams, {anchors.count} anchors\n")
    anchored = anchors.last["events"] if anchors.last else 0
    sys.stdout.write(f"after the last anchor: {walk.count - anchored} events\n")
    if anchors.declared_lost:
        sys.stdout.write(f"lost by restores that anchors declare: {anchors.declared_lost} events\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
