"""What happens in tasks that a higher package may want to know. Sent after the commit."""

from django.dispatch import Signal

# task: the Task whose last missing label was submitted.
labels_completed = Signal()
# batch: the Batch whose terms a manager changed.
batch_changed = Signal()
# assignment_id: that of a slot of a gold task that was answered.
gold_answered = Signal()
# item_ids: those of items that are removed for good at the end of this transaction. Sent within it.
items_purging = Signal()
