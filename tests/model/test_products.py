import platform
from collections.abc import Iterator

import pytest
import torch
from torch.nn import functional

from fixviz.evaluation.cost import peak_bytes
from fixviz.model import products
from fixviz.model.products import linear, prepared


@pytest.fixture(autouse=True, params=["AVX512", "AVX2"])
def capability(request, monkeypatch) -> Iterator[str]:
    """What torch says that the processor can do."""
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: request.param)
    products._onednn_pays.cache_clear()
    yield request.param
    products._onednn_pays.cache_clear()


def operands(*shape: int, dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    shapes = ((*shape, 13), (11, 13), (11,))
    x, weight, bias = (torch.randn(s, generator=generator, dtype=dtype) for s in shapes)
    return x, weight, bias


@pytest.mark.parametrize("shape", [(3,), (700,), (2, 3, 97)], ids=str)
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_product_is_that_of_torch_for_any_number_of_rows(shape, mode) -> None:
    x, weight, bias = operands(*shape)
    with mode():
        found = linear(x, weight, bias)
    torch.testing.assert_close(found, functional.linear(x, weight, bias), rtol=1e-5, atol=1e-5)


def test_operands_may_lie_in_memory_in_any_order() -> None:
    x, weight, bias = operands(2, 3, 97)
    x, weight = x.transpose(0, 2), weight.T.contiguous().T
    with torch.no_grad():
        found = linear(x, weight, bias)
    torch.testing.assert_close(found, functional.linear(x, weight, bias), rtol=1e-5, atol=1e-5)


def test_a_prepared_product_takes_other_numbers_of_rows_than_it_was_prepared_for() -> None:
    x, weight, bias = operands(700)
    with torch.no_grad():
        product = prepared(weight, bias, 512)
        for rows in (1, 188, 700):
            right = functional.linear(x[:rows], weight, bias)
            torch.testing.assert_close(product(x[:rows]), right, rtol=1e-5, atol=1e-5)


def test_weights_that_change_between_calls_are_seen() -> None:
    x, weight, bias = operands(700)
    with torch.no_grad():
        before = linear(x, weight, bias)
        weight *= 2
        torch.testing.assert_close(linear(x, weight, bias) - bias, 2 * (before - bias))


def test_other_number_formats_are_left_to_torch() -> None:
    x, weight, bias = operands(700, dtype=torch.float64)
    with torch.no_grad():
        assert torch.equal(linear(x, weight, bias), functional.linear(x, weight, bias))


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="torch has no oneDNN")
def test_onednn_multiplies_where_it_is_the_faster_one(capability) -> None:
    assert products._onednn_pays() is (capability == "AVX512")


def test_torch_does_it_where_the_operation_is_missing(monkeypatch) -> None:
    def missing(*args: object) -> None:
        raise AttributeError("no such operation")

    monkeypatch.setattr(products, "_with_onednn", missing)
    x, weight, bias = operands(700)
    assert products._onednn_pays() is False
    assert torch.equal(linear(x, weight, bias), functional.linear(x, weight, bias))


def test_memory_is_measured_around_such_products() -> None:
    x, weight, bias = operands(700)
    with torch.no_grad():
        peak = peak_bytes(lambda: linear(x, weight, bias), torch.device("cpu"))
    assert peak >= 700 * 11 * 4
