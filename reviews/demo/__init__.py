"""The demo: three projects on real data, simulated past work, one account per role."""
