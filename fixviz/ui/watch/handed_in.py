"""Which of the files that somebody hands in together is the clip, and which are its masks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from fixviz.data.clip_masks import BESIDE
from fixviz.data.mask_pictures import PICTURES, is_picture
from fixviz.engine import Engine, UploadRef
from fixviz.errors import OptionError
from fixviz.media.clutter import clutter
from fixviz.media.containers import SUFFIXES

TYPES: Final = (*SUFFIXES, "zip", *PICTURES)
"""Endings of files that can be handed in."""
_COPY = re.compile(r"\s*\(\d+\)$")
"""What browsers append to the name of a file that they save once more."""
_MASK = re.compile(r"(?P<clip>.*?)[\s_.-]*masks?", re.IGNORECASE)


@dataclass(frozen=True)
class HandedIn:
    """A clip with its masks, as uploaded files that have a `name`."""

    clip: Any
    masks: tuple[Any, ...] = ()
    """A mask video, a ZIP, or pictures; empty without masks."""

    @property
    def files(self) -> tuple[Any, ...]:
        """The clip and its masks."""
        return (self.clip, *self.masks)

    @property
    def said(self) -> str:
        """What the masks are, as a phrase; empty without masks."""
        if not self.masks:
            return ""
        if is_picture(self.masks[0].name):
            count = len(self.masks)
            return "1 picture of a mask" if count == 1 else f"{count} pictures of masks"
        return f"masks from {self.masks[0].name}"

    def keep(self, engine: Engine, owner: str) -> tuple[UploadRef, UploadRef | None]:
        """Keep clip and masks as uploads of `owner`. Raises what `Engine.add_upload` raises."""
        clip = engine.add_upload(self.clip.name, self.clip, owner)
        if not self.masks:
            return clip, None
        if is_picture(self.masks[0].name):
            name = f"{PurePath(self.clip.name).stem}{BESIDE[0]}.zip"
            return clip, engine.add_masks(name, [(mask.name, mask) for mask in self.masks], owner)
        return clip, engine.add_upload(self.masks[0].name, self.masks[0], owner)


def sort_out(files: Sequence[Any]) -> HandedIn:
    """Return the clip and its masks, whatever the order of the files.

    Of two videos the masks are the one called NAME_mask, or the one whose name goes on where the other's
    ends.
    Raises OptionError with a sentence where that does not settle it.
    """
    files = [file for file in files if clutter(file.name) is None]
    videos = [file for file in files if _ending(file.name) in SUFFIXES]
    pictures = [file for file in files if is_picture(file.name)]
    zips = [file for file in files if _ending(file.name) == "zip"]
    if not videos:
        raise OptionError("There is no video among these files; choose the video with its masks.")
    clip, *others = _clip_first(videos)
    kinds = [kind for kind in (others, zips, pictures) if kind]
    if len(kinds) > 1 or len(zips) > 1:
        raise OptionError(
            f"These are several sets of masks. Choose one with '{clip.name}': a mask video, a ZIP, or PNG "
            "files."
        )
    names = [picture.name for picture in pictures]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise OptionError(f"The mask '{twice}' was chosen twice; choose each file once.")
    return HandedIn(clip, tuple(kinds[0]) if kinds else ())


def _clip_first(videos: Sequence[Any]) -> Sequence[Any]:
    """Return the clip, then its mask video if there is one."""
    if len(videos) == 1:
        return videos
    if len(videos) > 2:
        raise OptionError(
            f"These are {len(videos)} videos. Choose one, and with it at most its mask video."
        )
    for clip, mask in (videos, videos[::-1]):
        if _is_mask_of(_stem(mask.name), _stem(clip.name)):
            return clip, mask
    for clip, mask in (videos, videos[::-1]):
        if _stem(mask.name).startswith(_stem(clip.name)) and _stem(mask.name) != _stem(clip.name):
            return clip, mask
    one, other = (file.name for file in videos)
    for clip, mask in ((one, other), (other, one)):
        if _MASK.fullmatch(_stem(mask)) and not _MASK.fullmatch(_stem(clip)):
            raise OptionError(
                f"'{mask}' has not the name of '{clip}'. If these are its masks, call them "
                f"{_stem(clip)}{BESIDE[0]}."
            )
    raise OptionError(
        f"'{one}' and '{other}': which of them shows the masks? Call it "
        f"{_stem(one)}{BESIDE[0]} or {_stem(other)}{BESIDE[0]}, by the name of its clip."
    )


def _is_mask_of(mask: str, clip: str) -> bool:
    found = _MASK.fullmatch(mask)
    return found is not None and found["clip"].casefold() in ("", clip.casefold())


def _stem(name: str) -> str:
    return _COPY.sub("", PurePath(name).stem)


def _ending(name: str) -> str:
    return PurePath(name).suffix.lower().lstrip(".")
