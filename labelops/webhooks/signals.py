"""What happens to webhooks that a higher package may want to know. Sent inside the transaction."""

from django.dispatch import Signal

# webhook: the one that was switched off, as nothing has arrived for days.
webhook_given_up = Signal()
