"""Answers that outlive their connection: kept frames, resume, stop."""
