"""Adds up: the exposure table and its break-evens."""
