"""Phrases that captions are made of."""

from __future__ import annotations


def head_phrase(head: int | None) -> str:
    """Name a head, counted from 0; None is the mean of all heads."""
    return "mean of heads" if head is None else f"head {head}"


def attention_phrase(axis: str, layer: int, head: int | None) -> str:
    """Name an attention and a head of it, such as "spatial attention, layer 1, head 3"."""
    return f"{axis} attention, layer {layer}, {head_phrase(head)}"


def capital(text: str) -> str:
    """Return the text with a capital letter, for the start of a sentence."""
    return text[:1].upper() + text[1:]
