"""The object store that the operator names: one bucket, in which each project has its own folder.

Requests are signed by botocore, an optional dependency (`pip install botocore`), and travel by
`labelops.fetching` like all others. A signature lives as long as one request: it is made for it
and kept nowhere.
"""
