"""Shape annotations are checked while tests run (jaxtyping with beartype)."""

import os

# Before torch is loaded: threads that spin while they wait make a busy machine crawl.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from jaxtyping import install_import_hook

install_import_hook(
    [
        "fixviz.model.attention",
        "fixviz.model.fixation",
        "fixviz.model.layers",
        "fixviz.model.shift",
        "fixviz.model.transformer",
        "fixviz.analysis",
    ],
    "beartype.beartype",
)
