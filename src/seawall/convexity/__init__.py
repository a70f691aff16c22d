"""The density: algebra, pricing, projection onto strikes."""
