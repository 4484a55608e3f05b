"""Attention written as its formulas say, one query at a time: the reference for the fast forms."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from fixviz.model.attention import EPSILON


def naive_softmax_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Return rows of exp(q_i . k_j / sqrt(d)), normalized, times v. Inputs [..., N, d]."""
    rows = []
    for i in range(query.shape[-2]):
        scores = (query[..., i : i + 1, :] * key).sum(-1) / math.sqrt(query.shape[-1])
        weights = torch.exp(scores - scores.amax(-1, keepdim=True))
        weights = weights / weights.sum(-1, keepdim=True)
        rows.append((weights.unsqueeze(-1) * value).sum(-2))
    return torch.stack(rows, dim=-2)


def naive_linear_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Return rows of q_i . k_j, divided by their sum + 1e-6, times v. Inputs [..., N, d]."""
    rows = []
    for i in range(query.shape[-2]):
        scores = (query[..., i : i + 1, :] * key).sum(-1)
        weights = scores / (scores.sum(-1, keepdim=True) + EPSILON)
        rows.append((weights.unsqueeze(-1) * value).sum(-2))
    return torch.stack(rows, dim=-2)
