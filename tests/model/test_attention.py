from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fixviz.errors import ConfigError
from fixviz.model.attention import (
    KINDS,
    attend,
    attention_weights,
    feature_map,
    linear_attention,
    linear_transposed,
    softmax_attention,
)
from fixviz.model.config import ATTENTION_TITLES, Attention
from fixviz.model.naive import naive_linear_attention, naive_softmax_attention

SEQUENCES, HEADS, TOKENS, WIDTH = 2, 3, 7, 5


def inputs(seed: int = 0) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shape = (SEQUENCES, HEADS, TOKENS, WIDTH)
    return [
        torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)
        for _ in range(3)
    ]


@pytest.mark.parametrize(
    ("kind", "fast", "naive"),
    [
        ("softmax", softmax_attention, naive_softmax_attention),
        ("linear", linear_attention, naive_linear_attention),
    ],
)
def test_fast_and_naive_attention_agree_in_values_and_gradients(kind, fast, naive) -> None:
    results = []
    for run in (fast, naive):
        q, k, v = inputs()
        out = run(feature_map(q, kind), feature_map(k, kind), v)
        (out * torch.arange(out.numel()).reshape(out.shape)).sum().backward()
        results.append((out, q.grad, k.grad, v.grad))
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


def test_linear_attention_by_hand() -> None:
    query = torch.tensor([[1.0, 0.0]])
    key = torch.tensor([[3.0, 5.0], [1.0, 7.0]])
    value = torch.tensor([[10.0], [20.0]])
    torch.testing.assert_close(
        attention_weights(query, key, "linear"), torch.tensor([[0.75, 0.25]])
    )
    torch.testing.assert_close(linear_attention(query, key, value), torch.tensor([[12.5]]))


def test_linear_feature_map_is_relu_plus_inverse_root_of_width() -> None:
    z = torch.tensor([-2.0, 0.0, 3.0, 1.0])
    assert feature_map(z, "linear").tolist() == [0.5, 0.5, 3.5, 1.5]
    assert feature_map(z, "softmax") is z


def test_every_kind_of_the_configuration_has_a_row_and_a_title() -> None:
    assert set(KINDS) == set(get_args(Attention)) == set(ATTENTION_TITLES)


def test_an_unknown_kind_is_an_error_everywhere() -> None:
    q, k, v = inputs()
    for compute in (
        lambda: feature_map(q, "cosine"),
        lambda: attend(q, k, v, "cosine"),
        lambda: attention_weights(q, k, "cosine"),
    ):
        with pytest.raises(ConfigError, match="no attention 'cosine'; there are softmax, linear"):
            compute()


@pytest.mark.parametrize("kind", KINDS)
def test_weights_times_values_rebuild_the_output(kind) -> None:
    q, k, v = inputs(1)
    q, k = feature_map(q, kind), feature_map(k, kind)
    weights = attention_weights(q, k, kind)
    assert (weights >= 0).all()
    torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))
    torch.testing.assert_close(weights @ v, attend(q, k, v, kind), rtol=1e-6, atol=1e-6)


@given(seed=st.integers(0, 2**16), tokens=st.integers(1, 11))
@settings(max_examples=30)
def test_received_attention_without_the_matrix_equals_the_matrix(seed: int, tokens: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    q, k = (torch.rand(2, tokens, 3, generator=generator) + 0.1 for _ in range(2))
    ones = torch.ones(*q.shape[:-1], 1)
    torch.testing.assert_close(
        linear_transposed(q, k, ones)[..., 0], attention_weights(q, k, "linear").sum(-2)
    )


def test_a_query_that_matches_nothing_has_no_weights() -> None:
    weights = attention_weights(torch.zeros(1, 2), torch.ones(3, 2), "linear")
    assert torch.isnan(weights).all()
