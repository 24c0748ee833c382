"""What happens to accounts that a higher package may want to know. Sent inside the transaction."""

from django.dispatch import Signal

# person: the User who may not enter any more; by: who decided so; reason: their words.
person_suspended = Signal()
