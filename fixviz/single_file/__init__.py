"""A stored run as one HTML file with the player in it. Loads torch only for checkpoints that torch saved."""
