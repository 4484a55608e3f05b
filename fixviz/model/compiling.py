"""Blocks through torch.compile: the same mathematics as the trace, fused by the compiler."""

from __future__ import annotations

import copy
from typing import cast

import torch
from torch import nn

from fixviz.model.transformer import VideoTransformer


def with_compiled_blocks(
    model: VideoTransformer, *, dynamic: bool | None = None, mode: str | None = None
) -> VideoTransformer:
    """Return a network that shares all weights with `model` and runs its blocks through torch.compile.

    The compiler reads the traced path, drops what `forward` does not return, and fuses the rest; it starts
    with the first call of a block, and again for other shapes. dynamic, mode: as in torch.compile. Blocks
    are compiled one by one, so that equal ones share the result.
    """
    other = copy.copy(model)
    other._modules = dict(model._modules)
    other.blocks = nn.ModuleList(
        cast(nn.Module, torch.compile(block, dynamic=dynamic, mode=mode)) for block in model.blocks
    )
    return other
