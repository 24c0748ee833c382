"""PURE: splits, manifests and near-duplicates, from values alone. No framework, no database."""
