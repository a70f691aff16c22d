"""Doors: command line, verification."""
