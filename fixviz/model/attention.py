"""The kinds of attention: outputs, and separately the weights that those outputs stand for.

`KINDS` has a row for each kind; all else asks it, so a kind that it does not list is an error everywhere.
Shapes: query, key, value [..., N, d], where ... are sequences and heads. Queries and keys of linear
attention arrive here after feature map and fixation, so they are not negative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from fixviz.errors import ConfigError
from fixviz.model.shapes import Float

EPSILON = 1e-6
"""Added to the normalizer of linear attention by the network, but left out of its weights."""


@dataclass(frozen=True)
class AttentionKind:
    """What one kind of attention computes."""

    rectify: Callable[[Tensor], Tensor]
    """The feature map phi is rectify(z) + offset(d)."""
    offset: Callable[[int], float]
    attend: Callable[[Tensor, Tensor, Tensor], Tensor]
    """The output of query, key and value."""
    weights: Callable[[Tensor, Tensor], Tensor]
    """The row-stochastic matrix A [..., N, M] of query and key: A times value is the output."""
    transposed: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None
    """A^T times given [..., N, e] of query, key and given, without the matrix; None where it is needed."""
    write_map: Callable[[Tensor, float, Tensor], object] | None = None
    """Writes phi(z) into a tensor, given z + offset, the offset and that tensor; None: only `rectify` can."""
    quotient: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]] | None = None
    """Numerator [..., N, e] and denominator [..., N, 1] of the output; None where it is no quotient."""
    fused: bool = False
    """Whether `fixviz.model.fused` has GPU kernels of it."""


def softmax_attention(
    query: Float[Tensor, "*s N d"], key: Float[Tensor, "*s M d"], value: Float[Tensor, "*s M e"]
) -> Float[Tensor, "*s N e"]:
    """Return softmax(q k^T / sqrt(d)) v."""
    return functional.scaled_dot_product_attention(query, key, value)


def softmax_weights(
    query: Float[Tensor, "*s N d"], key: Float[Tensor, "*s M d"]
) -> Float[Tensor, "*s N M"]:
    """Return the weights A = softmax(q k^T / sqrt(d))."""
    return torch.softmax(query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5, dim=-1)


def linear_attention(
    query: Float[Tensor, "*s N d"], key: Float[Tensor, "*s M d"], value: Float[Tensor, "*s M e"]
) -> Float[Tensor, "*s N e"]:
    """Return out_i = q_i (sum_j k_j^T v_j) / (q_i . sum_j k_j + 1e-6); paper equation 3."""
    numerator, normalizer = linear_quotient(query, key, value)
    return numerator / normalizer


def linear_quotient(
    query: Float[Tensor, "*s N d"], key: Float[Tensor, "*s M d"], value: Float[Tensor, "*s M e"]
) -> tuple[Float[Tensor, "*s N e"], Float[Tensor, "*s N 1"]]:
    """Return q_i (sum_j k_j^T v_j) and q_i . sum_j k_j + 1e-6, the two parts of `linear_attention`.

    In O(N d e). Where there are fewer keys than channels, as in the temporal attention of a short clip,
    (q k^T) v is the cheaper order of the same product.
    """
    if key.shape[-2] < key.shape[-1]:
        scores = query @ key.transpose(-1, -2)
        return scores @ value, scores.sum(-1, keepdim=True) + EPSILON
    summary = key.transpose(-1, -2) @ value
    # The product with one column is slower as a matrix product than as what it is.
    normalizer = (query * key.sum(-2, keepdim=True)).sum(-1, keepdim=True)
    return query @ summary, normalizer + EPSILON


def linear_weights(
    query: Float[Tensor, "*s N d"], key: Float[Tensor, "*s M d"]
) -> Float[Tensor, "*s N M"]:
    """Return A_ij = q_i . k_j / sum_j q_i . k_j: the matrix that linear attention has but never forms.

    A row whose sum is 0 is NaN.
    """
    scores = query @ key.transpose(-1, -2)
    return scores / scores.sum(-1, keepdim=True)


def linear_transposed(
    query: Float[Tensor, "*s N d"], key: Float[Tensor, "*s M d"], given: Float[Tensor, "*s N e"]
) -> Float[Tensor, "*s M e"]:
    """Return sum_i A_ij given_i = k_j . sum_i q_i given_i / (q_i . sum_l k_l), in O(N d e)."""
    normalizer = query @ key.sum(-2).unsqueeze(-1)
    return key @ (query.transpose(-1, -2) @ (given / normalizer))


KINDS: Final[dict[str, AttentionKind]] = {
    "softmax": AttentionKind(
        rectify=lambda z: z,
        offset=lambda width: 0.0,
        attend=softmax_attention,
        weights=softmax_weights,
        write_map=lambda z, offset, out: out.copy_(z),
    ),
    "linear": AttentionKind(
        rectify=torch.relu,
        offset=lambda width: width**-0.5,
        attend=linear_attention,
        weights=linear_weights,
        transposed=linear_transposed,
        write_map=lambda z, offset, out: torch.clamp_min(z, offset, out=out),
        quotient=linear_quotient,
        fused=True,
    ),
}
"""By the name that a model's configuration has for it."""


def kind_of(attention: str) -> AttentionKind:
    """Return the kind of that name. Raises ConfigError for a name that `KINDS` does not have."""
    if attention not in KINDS:
        raise ConfigError(f"There is no attention {attention!r}; there are {', '.join(KINDS)}.")
    return KINDS[attention]


def feature_map(z: Tensor, attention: str) -> Tensor:
    """Return phi(z), [..., d]: ReLU(z) + d**-0.5 for linear attention, z itself for softmax."""
    kind = kind_of(attention)
    offset = kind.offset(z.shape[-1])
    return kind.rectify(z) + offset if offset else kind.rectify(z)


def attend(query: Tensor, key: Tensor, value: Tensor, attention: str) -> Tensor:
    """Return the output of the named attention."""
    return kind_of(attention).attend(query, key, value)


def attention_weights(
    query: Float[Tensor, "*s N d"], key: Float[Tensor, "*s M d"], attention: str
) -> Float[Tensor, "*s N M"]:
    """Return the row-stochastic matrix of the named attention.

    Its product with the values is the output of the attention.
    """
    return kind_of(attention).weights(query, key)
