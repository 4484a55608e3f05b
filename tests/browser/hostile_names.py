"""Names that would be links, pictures, formulas and icons if anything read them as markup.

Each has a mark of its own, such as Qa1: wherever the mark is on a page, the whole name must be.
"""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from playwright.sync_api import Page

from fixviz.course import shipped
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer
from fixviz.own_models.registry import Origin, OwnModels
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.store.layout import Layout
from fixviz.teaching import examples
from fixviz.teaching.examples import ExampleClip, ExampleSets
from fixviz.teaching.outcome import (
    FOLDER,
    Answer,
    CurvePoint,
    ModelOutcome,
    Outcome,
    map_file,
    write_outcome,
)

HOST: Final = "evil.example"
NAMES: Final = (
    f"![Qa1](//{HOST}/a.png)",
    f"[Qa2](//{HOST}/)",
    f"<img src=//{HOST}/i onerror=alert(1)>Qa3",
    r"$\sqrt{Qa4}$ and $x$",
    ":material/home: Qa5 :home:",
    ":red[Qa6] :small[b] :+1:",
    f"http://{HOST}/Qa7",
    f"<a href='//{HOST}/'>Qa8</a><b>c</b>",
    "<b>Qa9</b> %{x} %{customdata} {0}",
    f"**Qb1** _i_ `c` www.{HOST}/ me@{HOST}",
    "Qb2 -> <- -- | a | ~~b~~ &lt;",
)
LINK, PICTURE = NAMES[1], NAMES[0]

MARKUP: Final = """(host) => {
  const found = [];
  const selector = ["href", "src", "action", "poster", "data", "srcset", "style"]
    .map((name) => `[${name}*="${host}"]`).join(", ");
  const walk = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) walk(node.shadowRoot);
      const link = node.getAttributeNS("http://www.w3.org/1999/xlink", "href") ?? "";
      if (node.matches(selector) || link.includes(host)) found.push(node.outerHTML.slice(0, 200));
      if (node.matches(".katex")) found.push(node.outerHTML.slice(0, 200));
    }
  };
  walk(document);
  return found;
}"""
"""Elements that lead to the host, and formulas."""

BROKEN: Final = """(names) => {
  const squeezed = (text) => text.replace(/\\u2060/g, "").replace(/\\s+/g, " ");
  const found = [];
  // Streamlit gives the label of an upload to screen readers with its escapes.
  const unescaped = (text) => text.replace(/\\\\([^\\w\\s])/g, "$1");
  const whole = (name, text) => {
    if (unescaped(text).includes(name)) return true;
    if (text.includes(name)) return true;
    for (let end = name.length - 1; end > 4; end--)
      if (text.includes(name.slice(0, end) + "…")) return true;
    return false;
  };
  const check = (name, text, of) => {
    const mark = /Q[ab]\\d/.exec(name)[0];
    if (text.includes(mark) && !whole(name, text)) found.push(`${of}: ${text.slice(0, 160)}`);
  };
  const parent = (node) => node.parentNode ?? node.host ?? null;
  const walk = (root) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode;
      if (node.parentElement?.closest("script, style, noscript")) continue;
      for (const name of names) {
        const mark = /Q[ab]\\d/.exec(name)[0];
        if (!node.data.includes(mark)) continue;
        // A name may be split among elements, as in a link; that is what is looked for.
        check(name, squeezed(node.data), "text");
      }
    }
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) walk(node.shadowRoot);
      for (const attribute of ["alt", "title", "aria-label"])
        if (node.hasAttribute(attribute))
          for (const name of names) check(name, squeezed(node.getAttribute(attribute)), attribute);
    }
  };
  walk(document.documentElement);
  return found;
}"""
"""Texts that hold a name's mark, but not the whole name."""


TEXT: Final = """() => {
  const read = (root) => [
    root.innerText ?? root.textContent,
    ...[...root.querySelectorAll("*")].filter((e) => e.shadowRoot).map((e) => read(e.shadowRoot)),
  ].join(" ");
  return read(document.body);
}"""


def shown_as_text(page: Page) -> list[str]:
    """What of a page takes effect or is not the name that was given; marks that are on the page."""
    page.wait_for_timeout(300)
    names = [" ".join(name.split()) for name in NAMES]
    return [*page.evaluate(MARKUP, HOST), *page.evaluate(BROKEN, names)]


