"""What the commands share that print one line an item."""

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from labelops.errors import DomainError
from tasks.kinds.schema import single_choice
from tasks.models import Project
from tasks.services.instructions import current_schema


def single_choice_of(project: Project) -> dict[str, Any]:
    """The one question that a label of the project answers. Raises DomainError."""
    control = single_choice(current_schema(project))
    if control is None:
        raise DomainError(
            f"The project “{project.slug}” has no single choice question, or several: its "
            "consensus is not one label an item.",
            code="no_single_choice",
            hint="Use the command export instead.",
        )
    return control


def write_table(output: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV whose name appears only when the file is complete. Raises DomainError."""
    temporary = output.with_name(f".{output.name}.part")
    try:
        with temporary.open("w", newline="", encoding="utf-8") as stream:
            lines = csv.writer(stream)
            lines.writerow(header)
            # Values stay as they are: programs match them, and a class may well be called "-1".
            lines.writerows(rows)
        os.replace(temporary, output)
    except OSError as error:
        raise DomainError(
            f"The file cannot be written: {error.strerror}.",
            code="file_not_writable",
            details={"file": str(output)},
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
