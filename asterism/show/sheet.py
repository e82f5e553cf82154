"""Small tables of figures that the terminal and the report draw alike."""

from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from asterism.show.cell import Cell


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A line of a sheet. ``strong``: the one that matters; ``faint``: a baseline."""

    title: str
    cells: tuple[Cell, ...]
    detail: str = ""
    strong: bool = False
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A titled table of figures with a note below, and a warning where the figures need one."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    note: str = ""
    warning: str = ""


def sheet_table(sheet: Sheet, *, stacked: bool = False) -> Table:
    """A sheet for the terminal; ``stacked`` puts intervals below their figures."""
    table = Table(
        title=sheet.title or None,
        title_justify="left",
        title_style="bold",
        caption=_caption(sheet),
        caption_justify="left",
        header_style="bold",
        border_style="dim",
    )
    table.add_column("")
    for column in sheet.columns:
        table.add_column(column, justify="right")
    for row in sheet.rows:
        if row.faint and table.row_count and not sheet.rows[table.row_count - 1].faint:
            table.add_section()
        style = "dim" if row.faint else "bold" if row.strong else ""
        table.add_row(_title(row), *(_text(cell, stacked) for cell in row.cells), style=style)
    return table


def _caption(sheet: Sheet) -> Text | None:
    caption = Text(sheet.note, style="table.caption")
    if sheet.warning:
        caption.append(f"\nWarning: {sheet.warning}".removeprefix("" if sheet.note else "\n"), style="bold yellow")
    return caption if caption.plain else None


def _title(row: SheetRow) -> Text:
    title = Text(row.title)
    if row.detail:
        title.append(f"\n{row.detail}", style="dim not bold")
    return title


def _text(cell: Cell, stacked: bool) -> Text:
    text = Text(cell.text, style="bold" if cell.strong else "")
    if cell.range:
        text.append(f"\n{cell.range}" if stacked else f"  {cell.range}", style="dim not bold")
    return text
