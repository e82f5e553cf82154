"""The numbers of rows and columns beside a board, for answers that name places."""

from asterism.helix.grid_drawing import GridDrawing

INK = (90, 90, 90)
"""Paler than what belongs to the puzzle."""


def number_axes(board: GridDrawing, first: int = 0) -> None:
    """Number the rows at the left and the columns at the top, small; a margin of one cell is needed there."""
    for row in range(board.rows):
        board.write((row, -0.98), str(row + first), board.small, INK)
    for column in range(board.columns):
        board.write((-0.9, column), str(column + first), board.small, INK)
