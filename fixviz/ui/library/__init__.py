"""The Library: the visitor's analyzed clips, to open again, rename, share, export and delete."""
