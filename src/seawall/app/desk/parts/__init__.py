"""Components that every page is made of."""
