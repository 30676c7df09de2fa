"""Hostile inputs from a seeded generator: the number of one makes it again."""
