from datasets.models.versions import DatasetEntry, DatasetVersion

__all__ = ["DatasetEntry", "DatasetVersion"]
