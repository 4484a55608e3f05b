"""Matrix products for inference, by the library that is fastest at them.

torch multiplies float32 matrices on a CPU with MKL. oneDNN, which comes with torch, too, is 10 to 20 %
faster on AMD EPYC processors with AVX-512, where the same weights meet many rows, once it has laid the
weights out anew; that takes a hundredth of the product, so it is done for each call and nothing has to be
kept. On those without AVX-512, MKL is 5 to 20 % faster, and does the work. The operations are those that
torch.compile puts into its programs. Where they are missing, or give something else, `functional.linear`
does the work.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

_FEW: Final = 256
"""With fewer rows than this, laying out the weights takes too large a share."""


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return x W^T + b for x [..., d]. Not differentiable."""
    return prepared(weight, bias, x.numel() // x.shape[-1])(x)


def prepared(weight: Tensor, bias: Tensor, rows: int) -> Callable[[Tensor], Tensor]:
    """Return the function x -> x W^T + b, for calls with about so many rows. Not differentiable."""
    plain = partial(functional.linear, weight=weight, bias=bias)
    if rows < _FEW or weight.device.type != "cpu" or weight.dtype != torch.float32:
        return plain
    return _with_onednn(weight, bias, rows) if _onednn_pays() else plain


def _with_onednn(weight: Tensor, bias: Tensor, rows: int) -> Callable[[Tensor], Tensor]:
    laid_out = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), rows)

    def product(x: Tensor) -> Tensor:
        found: Tensor = torch.ops.mkldnn._linear_pointwise(x, laid_out, bias, "none", [], "")
        return found

    return product


@cache
def _onednn_pays() -> bool:
    """Tell whether oneDNN is the faster one on this processor, and this torch has the operations."""
    if torch.backends.cpu.get_cpu_capability() != "AVX512":
        return False
    generator = torch.Generator().manual_seed(0)
    x, weight, bias = (torch.randn(s, generator=generator) for s in ((7, 5), (3, 5), (3,)))
    with torch.no_grad():
        try:
            found = _with_onednn(weight, bias, len(x))(x)
        except (AttributeError, RuntimeError, TypeError, NotImplementedError):
            return False
        return torch.allclose(found, functional.linear(x, weight, bias), atol=1e-5)
