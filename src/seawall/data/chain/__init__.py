"""Positions read from a chain by JSON-RPC: only questions, all at one block; nothing is signed or sent."""
