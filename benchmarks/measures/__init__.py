"""What is measured of a server, each in its own file: a coroutine over a target."""
