"""Shape annotations are checked while tests run (jaxtyping with beartype)."""

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
