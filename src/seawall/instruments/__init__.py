"""Nouns with terms: options, structures, VIX, pools, perps."""
