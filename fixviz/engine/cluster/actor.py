"""The actor on a node of the cluster.

Ray sends this module there as it is, so that a node without fixviz, or with another version of it, can say
so. That is why it imports nothing above its methods.
"""

from __future__ import annotations


class Actor:
    """Stand for a `fixviz.engine.cluster.node.Node`."""

    def start(self, wanted):  # type: ignore[no-untyped-def]
        """Return the name of the machine and the versions that are there. wanted: those of the server."""
        import platform

        python = "Python " + ".".join(platform.python_version_tuple()[:2])
        try:
            from fixviz.version import __version__ as version
        except ImportError:
            return platform.node(), f"no fixviz and {python}"
        versions = f"fixviz {version} and {python}"
        if versions == wanted:
            from fixviz.engine.cluster.node import Node

            self.node = Node()
        return platform.node(), versions

    def do(self, method, *arguments):  # type: ignore[no-untyped-def]
        """Call a method of the node."""
        return getattr(self.node, method)(*arguments)
