"""The What if page: the run again with something changed, and what that changes."""
