"""A site with the one sample clip whose run comes with fixviz, which needs no analysis."""

from __future__ import annotations

from pathlib import Path

from fixviz.course import shipped
from fixviz.settings import Settings
from fixviz.static_site.build import SiteOptions, build_site

LIMIT_BYTES = 12_000_000
"""Of the whole site with all samples."""
PAGE_BYTES = 1_500_000
"""Of what one page loads first, packed."""


def small_site(home: Path, languages: tuple[str, ...] = ("en", "zh")) -> dict[str, bytes]:
    """Build it. home: of a store that stays empty."""
    options = SiteOptions(languages=languages, samples=(shipped.sample(),))
    return build_site(options, Settings(home=home))
