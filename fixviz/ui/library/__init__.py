"""The Library: one's own analyzed clips, to open again, rename, share, export and delete."""
