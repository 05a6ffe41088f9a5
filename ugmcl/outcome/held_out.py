"""Which cases judge: those of role test where there are any, else validation, else none."""

from __future__ import annotations

from ugmcl.data.cache import Cache, CachedCase


def held_out(cache: Cache) -> tuple[str | None, list[CachedCase]]:
    """Role and cases with a reference that no step of the training saw; (None, []) without any."""
    for role in ("test", "validation"):
        cases = [case for case in cache.with_role(role) if case.has_label]
        if cases:
            return role, cases
    return None, []
