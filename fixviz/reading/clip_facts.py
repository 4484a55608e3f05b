"""Facts about a clip and its analysis, and notes on what is wrong with it."""

from __future__ import annotations

from typing import Any

_DECODERS = {"pyav": "PyAV", "decord": "decord"}


def facts(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is known about the clip and its analysis, as names and values with units."""
    clip, sampling = manifest["clip"], manifest["sampling"]
    # The run that comes with fixviz does not say how long it took.
    took = f" in {manifest['seconds']:.1f} s" if "seconds" in manifest else ""
    crop = sampling.get("crop")
    cropped = []
    if crop:
        left, top, width, height = crop
        part = f"{width} × {height} px at ({left}, {top}) of the upright video"
        cropped = [("Part looked at", part)]
    return [
        (
            "Picture",
            f"{clip['width']} × {clip['height']} px, {clip['codec']} in {clip['container']}",
        ),
        *cropped,
        ("Length", f"{clip['duration_s']:.2f} s, {clip['frame_count']} frames"),
        ("Frame rate", f"{clip['fps']:.2f} frames/s"),
        ("Analyzed", f"{sampling['start_s']:.2f} to {sampling['end_s']:.2f} s"),
        ("Frames looked at", f"{sampling['frames']}, {sampling['rate_hz']:g} per second"),
        ("Frame size", _frame_size(manifest)),
        *_masks(manifest),
        ("Decoded by", _DECODERS.get(clip["decoder"], clip["decoder"])),
        ("Computed on", f"{manifest['device']}{took}"),
        ("SHA-256 of the file", f"{clip['sha256'][:16]}…"),
    ]


def _frame_size(manifest: dict[str, Any]) -> str:
    """Say at which size the models saw the frames, and at which they were trained where that is another."""
    sizes: dict[str, list[str]] = {}
    for model in manifest["models"]:
        grid = model["grid"]
        # Runs of earlier versions show every model frames of its own size, and do not say so.
        shown = model["config"].get("image_size")
        trained = model.get("trained_size", shown)
        seen = f"{grid['model_width']} × {grid['model_height']} px"
        text = f"{seen}, {grid['rows']} × {grid['columns']} patches"
        if trained != shown:
            text += f" (trained at {trained} px)"
        sizes.setdefault(text, []).append(str(model["title"]))
    if len(sizes) == 1:
        return next(iter(sizes))
    return "; ".join(f"{', '.join(titles)}: {text}" for text, titles in sizes.items())


def _masks(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """Return a row about the masks that came with the clip, if any did."""
    masks = (manifest.get("truth") or {}).get("masks")
    if masks is None:
        return []
    looked_at = manifest["sampling"]["frames"]
    inverted = ", inverted" if masks["inverted"] else ""
    text = f"{masks['name']}{inverted}, for {masks['frames']} of {looked_at} frames"
    return [("Masks of the target", f"{text}, SHA-256 {masks['sha256'][:16]}…")]


def notes(manifest: dict[str, Any]) -> list[str]:
    """Return sentences that a reader should see before the pictures."""
    sentences = [str(note) for note in manifest.get("notes", ())]
    if manifest["sampling"]["truncated"]:
        sentences.append(
            f"Only the first {manifest['sampling']['frames']} frames of the span were analyzed, up "
            f"to {manifest['sampling']['end_s']:.1f} s. Choose a later start to see the rest."
        )
    return sentences
