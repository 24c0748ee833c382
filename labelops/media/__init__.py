"""Private files: where they are kept, and what we make of images."""
