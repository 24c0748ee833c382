"""Sessions in the database, as Django keeps them, read by a prepared query."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from labelops.prepared import PreparedQuery

living_session = PreparedQuery(
    lambda session_key, now: Session.objects.filter(session_key=session_key, expire_date__gt=now)
)


class SessionStore(db.SessionStore):
    """Every request reads its session: compiling that query anew is worth sparing."""

    def _get_session_from_db(self) -> Session | None:
        found = living_session.fetch(session_key=self.session_key, now=timezone.now())
        if found:
            return found[0]
        self._session_key = None
        return None
