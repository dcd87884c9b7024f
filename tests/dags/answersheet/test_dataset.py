"""Datasets out of folders of labelled images, without Airflow."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from answersheet import dataset
from answersheet.dataset import Box, DatasetError, Sample
from PIL import Image

CLASSES = ["car", "bus", "truck"]
SAMPLES = Path(dataset.__file__).parent / "samples"
RED, GREY = (255, 0, 0), (90, 90, 90)


def drawn(*boxes: tuple[int, int, int, int]) -> Sample:
    """A grey image of 200 × 100 with a red rectangle for each box (left, top, right, lower edge; in pixels)."""
    image = Image.new("RGB", (200, 100), GREY)
    for box in boxes:
        image.paste(RED, box)
    return Sample("drawn", image, tuple(Box(1, (a + c) / 400, (b + d) / 200, (c - a) / 200, (d - b) / 100)
                                        for a, b, c, d in boxes))  # fmt: skip


def seen(image: Image.Image) -> tuple[int, int, int, int]:
    """The red part of an image."""
    red = image.convert("RGB").split()[0].point(lambda value: 255 if value > 110 else 0)
    box = red.getbbox()
    assert box is not None
    return box


def pixels(box: Box) -> tuple[float, ...]:
    return (
        (box.x - box.width / 2) * 200,
        (box.y - box.height / 2) * 100,
        (box.x + box.width / 2) * 200,
        (box.y + box.height / 2) * 100,
    )


@pytest.mark.parametrize("variation", [*dataset.VARIATIONS, dataset.zoomed])
@pytest.mark.parametrize("box", [(10, 20, 60, 70), (100, 40, 150, 95), (0, 5, 70, 60)])
def test_a_label_moves_with_what_it_labels(
    variation: Callable[[Sample], Sample], box: tuple[int, int, int, int]
) -> None:
    changed = variation(drawn(box))
    (label,) = changed.boxes
    assert label.kind == 1
    assert pixels(label) == pytest.approx(seen(changed.image), abs=1.5)
    assert changed.image.size == (200, 100)


def test_an_object_that_is_mostly_cut_off_is_not_one_any_more() -> None:
    boxes = dataset.zoomed(drawn((0, 0, 22, 100), (90, 40, 110, 60))).boxes
    assert list(map(str, boxes)) == ["1 0.500000 0.500000 0.125000 0.250000"]


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[int], Path]:
    def make(count: int) -> Path:
        for name in ("images", "labels"):
            (tmp_path / "in" / name).mkdir(parents=True)
        for n in range(count):
            sample = drawn((10 + n, 20, 60, 70))
            sample.image.save(tmp_path / "in" / "images" / f"{n:02}.png")
            (tmp_path / "in" / "labels" / f"{n:02}.txt").write_text(f"{sample.boxes[0]}\n")
        return tmp_path / "in"

    return make


def files(target: Path) -> dict[str, str]:
    return {
        str(file.relative_to(target)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(target.rglob("*")) if file.is_file()
    }  # fmt: skip


@pytest.mark.parametrize(("count", "train", "val"), [(2, 5, 1), (4, 15, 1), (6, 25, 1), (7, 6, 1), (8, 6, 2)])
def test_a_set_of_six_or_fewer_gets_more_to_train_with(
    folder: Callable[[int], Path], tmp_path: Path, count: int, train: int, val: int
) -> None:
    assert dataset.build(folder(count), CLASSES, tmp_path / "out") == {
        "train": train, "val": val, "objects": train + val,
    }  # fmt: skip
    for split, number in (("train", train), ("val", val)):
        images, labels = (sorted((tmp_path / "out" / kind / split).iterdir()) for kind in ("images", "labels"))
        assert [file.stem for file in images] == [file.stem for file in labels]
        assert len(images) == number
    val_names = {file.stem for file in (tmp_path / "out" / "images" / "val").iterdir()}
    assert not [f for f in (tmp_path / "out" / "images" / "train").iterdir() if f.stem.split("_")[0] in val_names]
    assert (tmp_path / "out" / "data.yaml").read_text() == (
        "train: images/train\nval: images/val\nnames:\n  0: car\n  1: bus\n  2: truck\n"
    )


def test_the_same_input_gives_the_same_files_and_nothing_old_stays(
    folder: Callable[[int], Path], tmp_path: Path
) -> None:
    source, target = folder(5), tmp_path / "out"
    dataset.build(source, CLASSES, target)
    before = files(target)
    (target / "images" / "train" / "old.png").write_bytes(b"")
    (tmp_path / ".out.part" / "images").mkdir(parents=True)  # of one that was killed
    dataset.build(source, CLASSES, target)
    assert files(target) == before
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("1 0.5 0.5 0.2", "00.txt:1 is not 'class x y width height'"),
        ("car 0.5 0.5 0.2 0.2", "00.txt:1 is not 'class x y width height'"),
        ("3 0.5 0.5 0.2 0.2", "class 3 of 3"),
        ("1 0.9 0.5 0.3 0.2", "leaves the image"),
        ("1 0.5 0.5 0 0.2", "leaves the image"),
        (None, "00.txt is missing"),
    ],
)
def test_a_label_that_cannot_be_is_refused_and_the_dataset_stays(
    folder: Callable[[int], Path], tmp_path: Path, label: str | None, reason: str
) -> None:
    source, target = folder(3), tmp_path / "out"
    dataset.build(source, CLASSES, target)
    before = files(target)
    file = source / "labels" / "00.txt"
    file.unlink()
    if label:
        file.write_text(label + "\n")
    with pytest.raises(DatasetError, match=reason):
        dataset.build(source, CLASSES, target)
    assert files(target) == before


def test_a_folder_that_is_no_dataset_is_never_replaced(folder: Callable[[int], Path], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("three years")
    with pytest.raises(DatasetError, match="is no dataset"):
        dataset.build(folder(3), CLASSES, tmp_path / "out")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "three years"


def test_one_image_is_too_few(folder: Callable[[int], Path], tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds 1 images"):
        dataset.build(folder(1), CLASSES, tmp_path / "out")


def test_the_samples_are_in_order_small_and_as_the_script_draws_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from answersheet import make_samples

    assert {road: len(dataset.read(SAMPLES / road, 3)) for road in make_samples.IMAGES} == make_samples.IMAGES
    assert sum(file.stat().st_size for file in SAMPLES.rglob("*") if file.is_file()) < 200_000
    monkeypatch.setattr(make_samples, "SAMPLES", tmp_path)
    make_samples.main()
    for file in SAMPLES.rglob("*.txt"):
        assert (tmp_path / file.relative_to(SAMPLES)).read_text() == file.read_text()
    for file in SAMPLES.rglob("*.png"):  # of the same pixels; how they are packed is a matter of Pillow's version
        with Image.open(file) as kept, Image.open(tmp_path / file.relative_to(SAMPLES)) as drawn_again:
            assert kept.convert("RGB").tobytes() == drawn_again.convert("RGB").tobytes()
