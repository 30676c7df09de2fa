"""What serves the service elsewhere: containers, Kubernetes, nginx, Prometheus."""
