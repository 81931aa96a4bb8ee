"""Numbers in sentences."""

from __future__ import annotations


def signed(value: float) -> str:
    """`+0.012`, `−0.012`."""
    return f"{value:+.3f}".replace("-", "−")


def percent(share: float) -> str:
    """`12.3 %`."""
    return f"{100 * share:.1f} %"


def counted(many: int, thing: str) -> str:
    """`1 photo`, `2 photos`, `10,000 photos`."""
    return f"{many:,} {thing}" if many == 1 else f"{many:,} {thing}s"
