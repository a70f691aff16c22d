"""The server around API and dashboard: settings, guards, health, metrics."""
