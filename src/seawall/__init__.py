"""One ledger for everyone who is short convexity, and the layered VIX hedge on top of it."""

__version__ = "0.1.0"
