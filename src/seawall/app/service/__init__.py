"""One service layer for the REST API and the dashboard: what a door asks, and plain answers."""
