"""Time passes: plan, engine, fills, result."""
