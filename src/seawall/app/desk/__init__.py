"""The dashboard: pages in a browser over the same service layer as the API."""

from seawall.app.desk.shell import mount

__all__ = ["mount"]
