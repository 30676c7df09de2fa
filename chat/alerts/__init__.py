"""Who runs the service is told when something is wrong, and when it is over."""
