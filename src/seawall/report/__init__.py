"""Results become tables, pictures and one page."""
