"""Compute an engine's jobs on a Ray cluster instead of on this machine.

`lane` gives the jobs out, in the server. `connection` is its way to a process that knows Ray (`driver`): Ray
ends a process that loses its cluster, which must not be the server. On the nodes, a `node` does the same
steps as a lane of this machine, in processes of the same kind. `work` is what travels there and back; nodes
and server need no common disk.
"""
