"""Numbers of a stored run as its figures need them; nothing is drawn here."""
