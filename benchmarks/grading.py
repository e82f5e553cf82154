"""How often graders are wrong, and how fast they are.

    python benchmarks/grading.py                    # ours: 10,000 right answers, 10,000 near misses
    python benchmarks/grading.py --peer trl=.venv-trl-reward --peer mathruler=.venv-mathruler --docs docs/audit.md

Made-up tasks of eight kinds are answered in the forms of ``asterism.audit``: right answers in every usual form and
writing, and near misses of every class. A peer is another grader in a virtual environment of its own; it sees the same
answers, puzzles left out.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from time import perf_counter

from grading_golds import KINDS, LABELS, MATHS, prompt_of, tasks_of
from machine import commit, machine

from asterism.answers.grade import grade
from asterism.audit.adversarial import probes_of
from asterism.audit.hostile import hostile_inputs
from asterism.audit.probe import Probe
from asterism.core.seeds import derive_seed
from asterism.core.task import Task
from asterism.evaluate.intervals import wilson

HERE = Path(__file__).parent
PUZZLES = "puzzles"
WARM_UP = 300
BEGIN, END = "<!-- grading: begin -->", "<!-- grading: end -->"
"""Marks of the page that holds the tables."""
Judge = Callable[[Task, str], bool]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A probe of a kind and whether a grader says that it is right."""

    kind: str
    probe: Probe
    right: bool
    seconds: float
    fault: str = ""

    @property
    def wrong(self) -> bool:
        """Whether the grader is."""
        return self.right != self.probe.right


@dataclass(frozen=True, slots=True)
class Row:
    """A kind, or a group of probes: how many right answers were refused and wrong ones paid."""

    name: str
    refused: int
    right: int
    paid: int
    wrong: int

    def markdown(self) -> str:
        """The row of a table, with Wilson's 95 % intervals."""
        return f"| {self.name} | {_share(self.refused, self.right)} | {_share(self.paid, self.wrong)} |"


def main() -> None:
    """Grade, print tables, and write them as JSON."""
    options = _options()
    probes = {kind: drawn(kind, options.count) for kind in (*KINDS, PUZZLES)}
    ours = [verdict for kind, chosen in probes.items() for verdict in graded(kind, chosen)]
    print(table("our graders, by kind", rows_by_kind(ours)), flush=True)
    print_failures(ours, options.failures)
    speed = {"labels": rate(probes, LABELS), "mathematics": rate(probes, MATHS)}
    slowest = slowest_hostile()
    print(", ".join(f"{name}: {value:,.0f} a second" for name, value in speed.items()))
    print(f"slowest answer: {max(each.seconds for each in ours) * 1e3:.1f} ms; slowest hostile input: {slowest}")
    asked = {kind: chosen for kind, chosen in probes.items() if kind != PUZZLES}
    everybody = {"ours": [each for each in ours if each.kind != PUZZLES]}
    versions = {}
    for name, folder in options.peer:
        everybody[name], versions[name] = graded_by_peer(name, folder, asked)
    if options.peer:
        print(comparison(everybody))
    written = {
        "date": date.today().isoformat(),
        "commit": commit(),
        "machine": machine(),
        "versions": versions,
        "kinds": [asdict(row) for row in rows_by_kind(ours)],
        "per_second": speed,
        "slowest_hostile": slowest,
        "graders": {name: [asdict(row) for row in rows_by_form(found)] for name, found in everybody.items()},
    }
    options.results.mkdir(parents=True, exist_ok=True)
    file = options.results / f"{written['date']}-grading{'-smoke' if options.smoke else ''}.json"
    file.write_text(json.dumps(written, indent=1) + "\n")
    if options.docs is not None:
        put_tables(options.docs, rows_by_kind(ours), speed, slowest, everybody, versions)
    print(f"Results: {file}")
    print(json.dumps({"kinds": written["kinds"], "per_second": speed, "graders": list(everybody)}))


