"""The REST API under /api/v1: each route asks the service layer and hands back its answer."""
