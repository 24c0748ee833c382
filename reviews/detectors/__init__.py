"""PURE: which stored labels a model makes suspicious; one file per way of being wrong."""
