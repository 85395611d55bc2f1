"""Retract: the rooms behind app.py (README.md says who lives where)."""
