"""Count the multiplications of one clip, each with its addition."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from fixviz.model.transformer import VideoTransformer


def _fused(query: Any, key: Any, value: Any, *args: Any, **kwargs: Any) -> int:
    """Count fused attention from the shapes of query, key and value."""
    return int(sdpa_flop_count(query, key, value))  # type: ignore[no-untyped-call]


# The counter knows the fused kernels of GPUs only.
_FUSED_ON_CPU = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _fused}


@torch.no_grad()
def multiply_adds(model: VideoTransformer, height: int, width: int) -> int:
    """Return how many multiply-adds the matrix products and convolutions of one clip take.

    Steps that work value by value, such as ratios, norms and activations, are not counted.
    """
    device = next(model.parameters()).device
    pixels = torch.zeros(1, model.config.frames, 3, height, width, device=device)
    mapping: dict[Any, Any] = dict(_FUSED_ON_CPU)
    counter = FlopCounterMode(display=False, custom_mapping=mapping)
    with counter:
        model(pixels)
    return int(counter.get_total_flops()) // 2
