"""Long work outside the server: a process that runs one task at a time, and how the work stands.

The engine computes runs with it; own checkpoints are checked with it. Imports no torch.
"""
