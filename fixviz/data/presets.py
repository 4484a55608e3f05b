"""How hard generated clips are: presets, each a set of documented ranges. Free of torch.

Lengths are fractions of the frame's short side, times fractions of the clip.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from fixviz.errors import OptionError

Range = tuple[float, float]


@dataclass(frozen=True)
class Filming:
    """Ranges of what sets footage that people film apart from a drawn scene.

    Nothing here changes what a class means: motions stay relative to the background.
    """

    follow: float
    """Probability that the camera follows what decides."""
    pace: float
    """Most factor by which something that is followed goes farther than the preset's travel."""
    slant: float
    """Most angle between a straight way and its class's, in radians; most log growth along it."""
    zoom: float
    """Most change of the log of the zoom over a clip."""
    cut_in: float
    """Probability that the clip cuts from a wider to a closer view, or back."""
    unsteady: float
    """Most standard deviation of the hand's shake; in radians, of the camera's roll."""
    parallax: float
    """Most extra shift of things in front of the background, as a share of the camera's."""
    parts: float
    """Probability that an object has legs, wheels or wings."""
    deform: float
    """Most change of the log of an object's height over its width."""
    landscape: float
    """Probability of a background with ground, horizon and posts instead of one texture."""
    exposure: float
    """Most relative change of brightness within a clip; of colors and contrast between clips."""
    focus: float
    """Most blur of a lens that hunts for focus (standard deviation)."""
    shutter: float
    """Longest exposure of a frame, as a share of the time between frames."""
    compression: float
    """Most coarseness of the compression: the quantization step of the lowest frequency."""

    def at_difficulty(self, difficulty: float) -> Filming:
        """Return everything scaled by `difficulty`; only the landscape is there from the start."""
        scaled = {f.name: getattr(self, f.name) * difficulty for f in fields(self)}
        pace = 1 + (self.pace - 1) * difficulty
        return Filming(**{**scaled, "pace": pace, "landscape": self.landscape})


@dataclass(frozen=True)
class ClipSpec:
    """Ranges from which a clip is drawn.

    What makes a clip harder at difficulty 0..1 is scaled from nothing to its value here
    (`at_difficulty`); the classes themselves stay the same.
    """

    size: Range
    """Diameter of the deciding object."""
    travel: Range
    """Path length of left, right, up, down; change of distance of collide and part."""
    growth: Range
    """Change of log size over a clip of approach and recede."""
    circle: Range
    """Radius of the circles."""
    shake: Range
    """Amplitude of the shakes (half of what lies between the extremes)."""
    turn: Range
    """Angle of turn over a clip, radians."""
    camera: float = 0.0
    """Most that the camera drifts over a clip."""
    still_objects: int = 0
    """Most objects that rest on the background."""
    moving_objects: int = 0
    """Most objects that move and do not decide the class (0..3)."""
    wander: float = 0.0
    """Most that such an object strays; well below the deciding motions."""
    occluder: float = 0.0
    """Probability of a bar in front of everything."""
    noise: float = 0.0
    """Most standard deviation of the pixel noise, on the scale 0..1."""
    blur: float = 0.0
    """Most blur (standard deviation)."""
    lighting: float = 0.0
    """Most relative change of the light over a clip and across a frame."""
    texture: float = 0.0
    """Most contrast of the textures of background and objects."""
    wobble: float = 0.0
    """Impurity of the deciding motion: sideways drift, slight turning and growing."""
    camouflage: float = 0.0
    """0: objects differ clearly in color from the background; 1: colors are independent."""
    cue: bool = False
    """One mover wears a magenta rim and only its motion counts; the others move as freely."""
    filming: Filming | None = None
    """How the clip is filmed; None: a drawn scene, seen by a camera that only drifts."""

    def at_difficulty(self, difficulty: float) -> ClipSpec:
        """Return this spec at `difficulty` 0 (plain, large, one object) to 1 (the full ranges)."""
        if not 0.0 <= difficulty <= 1.0:
            raise OptionError(f"difficulty {difficulty:g} is outside 0..1.")

        def upper(r: Range) -> Range:
            return (r[1] + (r[0] - r[1]) * (0.3 + 0.7 * difficulty), r[1])

        d = difficulty
        return replace(
            self,
            size=upper(self.size),
            travel=upper(self.travel),
            growth=upper(self.growth),
            circle=upper(self.circle),
            shake=upper(self.shake),
            turn=upper(self.turn),
            camera=self.camera * d,
            still_objects=round(self.still_objects * d),
            moving_objects=round(self.moving_objects * d),
            wander=self.wander * d,
            occluder=self.occluder * d,
            noise=self.noise * d,
            blur=self.blur * d,
            lighting=self.lighting * d,
            texture=self.texture * (0.3 + 0.7 * d),
            wobble=self.wobble * d,
            camouflage=self.camouflage * d,
            filming=self.filming and self.filming.at_difficulty(d),
        )


