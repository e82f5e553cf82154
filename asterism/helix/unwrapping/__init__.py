r"""What a model wrote about an answer, taken off before a task's own parser reads it.

One layer for all tasks, in three steps:

- :mod:`statements`: where a text states its answer: answer tags, boxes, cues, headings, fences, or the text as a whole;
- :mod:`plain`: LaTeX, Markdown and HTML made plain lines;
- :mod:`candidates`: what a statement may hold: itself, without its label, its list numbers or the sentences around it,
  the cells of a table, the value of JSON.

A parser says of each candidate whether it can read it, so it must account for every character; the layer must account
for every word that it leaves out, and leaves out none that doubts, negates or corrects (:mod:`doubt`).
"""

from asterism.helix.unwrapping.candidates import candidates, says_nothing
from asterism.helix.unwrapping.statements import Statement, statements

__all__ = ["Statement", "candidates", "says_nothing", "statements"]
