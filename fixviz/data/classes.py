"""The motion classes of generated clips. Free of torch, so that pages can name them."""

from __future__ import annotations

CLASS_TEXT: dict[str, str] = {
    "left": "An object moves to the left.",
    "right": "An object moves to the right.",
    "up": "An object moves up.",
    "down": "An object moves down.",
    "approach": "An object grows, as if it came closer.",
    "recede": "An object shrinks, as if it went away.",
    "circle clockwise": "An object goes round clockwise.",
    "circle counterclockwise": "An object goes round counterclockwise.",
    "shake sideways": "An object shakes left and right.",
    "shake up and down": "An object shakes up and down.",
    "turn": "An object turns on the spot.",
    "appear": "An object appears out of nothing.",
    "vanish": "An object vanishes.",
    "collide": "Two objects move towards each other until they touch.",
    "part": "Two objects that touch move apart.",
}
"""What happens in a clip of each class, always relative to the background."""

CLASSES: tuple[str, ...] = tuple(CLASS_TEXT)
"""Class names in the order of the labels."""

PAIR_CLASSES: frozenset[str] = frozenset({"collide", "part"})
"""Classes that two objects decide together."""

_REVERSED = {
    "left": "right",
    "up": "down",
    "approach": "recede",
    "circle clockwise": "circle counterclockwise",
    "appear": "vanish",
    "collide": "part",
}

BACKWARD: tuple[int, ...] = tuple(
    CLASSES.index({**_REVERSED, **{b: a for a, b in _REVERSED.items()}}.get(name, name))
    for name in CLASSES
)
"""For each label, that of the same clip played backward."""