def marks(page: Page) -> set[str]:
    """The names whose marks can be read on a page."""
    text = page.evaluate(TEXT)
    return {name for name in NAMES if name[name.index("Q") :][:3] in text}


def hostile_run() -> tuple[dict[str, Any], dict[str, Any], dict[str, bytes]]:
    """The run that comes with fixviz, with such names for its clip, models, classes and notes."""
    run = shipped.run()
    manifest = run.store.manifest(run.handle)
    arrays = {name: run.store.array(run.handle, name) for name in manifest["arrays"]}
    files = {name: run.store.file(run.handle, name) for name in manifest["files"]}
    names: dict[str, str] = {}
    for entry, title in zip(manifest["models"], (NAMES[1], NAMES[2], NAMES[8]), strict=False):
        entry["title"] = title
        entry["note"] = f"Its classes are {NAMES[3]}."
        for number, name in enumerate(entry["classes"]):
            names.setdefault(name, f"{NAMES[number % len(NAMES)]} {number // len(NAMES)}".strip())
        entry["classes"] = [names[name] for name in entry["classes"]]
    for segment in (manifest.get("truth") or {}).get("segments", ()):
        segment["class"] = names.get(segment["class"], NAMES[7])
    manifest["notes"] = [f"A note on {NAMES[4]}."]
    return manifest, arrays, files


def fill(settings: Settings, owner: str) -> str:
    """Give an owner a run, a checkpoint and a class with such names; return the run's handle."""
    store, layout, first = Store(settings), Layout(settings.home), "e" * 64
    handle = store.publish(first, *hostile_run(), owner=owner, name=" ".join(NAMES[:5]))
    for number, name in enumerate(NAMES):
        key = f"{number:064x}"
        # The same run under another key: all of them share their arrays and pictures.
        shutil.copytree(layout.run(first), layout.run(key))
        other = store.claim(key, owner, name)
        assert other is not None
        store.rename(other, name, owner=owner)
    _keep_checkpoint(OwnModels(settings), owner)
    _teach(ExampleSets(settings), owner)
    return handle


def _keep_checkpoint(models: OwnModels, owner: str) -> None:
    config = ModelConfig(
        dim=16, depth=1, heads=2, frames=3, patch=6, stride=4, image_size=28,
        num_classes=len(NAMES), class_names=NAMES,
    )  # fmt: skip
    folder = models.staging()
    save_checkpoint(folder, VideoTransformer(config), title=NAMES[1], card=" ".join(NAMES))
    models.keep(folder, Origin(owner, 1.7e9, NAMES[2], "5" * 64, "a fixviz checkpoint", 0.01))


def _teach(sets: ExampleSets, owner: str) -> None:
    names = (NAMES[1], NAMES[3], NAMES[5])
    found = sets.new(owner, names)
    for label, one in enumerate(found.classes):
        for n in range(3):
            clip = ExampleClip(f"{label}{n}", NAMES[2], "", f"{label}{n}", 5)
            sets.keep_clip(found.id, clip.id, np.full((5, 48, 64, 3), 40 + 50 * label, np.uint8))
            add = partial(examples.add_clip, class_id=one.id, clip=clip)
            found = sets.change(found.id, owner, add)
    folder: Path = sets.folder(found.id) / FOLDER
    (folder / "maps").mkdir(parents=True)
    labels = {clip.id: n for n, one in enumerate(found.classes) for clip in one.clips}
    held = ("00", "10", "20")
    answers = tuple(Answer(clip, (0.2, 0.5, 0.3)) for clip in held)
    curve = (CurvePoint(0, 1.0, 0.5, 1.0, 0.5), CurvePoint(5, 2.0, 0.4, 1.0, 1.0))
    models = tuple(
        ModelOutcome(name, name, 12.0, 30, curve, answers) for name in ("softmax", "linear")
    )
    for model in models:
        for clip_id in held:
            np.save(map_file(folder, model.name, clip_id), np.full((5, 9, 12), 2.0, np.float32))
    write_outcome(folder, Outcome(names, labels, held, models))
