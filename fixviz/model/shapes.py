"""Array shapes in signatures: jaxtyping where it is installed.

A bare training machine may lack jaxtyping. Annotations are never evaluated outside the tests
(which switch the checks on), so there any name does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jaxtyping import Float as Float
else:
    try:
        from jaxtyping import Float
    except ModuleNotFoundError:
        Float = Any

__all__ = ["Float"]
