"""Run long work in a process of its own, one task at a time, and tell where it stands.

The engine computes runs this way, and own checkpoints are checked this way. Imports no torch.
"""
