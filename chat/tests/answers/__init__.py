"""Answers that outlive the connection of who asked."""
