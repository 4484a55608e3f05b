"""The app: a Streamlit shell, its pages' parts, and the routes that serve runs to the browser.

Nothing in here, and nothing it imports, loads torch: models live in the engine's worker process.
"""
