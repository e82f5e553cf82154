import io
import json
from pathlib import Path

import PIL.Image
import pyarrow.parquet
import pytest

from asterism.core.errors import AsterismError
from asterism.helix.dataset import create_dataset, score_answer
from asterism.helix.parquet import read_parquet, write_parquet


def test_entries_are_written_and_read_again(tmp_path: Path) -> None:
    entries = [*create_dataset("sudoku", size=3, seed=1), *create_dataset("maze", size=2, config={"side": 5})]
    file = write_parquet(tmp_path / "deep" / "records.parquet", entries)
    read = read_parquet(file)
    assert read == {entry.id: entry for entry in sorted(entries, key=lambda each: each.id)}
    assert all(score_answer(entry.answer, entry) == 1.0 for entry in read.values())


def test_images_are_bytes_that_are_declared_as_images(tmp_path: Path) -> None:
    """The form that Hugging Face datasets decodes: a struct of bytes and path, and the kinds of columns as metadata."""
    entry = create_dataset("sudoku", size=1, seed=1)[0]
    table = pyarrow.parquet.read_table(write_parquet(tmp_path / "records.parquet", [entry]))
    described = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert list(described) == table.column_names
    assert described["images"] == {"feature": {"_type": "Image"}, "_type": "Sequence"}
    (row,) = table.to_pylist()
    (image,) = row["images"]
    assert set(image) == {"bytes", "path"} and image["path"].endswith(".png")
    assert PIL.Image.open(io.BytesIO(image["bytes"])).size == entry.images[0].size
    assert json.loads(row["metadata"]) == entry.metadata and row["question"] == entry.question


def test_questions_as_text_have_no_images(tmp_path: Path) -> None:
    entries = list(create_dataset("stock", size=300, seed=1, pictured=False))  # more than one row group
    read = read_parquet(write_parquet(tmp_path / "records.parquet", entries))
    assert list(read.values()) == sorted(entries, key=lambda each: each.id)


def test_what_cannot_be_written_or_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "records.parquet"
    entry = create_dataset("sudoku", size=1)[0]
    for entries, message in (([], "no entries to write"), ([entry, entry], "'sudoku-1-0-00000' comes twice")):
        with pytest.raises(AsterismError, match=message):
            write_parquet(file, entries)
        assert not any(tmp_path.iterdir())
    with pytest.raises(AsterismError, match="no Parquet file of helix entries"):
        read_parquet(file)
    file.write_text("no such thing")
    with pytest.raises(AsterismError, match="no Parquet file of helix entries"):
        read_parquet(file)
