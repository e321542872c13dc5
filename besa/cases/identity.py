"""What whoever opens a case writes of a person; the shape itself belongs to `people`, which few may import."""

from besa.people.identity import Identity, Part

__all__ = ["Identity", "Part"]
