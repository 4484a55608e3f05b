"""Run several servers of the app behind one address: `fixviz app --servers N`.

A web server from the system's packages, nginx or Caddy, passes requests on; each visitor stays on one server.
One engine process computes for all. Loads neither torch nor Streamlit, but in the processes of the servers.
"""
