"""The Neighborhood page: what keys and values read from their neighbors, and what comes of it."""
