"""What the cards and repositories of the corpora say about their licences, and where they contradict each other."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Licence:
    """The licence as the most careful reading has it, and what speaks against a freer one."""

    name: str
    notes: tuple[str, ...]


_IMAGE_RIGHTS = "the images were collected from the public web and remain their authors'"

LICENCES = {
    "ii_bench": Licence(
        "Apache-2.0 by the card of m-a-p/II-Bench; images not included",
        ("the repository II-Bench/II-Bench carries no licence file", _IMAGE_RIGHTS),
    ),
    "cii_bench": Licence(
        "no licence file; Apache-2.0 by the card of m-a-p/CII-Bench (unverified); images not included",
        ("the repository MING-ZCH/CII-Bench carries no licence file", _IMAGE_RIGHTS),
    ),
    "tfq": Licence(
        "CC-BY-NC-4.0 (non-commercial)",
        (
            "the cards contradict each other: TFQ-Data-Lite says cc-by-nc-4.0, TFQ-Bench-Full apache-2.0, though the "
            "latter holds the statements of TFQ-Data-Full; the narrower one is kept",
            "the images come from II-Bench: " + _IMAGE_RIGHTS,
        ),
    ),
}
