"""Files of a stored run: a folder or ZIP with its manifest, tables and videos."""
