"""Files and folders that systems leave among videos: never clips, never classes."""

from __future__ import annotations

_FOLDERS = {
    "__macosx": "macOS",
    "network trash folder": "macOS",
    "temporary items": "macOS",
    "thevolumesettingsfolder": "macOS",
    "@eadir": "a Synology disk station",
    "#recycle": "a Synology disk station",
    "#snapshot": "a Synology disk station",
    "@recycle": "a QNAP disk station",
    "@recently-snapshot": "a QNAP disk station",
    "$recycle.bin": "Windows",
    "recycler": "Windows",
    "recycled": "Windows",
    "system volume information": "Windows",
    "lost+found": "Linux",
    "__pycache__": "Python",
}
_FILES = {
    "thumbs.db": "Windows",
    "ehthumbs.db": "Windows",
    "desktop.ini": "Windows",
    "icon\r": "macOS",
}


def clutter(name: str) -> str | None:
    """Return why a file or folder of that name is no clip or class; None for any other name.

    A name that starts with a dot is hidden, among them the `._NAME` that macOS writes beside NAME.
    """
    if name.startswith("._"):
        return "written by macOS beside a file"
    if name.startswith("."):
        return "hidden"
    system = {**_FOLDERS, **_FILES}.get(name.lower())
    return f"written by {system}" if system else None
