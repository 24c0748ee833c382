"""What packages below ask of this one, without knowing it."""

from datasets.services.exam_items import EXAMS
from tasks.services.exam_items import exams

exams.extend(EXAMS)
