"""What happens in reviews that background work answers. Sent after the commit."""

from django.dispatch import Signal

# measurement: the Measurement that was made or made anew.
measured = Signal()
