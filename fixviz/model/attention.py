"""Attention as pure functions: outputs, and separately the weights that those outputs stand for.

Shapes: query, key, value [..., N, d], where ... are sequences and heads. Queries and keys of linear
attention arrive here after feature map and fixation, so they are not negative.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from fixviz.model.config import Attention
from fixviz.model.shapes import Float

EPSILON = 1e-6
"""Added to the normalizer of linear attention by the network, but left out of its weights."""


def feature_map(z: Tensor, attention: Attention) -> Tensor:
    """phi: ReLU(z) + d**-0.5 for linear attention, the identity for softmax. z is [..., d]."""
    return torch.relu(z) + z.shape[-1] ** -0.5 if attention == "linear" else z


def softmax_attention(
    query: Float[Tensor, "*s N d"], key: Float[Tensor, "*s M d"], value: Float[Tensor, "*s M e"]
) -> Float[Tensor, "*s N e"]:
    """softmax(q k^T / sqrt(d)) v."""
    return functional.scaled_dot_product_attention(query, key, value)


def linear_attention(
    query: Float[Tensor, "*s N d"], key: Float[Tensor, "*s M d"], value: Float[Tensor, "*s M e"]
) -> Float[Tensor, "*s N e"]:
    """out_i = q_i (sum_j k_j^T v_j) / (q_i . sum_j k_j + 1e-6), in O(N d^2); paper equation 3."""
    summary = key.transpose(-1, -2) @ value
    normalizer = (query @ key.sum(-2).unsqueeze(-1)) + EPSILON
    return query @ summary / normalizer


def attend(query: Tensor, key: Tensor, value: Tensor, attention: Attention) -> Tensor:
    """The output of the named attention."""
    run = linear_attention if attention == "linear" else softmax_attention
    return run(query, key, value)


def attention_weights(
    query: Float[Tensor, "*s N d"], key: Float[Tensor, "*s M d"], attention: Attention
) -> Float[Tensor, "*s N M"]:
    """The row-stochastic matrix A whose product with the values is the attention's output.

    Softmax: A = softmax(q k^T / sqrt(d)). Linear attention never forms its matrix, but it has one:
    A_ij = q_i . k_j / sum_j q_i . k_j. A row whose sum is 0 is NaN.
    """
    scores = query @ key.transpose(-1, -2)
    if attention == "softmax":
        return torch.softmax(scores * query.shape[-1] ** -0.5, dim=-1)
    return scores / scores.sum(-1, keepdim=True)


def linear_attention_received(
    query: Float[Tensor, "*s N d"], key: Float[Tensor, "*s M d"]
) -> Float[Tensor, "*s M"]:
    """sum_i A_ij of linear attention in O(N d), without its matrix.

    k_j . sum_i q_i / (q_i . sum_l k_l).
    """
    normalizer = query @ key.sum(-2).unsqueeze(-1)
    return (key @ (query / normalizer).sum(-2).unsqueeze(-1)).squeeze(-1)
