"""One-machine run: broker, worker, beat and web server as children of one command."""
