"""A stored run as one HTML file with the player in it. Imports neither Streamlit nor, unless a checkpoint needs it, torch."""
