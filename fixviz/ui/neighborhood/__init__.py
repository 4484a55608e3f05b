"""The Neighborhood page: what keys and values hear from their neighbors, and what comes of it."""
