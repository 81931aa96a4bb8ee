"""Text for terminals: what names of files hold is shown, never obeyed."""

from __future__ import annotations

import re

# Control characters (escape sequences move the cursor, change titles, clear screens), those that
# turn the direction of what follows, and bytes of names that are no UTF-8.
_COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Write what a terminal would obey or cannot show as escapes, such as \\x1b; lines stay."""
    return _COMMANDS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
