"""Analyze many clips on a Ray cluster, into the same data set as on one machine.

`driver` hands out clips with Ray Data and writes the rows that come back; `clip_worker` analyzes clips
where the cluster has cores or GPUs. All nodes see the clips' folder. Runs go to one store that all of them
see: the home, or a store behind a URL.
"""
