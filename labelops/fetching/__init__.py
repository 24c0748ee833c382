"""The one way out: every HTTP request that LabelOps makes goes through here.

A link is parsed strictly, its name resolved once, all its addresses judged, and exactly those
connected to; each redirect begins anew. Nothing private is reached unless the operator allows it
for all links, or has named it: as the store of this server (`operators_link`), or as a service that
programs of a project ask (`service_link`).
"""

from labelops.fetching.errors import FetchFailed, LinkRefused
from labelops.fetching.exchanges import Answer, Fetched, ask, open_url, post, write
from labelops.fetching.limits import Limits
from labelops.fetching.links import LONGEST, Link, operators_link, parse_link, service_link

# Re-exported: all that others need.
__all__ = [
    "LONGEST",
    "Answer",
    "FetchFailed",
    "Fetched",
    "Limits",
    "Link",
    "LinkRefused",
    "ask",
    "open_url",
    "operators_link",
    "parse_link",
    "post",
    "service_link",
    "write",
]
