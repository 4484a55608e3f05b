"""Right and wrong class by class, from what models said of each clip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fixviz.data.classes import CLASSES
from fixviz.evaluation.held_out import ClipSet
from fixviz.evaluation.intervals import wilson_interval
from fixviz.evaluation.results import Entry, answers_of, labels_of


@dataclass(frozen=True)
class Share:
    """How many clips of a class a model names right."""

    right: int
    count: int

    @property
    def percent(self) -> float:
        """Share of right answers in percent."""
        return 100 * self.right / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval in percent."""
        low, high = wilson_interval(self.right, self.count)
        return 100 * low, 100 * high

    @property
    def told(self) -> str:
        """The share with its interval and count, such as "33 of 60 right, 55 % (42 to 67)"."""
        low, high = self.interval
        return f"{self.right} of {self.count} right, {self.percent:.0f} % ({low:.0f} to {high:.0f})"


@dataclass(frozen=True)
class Answers:
    """What one model said of clips that others saw too."""

    labels: Sequence[int]
    answers: Sequence[int]

    def of_class(self, label: int) -> Share:
        """Return how many clips of a class were named right."""
        said = [a for shown, a in zip(self.labels, self.answers, strict=True) if shown == label]
        return Share(sum(a == label for a in said), len(said))

    def instead(self, label: int) -> list[tuple[str, int]]:
        """Return what was said of the clips of a class where it was wrong, most often said first."""
        said = (
            a
            for shown, a in zip(self.labels, self.answers, strict=True)
            if shown == label and a != label
        )
        counted = Counter(said).items()
        return [(CLASSES[a], n) for a, n in sorted(counted, key=lambda pair: (-pair[1], pair[0]))]


def clip_set(entry: Entry) -> ClipSet | None:
    """Return which clips an entry was measured on; None where the entry does not say what was answered."""
    if not {"answers", "labels", "frames"} <= entry.keys():
        return None
    return ClipSet(*(entry[k] for k in ("preset", "seed", "frames", "height", "width")))


def answers_to(entry: Entry) -> Answers | None:
    """Return what an entry's model said; None where the entry does not say it."""
    labels, answers = labels_of(entry), answers_of(entry)
    if labels is None or answers is None or len(labels) != len(answers):
        return None
    return Answers(labels, answers)


def comparable(entries: Mapping[str, Entry]) -> dict[str, Answers]:
    """Return what models said of the same clips, by model.

    entries: of each model. The first that says it decides which clips these are; models that saw others are
    left out. Of models that saw more clips, only those that all have seen count.
    """
    sets = {name: clip_set(entry) for name, entry in entries.items()}
    first = next((found for found in sets.values() if found is not None), None)
    told = {
        name: found
        for name, entry in entries.items()
        if first is not None and sets[name] == first and (found := answers_to(entry)) is not None
    }
    count = min((len(found.labels) for found in told.values()), default=0)
    return {
        name: Answers(found.labels[:count], found.answers[:count]) for name, found in told.items()
    }


def clips_of(
    told: Mapping[str, Answers],
    label: int,
    right: str | None = None,
    wrong: str | None = None,
) -> list[int]:
    """Return the numbers of the clips of a class, in their order.

    told: what models said, by model. right: only clips that this model names right. wrong: only clips of
    which this one says something else.
    """
    labels = next(iter(told.values())).labels if told else ()

    def fits(number: int) -> bool:
        is_right = {
            name: found.answers[number] == label
            for name, found in told.items()
            if name in (right, wrong)
        }
        return is_right.get(right or "", True) and not is_right.get(wrong or "", False)

    return [n for n, shown in enumerate(labels) if shown == label and fits(n)]
