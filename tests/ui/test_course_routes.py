"""The routes of the course: texts with the numbers of a run, data of the figures, and the shipped run."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fixviz.course import shipped, texts
from fixviz.course.lesson import LANGUAGES
from fixviz.course.numbers import numbers_of
from fixviz.course.texts import run_numbers
from fixviz.store import Store
from fixviz.ui import urls
from fixviz.ui.routes import create_routes


@pytest.fixture
def client(store: Store) -> TestClient:
    return TestClient(Starlette(routes=create_routes(lambda: store, lambda: None)))


def get(client: TestClient, path: str, **headers: str) -> Any:
    return client.get(f"{urls.course_data()}/{path}", headers=headers)


@pytest.fixture
def own(store: Store) -> str:
    """A run of the visitor's own: the shipped one, taken over under a handle of its own."""
    home = shipped.home(shipped.folder())
    key = shipped.run().store.key_of(shipped.HANDLE)
    assert store.take_over(key, home)
    handle = store.claim(key, "somebody")
    assert handle is not None
    return handle


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["course", "glossary"])
def test_texts_are_packed_and_kept_for_ever(client: TestClient, language: str, name: str) -> None:
    found = get(client, f"{language}/{name}.json")
    assert found.status_code == 200
    assert found.json()["language"] == language
    assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert found.headers["content-encoding"] == "gzip"
    plain = get(client, f"{language}/{name}.json", **{"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == found.json()


def test_an_old_page_gets_the_new_text_but_keeps_nothing(client: TestClient) -> None:
    found = client.get(f"{urls.api()}/course/000000000000/en/course.json")
    assert found.status_code == 200
    assert found.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "en/nonsense.json",
        "fr/tokens.json",
        "en/..%2Fcourse.json",
        "pack/pack.json",
        "pack/nonsense.json",
        "pack/..%2F..%2Fsamples%2Fsamples.json",
        "run/features/fixation-spatial-99.json",
        "run/features/fixation.json",
        "run/features/..%2Fx-spatial-1.json",
        f"run/artifacts/{'0' * 64}",
        "run/artifacts/..%2F..%2Fpack.json",
    ],
)
def test_what_is_not_there_is_told_in_one_sentence(client: TestClient, path: str) -> None:
    found = get(client, path)
    assert found.status_code == 404
    assert found.headers.get("cache-control") != "public, max-age=31536000, immutable"


def test_the_shipped_run_is_served_with_all_its_parts(client: TestClient) -> None:
    manifest = get(client, "run/manifest.json").json()
    assert {"softmax", "linear", "fixation"} <= {model["name"] for model in manifest["models"]}
    picture = manifest["files"]["frame/0000"]["sha"]
    found = get(client, f"run/artifacts/{picture}")
    assert hashlib.sha256(found.content).hexdigest() == picture
    again = get(client, f"run/artifacts/{picture}", **{"if-none-match": f'"{picture}"'})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["softmax-spatial-2", "linear-spatial-2", "fixation-temporal-2"])
def test_features_of_the_lessons_are_served_with_their_arrays(
    client: TestClient, name: str
) -> None:
    description = get(client, f"run/features/{name}.json").json()
    for array in description["arrays"].values():
        assert get(client, f"run/artifacts/{array['sha']}").status_code == 200


def test_numbers_of_a_lesson_are_those_of_the_run_in_view(
    client: TestClient, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped_one = get(client, "en/tokens.json").json()
    # Another shipped run, and one with a number that the own one lacks.
    others = {**dict.fromkeys(numbers_of(shipped.run()), 0.5), "run.nowhere": 1.0}
    monkeypatch.setattr(texts, "_shipped_run", lambda: others)
    found = client.get(f"{urls.course_data()}/en/tokens.json", params={"run": own})
    assert found.headers["cache-control"] == "private, no-store"
    assert found.json()["note"] is None
    expected = {k: v for k, v in numbers_of(shipped.run()).items() if math.isfinite(v)}
    assert {k: found.json()["numbers"][k] for k in expected} == pytest.approx(expected)
    assert found.json()["numbers"]["run.nowhere"] is None
    assert shipped_one["numbers"]["world.clips"] == found.json()["numbers"]["world.clips"]


def test_a_run_that_cannot_be_used_gives_the_shipped_one_with_a_note(
    client: TestClient, store: Store, handle: str
) -> None:
    def asked(run: str) -> dict[str, Any]:
        return dict(client.get(f"{urls.course_data()}/zh/course.json", params={"run": run}).json())

    for run in ("A" * 22, "../../secret", ""):
        found = asked(run)
        assert found["note"] == "note_missing"
        assert found["words"][found["note"]]
    _, note = run_numbers(store, handle)
    assert asked(handle)["note"] == note
    assert note in ("note_models", "note_unfit")


def test_lessons_on_the_shipped_run_and_on_ones_own_say_the_same_where_the_run_is_the_same(
    client: TestClient, own: str
) -> None:
    def steps(parameters: dict[str, str]) -> str:
        found = client.get(f"{urls.course_data()}/en/tokens.json", params=parameters).json()
        return json.dumps(found["steps"])

    assert steps({"run": own}) == steps({})
