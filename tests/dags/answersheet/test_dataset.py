"""Building datasets from folders of labelled images."""

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


def draw(*boxes: tuple[int, int, int, int]) -> Sample:
    """A grey image of 200 × 100 with a red rectangle for each box (left, top, right, bottom; in pixels)."""
    image = Image.new("RGB", (200, 100), GREY)
    for box in boxes:
        image.paste(RED, box)
    return Sample("drawn", image, tuple(Box(1, (a + c) / 400, (b + d) / 200, (c - a) / 200, (d - b) / 100)
                                        for a, b, c, d in boxes))  # fmt: skip


def red_area(image: Image.Image) -> tuple[int, int, int, int]:
    """The bounding box of the red pixels of an image."""
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


@pytest.mark.parametrize("augment", dataset.AUGMENTATIONS)
@pytest.mark.parametrize("box", [(10, 20, 60, 70), (100, 40, 150, 95), (0, 5, 70, 60)])
def test_augmentation_moves_labels_with_their_objects(
    augment: Callable[[Sample], Sample], box: tuple[int, int, int, int]
) -> None:
    changed = augment(draw(box))
    (moved,) = changed.boxes
    assert moved.label == 1
    assert pixels(moved) == pytest.approx(red_area(changed.image), abs=1.5)
    assert changed.image.size == (200, 100)


def test_zoom_drops_objects_that_are_mostly_cropped() -> None:
    boxes = dataset.zoom(draw((0, 0, 22, 100), (90, 40, 110, 60))).boxes
    assert list(map(str, boxes)) == ["1 0.500000 0.500000 0.125000 0.250000"]


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[int], Path]:
    def make(count: int) -> Path:
        for name in ("images", "labels"):
            (tmp_path / "in" / name).mkdir(parents=True)
        for n in range(count):
            sample = draw((10 + n, 20, 60, 70))
            sample.image.save(tmp_path / "in" / "images" / f"{n:02}.png")
            (tmp_path / "in" / "labels" / f"{n:02}.txt").write_text(f"{sample.boxes[0]}\n")
        return tmp_path / "in"

    return make


def checksums(target: Path) -> dict[str, str]:
    return {
        str(file.relative_to(target)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(target.rglob("*")) if file.is_file()
    }  # fmt: skip


@pytest.mark.parametrize(("count", "train", "val"), [(2, 5, 1), (4, 15, 1), (6, 25, 1), (7, 6, 1), (8, 6, 2)])
def test_small_sets_are_augmented(
    folder: Callable[[int], Path], tmp_path: Path, count: int, train: int, val: int
) -> None:
    assert dataset.build_dataset(folder(count), CLASSES, tmp_path / "out") == {
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


def test_rebuilding_gives_the_same_files_and_removes_leftovers(folder: Callable[[int], Path], tmp_path: Path) -> None:
    source, target = folder(5), tmp_path / "out"
    dataset.build_dataset(source, CLASSES, target)
    before = checksums(target)
    (target / "images" / "train" / "old.png").write_bytes(b"")
    (tmp_path / ".out.part" / "images").mkdir(parents=True)  # left by a killed run
    dataset.build_dataset(source, CLASSES, target)
    assert checksums(target) == before
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("1 0.5 0.5 0.2", "00.txt:1 is .* not 'class x y width height'"),
        ("car 0.5 0.5 0.2 0.2", "00.txt:1 is .* not 'class x y width height'"),
        ("3 0.5 0.5 0.2 0.2", "00.txt:1 has class 3"),
        ("1 0.9 0.5 0.3 0.2", "00.txt:1 has a box that is empty or extends beyond the image"),
        ("1 0.5 0.5 0 0.2", "00.txt:1 has a box that is empty or extends beyond the image"),
        (None, "00.txt is missing"),
    ],
)
def test_invalid_label_fails_and_keeps_the_dataset(
    folder: Callable[[int], Path], tmp_path: Path, label: str | None, reason: str
) -> None:
    source, target = folder(3), tmp_path / "out"
    dataset.build_dataset(source, CLASSES, target)
    before = checksums(target)
    file = source / "labels" / "00.txt"
    file.unlink()
    if label:
        file.write_text(label + "\n")
    with pytest.raises(DatasetError, match=reason):
        dataset.build_dataset(source, CLASSES, target)
    assert checksums(target) == before


def test_folder_that_is_not_a_dataset_is_not_replaced(folder: Callable[[int], Path], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("three years")
    with pytest.raises(DatasetError, match="is not a dataset"):
        dataset.build_dataset(folder(3), CLASSES, tmp_path / "out")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "three years"


def test_one_image_is_not_enough(folder: Callable[[int], Path], tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="has 1 images"):
        dataset.build_dataset(folder(1), CLASSES, tmp_path / "out")


def test_samples_are_valid_small_and_reproducible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from answersheet import make_samples

    assert {road: len(dataset.read_samples(SAMPLES / road, 3)) for road in make_samples.IMAGES} == make_samples.IMAGES
    assert sum(file.stat().st_size for file in SAMPLES.rglob("*") if file.is_file()) < 200_000
    monkeypatch.setattr(make_samples, "SAMPLES", tmp_path)
    make_samples.main()
    for file in SAMPLES.rglob("*.txt"):
        assert (tmp_path / file.relative_to(SAMPLES)).read_text() == file.read_text()
    for file in SAMPLES.rglob("*.png"):  # compare pixels: the compression depends on the version of Pillow
        with Image.open(file) as committed, Image.open(tmp_path / file.relative_to(SAMPLES)) as redrawn:
            assert committed.convert("RGB").tobytes() == redrawn.convert("RGB").tobytes()
