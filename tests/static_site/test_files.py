"""The site's files: every link leads to one of them, and the same site is the same bytes."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fixviz.course.app_texts import app_texts
from fixviz.course.lesson import LANGUAGES, LESSONS, QUIZ
from fixviz.course.terms import read_glossary
from fixviz.errors import OptionError
from fixviz.settings import Settings
from fixviz.static_site.build import SiteOptions, build_site, page_names
from fixviz.static_site.pages import PAGES
from tests.static_site.built import PAGE_BYTES, small_site
from tests.static_site.references import Page, references, target

Site = dict[str, bytes]
TEXT = (".html", ".js", ".css", ".svg")


def pages(site: Site) -> dict[str, Page]:
    return {
        name: Page(content)
        for name, content in site.items()
        if name.endswith(".html") and "/" in name
    }


def test_every_language_has_every_page(site: Site) -> None:
    assert {*page_names(SiteOptions())} <= {*site}
    for language in LANGUAGES:
        words = app_texts(language)
        for file, name in PAGES.items():
            page = pages(site)[f"{language}/{file}.html"]
            [html] = page.all("html")
            assert html["lang"] == {"en": "en", "zh": "zh-Hans"}[language]
            [current] = [a for a in page.all("a", href=f"{file}.html") if "aria-current" in a]
            assert current["aria-current"] == "page"
            other = "zh" if language == "en" else "en"
            assert page.all("a", href=f"../{other}/{file}.html")
            assert page.all("link", rel="alternate", href=f"../{other}/{file}.html")
            assert page.all("meta", name="description")[0]["content"]
            text = site[f"{language}/{file}.html"].decode()
            assert f"<title>{words[f'pages.{name}.title']} · fixviz</title>" in text
            assert f"<noscript><p>{words['site.noscript']}</p></noscript>" in text


def test_every_reference_leads_to_a_file_of_the_site(site: Site) -> None:
    """404.html stands for any URL and has no file to lead to."""
    checked = 0
    for name, content in site.items():
        if name == "404.html":
            continue
        for url in references(name, content):
            found = target(name, url)
            if found is None:
                continue
            assert found in site, f"{name} names {url}"
            checked += 1
    assert checked > 1000


def test_nothing_names_another_host_or_an_absolute_path(site: Site) -> None:
    for name, content in site.items():
        for url in references(name, content):
            parts = urlsplit(url)
            assert parts.scheme in ("", "data"), f"{name} names {url}"
            assert not parts.netloc, f"{name} names {url}"
            assert not parts.path.startswith("/"), f"{name} names {url}"
        if name.endswith(".html"):
            for data in Page(content).json():
                assert not re.search(r'"(https?:)?//?[a-z]', json.dumps(data)), name


def test_the_data_of_the_pages_names_files_of_the_site(site: Site) -> None:
    for language in LANGUAGES:
        [course] = pages(site)[f"{language}/course.html"].json()
        base = target(f"{language}/course.html", course["base"])
        for lesson in (*LESSONS, QUIZ, "course"):
            text = json.loads(gzip.decompress(site[f"{base}/{language}/{lesson}.json"]))
            assert text["language"] == language
        [watch] = pages(site)[f"{language}/watch.html"].json()
        [run] = [sample["run"] for sample in watch["samples"].values()]
        assert f"{target(f'{language}/watch.html', run)}/manifest.json" in site
        start, _ = pages(site)[f"{language}/index.html"].json()
        base = target(f"{language}/index.html", start["base"])
        assert all(f"{base}/artifacts/{name}" in site for name in start["frames"])


def test_the_glossary_is_there_without_a_script(site: Site) -> None:
    for language in LANGUAGES:
        page = pages(site)[f"{language}/glossary.html"]
        anchors = [heading["id"] for heading in page.all("h2")]
        assert sorted(anchors) == sorted(t.anchor for t in read_glossary(language).values())


def test_a_page_is_small_before_its_data(site: Site) -> None:
    """Its HTML with all modules and styles that it names, packed as a host would send them."""
    for name, page in pages(site).items():
        names = {name, *(found for url in page.urls if (found := target(name, url)))}
        names = {one for one in names if one.endswith(TEXT) and "/" in one}
        first = [one for one in names if not one.endswith(".html") or one == name]
        packed = sum(len(gzip.compress(site[one])) for one in first)
        assert 5_000 < packed < PAGE_BYTES / 5, name


def test_the_same_site_is_the_same_bytes(site: Site, tmp_path: Path) -> None:
    assert small_site(tmp_path) == site


def test_a_changed_file_has_another_url(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fixviz.static_site.build.stylesheet", lambda: "body{}")
    changed = small_site(tmp_path)

    def folders(files: Site, kind: str) -> set[str]:
        return {name.split("/")[0] for name in files if name.startswith(kind)}

    assert len(folders(site, "app-")) == len(folders(changed, "app-")) == 1
    assert folders(site, "app-") != folders(changed, "app-")
    assert folders(site, "data-") == folders(changed, "data-")


def test_one_language_alone(tmp_path: Path) -> None:
    files = small_site(tmp_path, ("zh",))
    assert not any(name.startswith("en/") for name in files)
    page = pages(files)["zh/course.html"]
    assert not page.all("nav", **{"aria-label": app_texts("zh")["languages"]})
    assert 'href="zh/index.html"' in files["index.html"].decode()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (SiteOptions(languages=("en", "fr")), "'fr'; there are en, zh"),
        (SiteOptions(languages=()), "there are en, zh"),
        (SiteOptions(samples=("there-and-bakc",)), "there-and-bakc'; there are there-and-back,"),
    ],
)
def test_what_there_is_not_is_named(options: SiteOptions, named: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=re.escape(named)):
        build_site(options, Settings(home=tmp_path))


def test_the_project_is_linked_where_it_is_known(tmp_path: Path) -> None:
    options = SiteOptions(("en",), ("there-and-back",), 'https://example.org/?a="b"')
    page = Page(build_site(options, Settings(home=tmp_path))["en/watch.html"])
    assert page.all("a", href='https://example.org/?a="b"')
