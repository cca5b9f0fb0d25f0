"""Kills the engine wherever it hurts, again and again, and holds what it knows afterwards against the exchange."""