_EASY = ClipSpec(
    size=(0.28, 0.42),
    travel=(0.35, 0.5),
    growth=(0.8, 1.2),
    circle=(0.13, 0.2),
    shake=(0.09, 0.14),
    turn=(1.8, 3.6),
    still_objects=1,
    noise=0.02,
    texture=0.6,
    wobble=0.3,
)

_STANDARD = ClipSpec(
    size=(0.2, 0.4),
    travel=(0.28, 0.5),
    growth=(0.65, 1.2),
    circle=(0.1, 0.19),
    shake=(0.07, 0.14),
    turn=(1.5, 3.6),
    camera=0.16,
    still_objects=3,
    moving_objects=1,
    wander=0.025,
    occluder=0.2,
    noise=0.05,
    blur=0.012,
    lighting=0.25,
    texture=1.0,
    wobble=0.7,
    camouflage=0.3,
)

_HARD = replace(
    _STANDARD,
    size=(0.14, 0.3),
    travel=(0.22, 0.45),
    growth=(0.55, 1.1),
    circle=(0.08, 0.16),
    shake=(0.06, 0.12),
    turn=(1.3, 3.2),
    camera=0.25,
    still_objects=6,
    moving_objects=3,
    wander=0.04,
    occluder=0.5,
    noise=0.09,
    lighting=0.4,
    wobble=1.0,
    camouflage=0.7,
)

_CUE = replace(
    _STANDARD,
    size=(0.18, 0.3),
    travel=(0.25, 0.42),
    circle=(0.1, 0.16),
    moving_objects=2,
    occluder=0.0,
    wander=0.0,
    cue=True,
)

_FILMED = replace(
    _STANDARD,
    size=(0.16, 0.56),
    travel=(0.28, 0.55),
    camera=0.25,
    still_objects=5,
    wander=0.03,
    noise=0.04,
    texture=1.4,
    camouflage=0.6,
    filming=Filming(
        follow=0.7,
        pace=3.0,
        slant=0.35,
        zoom=0.35,
        cut_in=0.12,
        unsteady=0.02,
        parallax=0.6,
        parts=0.7,
        deform=0.25,
        landscape=0.6,
        exposure=0.35,
        focus=0.013,
        shutter=0.35,
        compression=0.08,
    ),
)

PRESETS: dict[str, ClipSpec] = {
    "easy": _EASY,
    "standard": _STANDARD,
    "hard": _HARD,
    "cue": _CUE,
    "filmed": _FILMED,
}
"""easy: one clear object on a calm background. standard: camera drift, clutter, a stray mover.
hard: small objects, several stray movers, bars in front, noise. cue: the rim says which counts.
filmed: a hand-held camera that follows, zooms and cuts, objects with parts, a lens and compression."""


def preset(name: str) -> ClipSpec:
    """Return the preset of that name. Raises OptionError that names the known ones."""
    if name not in PRESETS:
        raise OptionError(f"There is no preset {name!r}; the presets are {', '.join(PRESETS)}.")
    return PRESETS[name]
