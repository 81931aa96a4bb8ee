"""The arguments of a command as the shell gave them, before they have their types."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand


class Command(TyperCommand):
    """A command that refuses empty arguments.

    An empty one is nearly always a variable of the shell that was not set. As a path it would be
    the current folder.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; raises the usage error that names an empty one."""
        given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        parameters: Any = self.params
        for parameter in parameters:
            values = given.get(parameter.name or "")
            several = values if isinstance(values, list | tuple) else [values]
            if any(isinstance(value, str) and not value.strip() for value in several):
                raise typer.BadParameter(
                    "it is empty; is a variable of the shell not set?", ctx=ctx, param=parameter
                )
        return super().parse_args(ctx, args)
