"""What is known of each model: `models.toml`, and the operator's own file."""
