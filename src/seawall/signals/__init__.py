"""Observes the past, up to now."""
