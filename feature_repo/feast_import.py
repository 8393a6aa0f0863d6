"""Make `import feast` take less than half of its time, and still refuse a wrong argument.

Feast marks its classes with `typeguard.typechecked`, which compiles each of their methods again at every
start. That is two thirds of what the import costs. Definitions rely on the check of what they give to
`Entity`, `Field`, `FeatureView` and the like. So the constructors keep the check, with the same messages, and
the other methods go without it.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any

import typeguard

_typechecked = typeguard.typechecked


def check_constructors_only() -> None:
    """Let typeguard check only the constructors of Feast's classes, from the first `import feast` on.

    It is called before anything imports Feast; where Feast is imported already, it changes nothing. Classes
    and functions of other packages keep all of their checks.
    """
    if "feast" not in sys.modules:
        typeguard.typechecked = _typechecked_constructor


def _typechecked_constructor(target: Any = None, **options: Any) -> Any:
    if not _is_class_of_feast(target):
        return _typechecked(target, **options)
    target.__init__ = _typechecked(target.__init__)
    return target


def _is_class_of_feast(target: object) -> bool:
    return inspect.isclass(target) and target.__module__.startswith("feast.")
