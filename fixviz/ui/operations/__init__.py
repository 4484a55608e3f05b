"""What the server tells those who run it: whether it is well, and numbers for Prometheus."""
