"""Decides: layers, sizing, tickets with reasons."""
