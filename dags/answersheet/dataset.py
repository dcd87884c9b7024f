"""Builds a dataset in YOLO's layout from a folder of labelled images. Does not import Airflow.

A label file has one line per object: its class, then the centre (x, y), width and height of its box, as fractions of
the image's width and height.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageEnhance, ImageOps

MAX_AUGMENTED = 6  # a set of at most this many images is augmented
VALIDATION_EVERY = 4  # one in this many images is used for validation
MIN_VISIBLE = 0.4  # the fraction of a box that must remain in a zoomed image to keep the object


class DatasetError(Exception):
    """The images or labels are invalid, or the target cannot be replaced."""


@dataclass(frozen=True)
class Box:
    label: int
    x: float
    y: float
    width: float
    height: float

    def __str__(self) -> str:
        return f"{self.label} {self.x:.6f} {self.y:.6f} {self.width:.6f} {self.height:.6f}"


@dataclass(frozen=True)
class Sample:
    name: str
    image: Image.Image
    boxes: tuple[Box, ...]


def read_samples(folder: Path, classes: int) -> list[Sample]:
    """Read the images of a folder and their labels, ordered by name. `classes` is the number of classes.

    Raises DatasetError if there are fewer than two images, or if labels are missing or invalid.
    """
    files = sorted((folder / "images").glob("*.png"))
    if len(files) < 2:
        raise DatasetError(f"{folder / 'images'} has {len(files)} images, but training and validation need two.")
    labels = folder / "labels"
    return [Sample(file.stem, _read_image(file), _read_boxes(labels / f"{file.stem}.txt", classes)) for file in files]


def _read_image(file: Path) -> Image.Image:
    with Image.open(file) as image:
        return image.convert("RGB")


def _read_boxes(file: Path, classes: int) -> tuple[Box, ...]:
    if not file.exists():
        raise DatasetError(f"{file} is missing. An image without objects needs an empty label file.")
    lines = enumerate(file.read_text().splitlines(), 1)
    return tuple(_parse_box(line.split(), f"{file}:{number}", classes) for number, line in lines)


def _parse_box(fields: Sequence[str], location: str, classes: int) -> Box:
    try:
        label, (x, y, width, height) = int(fields[0]), map(float, fields[1:])
    except (ValueError, IndexError):
        raise DatasetError(f"{location} is {' '.join(fields)!r}, not 'class x y width height'.") from None
    edges = (x - width / 2, y - height / 2, 1 - x - width / 2, 1 - y - height / 2)
    if not 0 <= label < classes:
        raise DatasetError(f"{location} has class {label}, but only classes 0 to {classes - 1} exist.")
    if width <= 0 or height <= 0 or min(edges) < -1e-6:
        raise DatasetError(f"{location} has a box that is empty or extends beyond the image.")
    return Box(label, x, y, width, height)


def mirror(sample: Sample) -> Sample:
    """Flip left and right. A road is never upside down, so top and bottom are not flipped."""
    boxes = tuple(Box(b.label, 1 - b.x, b.y, b.width, b.height) for b in sample.boxes)
    return Sample(f"{sample.name}_mirrored", ImageOps.mirror(sample.image), boxes)


def darken(sample: Sample) -> Sample:
    """Halve the brightness; the boxes do not change."""
    return Sample(f"{sample.name}_darker", ImageEnhance.Brightness(sample.image).enhance(0.5), sample.boxes)


def zoom(sample: Sample, margin: float = 0.1) -> Sample:
    """Crop the fraction `margin` from each side and scale to the original size. Mostly cropped objects are dropped."""
    width, height = sample.image.size
    frame = (width * margin, height * margin, width * (1 - margin), height * (1 - margin))
    image = sample.image.resize((width, height), Image.Resampling.BILINEAR, box=frame)
    return Sample(f"{sample.name}_zoomed", image, tuple(_crop(sample.boxes, margin)))


def _crop(boxes: Sequence[Box], margin: float) -> Iterator[Box]:
    def span(centre: float, size: float) -> tuple[float, float]:
        low, high = (((centre + side * size / 2) - margin) / (1 - 2 * margin) for side in (-1, 1))
        low, high = max(low, 0.0), min(high, 1.0)
        return (low + high) / 2, high - low

    for b in boxes:
        (x, width), (y, height) = span(b.x, b.width), span(b.y, b.height)
        full_area = b.width * b.height / (1 - 2 * margin) ** 2
        if width > 0 and height > 0 and width * height >= MIN_VISIBLE * full_area:
            yield Box(b.label, x, y, width, height)


AUGMENTATIONS: tuple[Callable[[Sample], Sample], ...] = (mirror, darken, zoom, lambda sample: darken(mirror(sample)))


def split(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Divide samples into training and validation sets, deterministically.

    Only training samples are augmented: validating with variations of training images would overrate the model.
    """
    validation = samples[VALIDATION_EVERY - 1 :: VALIDATION_EVERY] or samples[-1:]
    train = [sample for sample in samples if sample not in validation]
    if len(samples) <= MAX_AUGMENTED:
        train += [augment(sample) for sample in train for augment in AUGMENTATIONS]
    return train, list(validation)


def build_dataset(folder: Path, classes: Sequence[str], target: Path) -> dict[str, int]:
    """Build the dataset of a folder and replace `target` with it; return the numbers of images and objects.

    Raises DatasetError, leaving `target` unchanged, if the folder is invalid or `target` is not a dataset.
    """
    if target.exists() and not (target / "data.yaml").exists():
        raise DatasetError(f"{target} already exists and is not a dataset, so it is not replaced.")
    train, val = split(read_samples(folder, len(classes)))
    part, old = (target.with_name(f".{target.name}.{suffix}") for suffix in ("part", "old"))
    for leftover in (part, old):  # of a killed run
        shutil.rmtree(leftover, ignore_errors=True)
    for name, samples in (("train", train), ("val", val)):
        _write(part, name, samples)
    names = "".join(f"  {n}: {name}\n" for n, name in enumerate(classes))
    # Without `path`, the folders are relative to this file, so the dataset can be moved.
    (part / "data.yaml").write_text(f"train: images/train\nval: images/val\nnames:\n{names}", encoding="utf-8")
    if target.exists():
        target.rename(old)
    part.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return {"train": len(train), "val": len(val), "objects": sum(len(sample.boxes) for sample in (*train, *val))}


def _write(part: Path, name: str, samples: Sequence[Sample]) -> None:
    images, labels = part / "images" / name, part / "labels" / name
    for folder in (images, labels):
        folder.mkdir(parents=True)
    for sample in samples:
        sample.image.save(images / f"{sample.name}.png", optimize=True)
        (labels / f"{sample.name}.txt").write_text("".join(f"{box}\n" for box in sample.boxes), encoding="utf-8")
