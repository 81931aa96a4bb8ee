"""How a function becomes a command: groups of options, and what they have in common."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints

from maskwright.cli.shared import Outcome, finish


def given(group: Any) -> list[str]:
    """The options of a group that a person gave: those with another value than the default."""
    hints = get_type_hints(type(group), include_extras=True)
    return [
        hints[one.name].__metadata__[0].default
        for one in fields(group)
        if getattr(group, one.name) != one.default
    ]


def verb(work: Callable[..., Outcome]) -> Callable[..., None]:
    """Make a command of a function.

    Each parameter whose type is a dataclass becomes the options that its fields describe. One of
    them is `terminal: Terminal`. What the function returns is printed, and decides the exit code.

    Args:
        work: does all the work; its module has the name of the command.
    """
    own = inspect.signature(work, eval_str=True).parameters.values()
    groups: dict[str, Any] = {
        one.name: one.annotation for one in own if is_dataclass(one.annotation)
    }
    options: list[inspect.Parameter] = []
    for one in own:
        group = groups.get(one.name)
        options += (
            [one] if group is None else inspect.signature(group, eval_str=True).parameters.values()
        )

    @wraps(work)
    def command(**values: Any) -> None:
        made = {
            name: group(
                **{
                    field.name: values.pop(field.name)
                    for field in fields(group)
                    if field.name in values
                }
            )
            for name, group in groups.items()
        }
        said = made["terminal"]
        finish(
            work.__module__.rpartition(".")[2],
            lambda: work(**values, **made),
            as_json=said.as_json,
            quiet=said.quiet,
            verbose=said.verbose,
        )

    # Python wants parameters without a default first; all are given by name.
    options.sort(key=lambda one: one.default is not one.empty)
    named = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in options]
    command.__dict__["__signature__"] = inspect.Signature(named)
    command.__annotations__ = {}
    return command
