"""The table of budgets (performance notes): what was counted, beside what, how much may be, and whether it is."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A figure and its budget in the same unit; ``aim`` is wished for, only ``must`` can fail."""

    what: str
    figure: float
    unit: str
    must: float
    aim: float | None = None
    note: str = ""

    @property
    def over(self) -> bool:
        """Whether the figure is past what must be."""
        return self.figure > self.must

    def write(self) -> tuple[str, ...]:
        """The cells of a Markdown row."""
        verdict = (
            "over" if self.over else "ok" if self.aim is None or self.figure <= self.aim else "ok, past the aim"
        )
        aim = "" if self.aim is None else _number(self.aim)
        return (
            self.what,
            f"{_number(self.figure)} {self.unit}".strip(),
            _number(self.must),
            aim,
            verdict,
            self.note,
        )


def write_table(lines: Iterable[Line]) -> str:
    """The lines as a Markdown table with even columns."""
    rows = [("figure", "counted", "must", "aim", "", "of"), *(line.write() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
