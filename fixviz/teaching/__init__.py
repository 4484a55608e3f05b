"""Teach trained models classes of one's own from a few clips each. All but `learning` needs no torch."""
