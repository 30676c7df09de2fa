"""The Dockerfile, tried without Docker, and the secrets of compose.yaml."""
