"""What the words and numbers on the pages mean, each defined once (with its formula)."""

from __future__ import annotations

from typing import Final

DEFINITIONS: Final[dict[str, str]] = {
    "attention weights": (
        "A[query, key]: how much each key counts for a query. Never negative; a row sums to 1. "
        "Softmax: A = softmax(q·k / √d). Linear: A = q·k / Σ q·k, with q and k after feature map and "
        "fixation. Source: arXiv 2210.08164."
    ),
    "attention received": (
        "N · mean over queries of A[i, j] for key j. 1 is what every patch gets under uniform "
        "attention."
    ),
    "by source": (
        "Counted at the patch whose content the key holds. With neighbors, a key may hold content "
        "of another frame or patch; by slot counts it at the key's own place."
    ),
    "entropy": "H = −Σ A log A over the keys of a query, in nats. 0: one key. log N: all alike.",
    "normalized entropy": "H / log N: 0 one key, 1 all N keys alike.",
    "concentration": "1 − H / log N, H the entropy of a query's row: 0 uniform, 1 a single key.",
    "effective support": "Mean over queries of exp(H): looks at about this many of N patches.",
    "top-10 % mass": "Share of the attention on the ⌈0.1 · N⌉ strongest keys of a query.",
    "Gini": (
        "Gini coefficient of a row: 0 all keys alike, (N − 1) / N a single key. Twice the area between "
        "the Lorenz curve and the diagonal."
    ),
    "fixation ratio": (
        "r = sigmoid(W g + b), in (0, 1), per token, head and channel; it scales that channel of the "
        "query's or key's features. Cooperative: g joins the features of query, key and value. Source: "
        "arXiv 2210.08164."
    ),
    "neighborhood contribution": (
        "|part| / Σ |parts| of the fixation ratio's logit that comes from one neighbor, averaged over "
        "the channels and heads that hear it."
    ),
}
"""By the word as pages write it."""


def help_for(word: str) -> str:
    """The definition of `word`, for a help text on hover. KeyError for a word without one."""
    return DEFINITIONS[word]