def drawn(kind: str, count: int) -> list[Probe]:
    """An equal share of ``count`` right answers of a kind, and as many near misses; no two the same."""
    share = max(1, count // (len(KINDS) + 1))
    if kind == PUZZLES:
        tasks, asked = puzzles(max(42, share // 12))
    else:
        tasks, asked = tasks_of(kind, max(20, share // 8)), prompt_of
    made = probes_of(tasks, asked, per_class=len(tasks))
    unique = {(probe.task.answer, probe.task.options, probe.text): probe for probe in made}
    order = sorted(unique.values(), key=lambda probe: derive_seed("drawn", probe.group, probe.name, probe.task.id))
    right, wrong = ([probe for probe in order if probe.right is side][:share] for side in (True, False))
    return [*right, *wrong]


def puzzles(count: int) -> tuple[list[Task], Callable[[Task], str]]:
    """Puzzles of every task of helix."""
    from asterism.runs.audit import AuditSource, open_target

    _, target = open_target(AuditSource("helix", (f"environment.train.count={count}", "environment.pictured=false")))
    return list(target.tasks), target.prompt_of


def graded(kind: str, probes: Sequence[Probe]) -> Iterator[Verdict]:
    """The verdicts of our grader of a kind."""
    judge = judge_of(kind)
    for probe in probes:
        start = perf_counter()
        right = judge(probe.task, probe.text)
        yield Verdict(kind, probe, right, perf_counter() - start)


def judge_of(kind: str) -> Judge:
    """Our grader of a kind."""
    if kind != PUZZLES:
        return lambda task, text: grade(task, text).correct is True
    from asterism.helix.entry import verify_answer
    from asterism.helix.records import entry_of_task

    return lambda task, text: verify_answer(text, entry_of_task(task)).right


def rate(probes: dict[str, list[Probe]], kinds: Sequence[str]) -> float:
    """Gradings a second on one core, over answers that were not graded before, after a warm-up on others."""
    fresh = [probe for kind in kinds for probe in fresh_probes(kind, len(probes[kind]))]
    judge = judge_of(kinds[0])
    for probe in fresh[:WARM_UP]:
        judge(probe.task, probe.text)
    measured = fresh[WARM_UP:] or fresh
    start = perf_counter()
    for probe in measured:
        judge(probe.task, probe.text)
    return len(measured) / (perf_counter() - start)


def fresh_probes(kind: str, count: int) -> list[Probe]:
    """Answers to other tasks of a kind, in mixed order."""
    made = probes_of(tasks_of(kind, max(20, count // 16), seed=1), prompt_of, per_class=count, seed=1)
    return sorted(made, key=lambda probe: derive_seed("fresh", probe.name, probe.task.id))[: min(count, 1500)]


def slowest_hostile() -> str:
    """The input that takes a grader longest, of those that are made to."""
    tasks = {kind: tasks_of(kind, 1)[0] for kind in KINDS}
    found = []
    for name, text in hostile_inputs():
        for kind, task in tasks.items():
            start = perf_counter()
            grade(task, text)
            found.append((perf_counter() - start, f"{name}, {len(text):,} characters, {kind}"))
    seconds, told = max(found)
    return f"{seconds:.2f} s ({told})"


def graded_by_peer(name: str, folder: Path, probes: dict[str, list[Probe]]) -> tuple[list[Verdict], str]:
    """The verdicts of another grader, and its version."""
    chosen = [(kind, probe) for kind, members in probes.items() for probe in members]
    lines = "".join(json.dumps({"gold": probe.task.answer, "text": probe.text}) + "\n" for _, probe in chosen)
    command = [str(folder / "bin" / "python"), str(HERE / "grading_peer.py"), name]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} has failed in {folder}:\n{done.stderr[-2000:]}")
    first, *answers = done.stdout.splitlines()
    found = [Verdict(kind, probe, **json.loads(line)) for (kind, probe), line in zip(chosen, answers, strict=True)]
    return found, json.loads(first)["version"]


def rows_by_kind(found: Sequence[Verdict]) -> list[Row]:
    """A row a kind, and one of all."""
    kinds = dict.fromkeys(each.kind for each in found)
    return [*(_row(kind, [each for each in found if each.kind == kind]) for kind in kinds), _row("all", found)]


def rows_by_form(found: Sequence[Verdict]) -> list[Row]:
    """Rows by form of the answer, over kinds that all graders are made for; then labels and words."""
    maths = [each for each in found if each.kind in MATHS]
    boxed = [each for each in maths if "\\boxed" in each.probe.text]
    other = [each for each in maths if "\\boxed" not in each.probe.text]
    rest = [each for each in found if each.kind not in MATHS]
    return [
        _row("numbers and mathematics, in a box", boxed),
        _row("numbers and mathematics, in other forms", other),
        _row("labels and words", rest),
    ]


def comparison(everybody: dict[str, list[Verdict]]) -> str:
    """A table over graders for each form."""
    lines = []
    for place in range(3):
        rows = [Row(name, *_figures(rows_by_form(found)[place])) for name, found in everybody.items()]
        lines.append(table(rows_by_form(everybody["ours"])[place].name, rows))
    return "\n".join(lines)


def table(title: str, rows: Sequence[Row]) -> str:
    """Rows in Markdown."""
    head = [f"\n{title}", "", "| | right answers refused | near misses paid |", "|---|---|---|"]
    return "\n".join([*head, *(row.markdown() for row in rows)]) + "\n"


def put_tables(
    file: Path,
    kinds: Sequence[Row],
    speed: dict[str, float],
    slowest: str,
    everybody: dict[str, list[Verdict]],
    versions: dict[str, str],
) -> None:
    """Put the tables between the marks of a page of the documentation."""
    cores = machine()["cpu"]
    parts = [
        table("Our graders, by kind, with Wilson's 95 % intervals:", kinds),
        f"On one core ({cores}), after a warm-up and over answers not graded before: "
        + ", ".join(f"{name} {value:,.0f} a second" for name, value in speed.items())
        + f". The slowest of the hostile inputs takes {slowest}.\n",
    ]
    if versions:
        parts.append("Others, over the same answers: " + ", ".join(f"{n} {v}" for n, v in versions.items()) + ".\n")
        parts.append(comparison(everybody))
    before, begin, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        sys.exit(f"{file} has no marks {BEGIN} and {END}")
    told = "\n\n".join(part.strip() for part in parts)
    file.write_text(f"{before}{begin}\n\n{told}\n\n{end}{after}", encoding="utf-8")


def print_failures(found: Sequence[Verdict], count: int) -> None:
    """The classes with most failures, with an example each."""
    by_class: dict[tuple[str, str], list[Verdict]] = {}
    for each in found:
        if each.wrong:
            by_class.setdefault((each.kind, each.probe.name), []).append(each)
    for (kind, name), members in sorted(by_class.items(), key=lambda item: -len(item[1]))[:count]:
        first = members[0].probe
        side = "refused" if first.right else "paid"
        print(f"{len(members):5d} {side}: {kind}, {name}: {first.task.answer!r} <- {first.text[-160:]!r}")


def _row(name: str, found: Sequence[Verdict]) -> Row:
    right, wrong = ([each for each in found if each.probe.right is side] for side in (True, False))
    return Row(name, sum(each.wrong for each in right), len(right), sum(each.wrong for each in wrong), len(wrong))


def _figures(row: Row) -> tuple[int, int, int, int]:
    return row.refused, row.right, row.paid, row.wrong


def _share(count: int, total: int) -> str:
    if not total:
        return "–"
    low, high = wilson(count / total, total)
    return f"{count:,} of {total:,}: {count / total:.2%} ({low * 100:.2f} to {high * 100:.2f})"


def _peer(text: str) -> tuple[str, Path]:
    name, _, folder = text.partition("=")
    if name not in ("trl", "math_verify", "mathruler") or not folder:
        raise argparse.ArgumentTypeError(f"{text!r} is not trl=FOLDER, math_verify=FOLDER or mathruler=FOLDER")
    return name, Path(folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000, help="right answers, and as many near misses")
    parser.add_argument("--peer", type=_peer, action="append", default=[], help="NAME=FOLDER of its environment")
    parser.add_argument("--failures", type=int, default=30, help="classes with failures that are printed")
    parser.add_argument("--results", type=Path, default=HERE / "results", help="folder of the JSON")
    parser.add_argument("--docs", type=Path, help="also put the tables between the marks of this page")
    parser.add_argument("--smoke", action="store_true", help="the smallest shape")
    options = parser.parse_args()
    if options.smoke:
        options.count = 400
    return options


if __name__ == "__main__":
    main()
