"""A dataset in YOLO's layout out of a folder of labelled images. No Airflow in here.

A label file has one line per object: its class, then the middle, the width and the height of its box, as shares of the
image's width and height.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageEnhance, ImageOps

FEW = 6  # a set of so many images or fewer gets more by augmentation
EVERY = 4  # the image of every so many that is held out for validation
KEPT = 0.4  # the share of a box that has to be left in a zoomed image for the object to count as seen


class DatasetError(Exception):
    """What is wrong with the images or labels, in a sentence."""


@dataclass(frozen=True)
class Box:
    kind: int
    x: float
    y: float
    width: float
    height: float

    def __str__(self) -> str:
        return f"{self.kind} {self.x:.6f} {self.y:.6f} {self.width:.6f} {self.height:.6f}"


@dataclass(frozen=True)
class Sample:
    name: str
    image: Image.Image
    boxes: tuple[Box, ...]


def read(folder: Path, classes: int) -> list[Sample]:
    """The images of a folder in the order of their names, each with its boxes.

    Raises DatasetError: no images, too few to hold one out, one without labels, or a label that cannot be.
    """
    files = sorted((folder / "images").glob("*.png"))
    if len(files) < 2:
        raise DatasetError(f"{folder / 'images'} holds {len(files)} images; it takes two: to train, and to validate.")
    return [Sample(file.stem, _image(file), _boxes(folder / "labels" / f"{file.stem}.txt", classes)) for file in files]


def _image(file: Path) -> Image.Image:
    with Image.open(file) as image:
        return image.convert("RGB")


def _boxes(file: Path, classes: int) -> tuple[Box, ...]:
    if not file.exists():
        raise DatasetError(f"{file} is missing: an image without objects has an empty label file.")
    return tuple(_box(line.split(), f"{file}:{n}", classes) for n, line in enumerate(file.read_text().splitlines(), 1))


def _box(words: Sequence[str], where: str, classes: int) -> Box:
    try:
        kind, (x, y, width, height) = int(words[0]), map(float, words[1:])
    except (ValueError, IndexError):
        raise DatasetError(f"{where} is not 'class x y width height' but {' '.join(words)!r}.") from None
    edges = (x - width / 2, y - height / 2, 1 - x - width / 2, 1 - y - height / 2)
    if not 0 <= kind < classes or width <= 0 or height <= 0 or min(edges) < -1e-6:
        raise DatasetError(f"{where} has class {kind} of {classes}, or a box that leaves the image.")
    return Box(kind, x, y, width, height)


def mirrored(sample: Sample) -> Sample:
    """Left and right changed. Not top and bottom: no road hangs from the sky."""
    boxes = tuple(Box(b.kind, 1 - b.x, b.y, b.width, b.height) for b in sample.boxes)
    return Sample(f"{sample.name}_mirrored", ImageOps.mirror(sample.image), boxes)


def darker(sample: Sample) -> Sample:
    """As at dusk; the boxes stay."""
    return Sample(f"{sample.name}_darker", ImageEnhance.Brightness(sample.image).enhance(0.5), sample.boxes)


def zoomed(sample: Sample, margin: float = 0.1) -> Sample:
    """The middle, at the size of the whole. What is mostly cut off is no longer an object."""
    width, height = sample.image.size
    frame = (width * margin, height * margin, width * (1 - margin), height * (1 - margin))
    image = sample.image.resize((width, height), Image.Resampling.BILINEAR, box=frame)
    return Sample(f"{sample.name}_zoomed", image, tuple(_cut(sample.boxes, margin)))


def _cut(boxes: Sequence[Box], margin: float) -> Iterator[Box]:
    def span(middle: float, size: float) -> tuple[float, float]:
        low, high = (((middle + side * size / 2) - margin) / (1 - 2 * margin) for side in (-1, 1))
        low, high = max(low, 0.0), min(high, 1.0)
        return (low + high) / 2, high - low

    for b in boxes:
        (x, width), (y, height) = span(b.x, b.width), span(b.y, b.height)
        whole = b.width * b.height / (1 - 2 * margin) ** 2
        if width > 0 and height > 0 and width * height >= KEPT * whole:
            yield Box(b.kind, x, y, width, height)


VARIATIONS: tuple[Callable[[Sample], Sample], ...] = (
    mirrored,
    darker,
    zoomed,
    lambda sample: darker(mirrored(sample)),
)


def split(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Those to train with and those to validate with, always the same ones. Only the first are ever augmented: a model
    that is validated with variations of what it has seen looks better than it is."""
    held = [n % EVERY == EVERY - 1 for n in range(len(samples))]
    if not any(held):
        held[-1] = True
    train = [sample for sample, out in zip(samples, held, strict=True) if not out]
    if len(samples) <= FEW:
        train += [variation(sample) for sample in train for variation in VARIATIONS]
    return train, [sample for sample, out in zip(samples, held, strict=True) if out]


def build(folder: Path, classes: Sequence[str], target: Path) -> dict[str, int]:
    """The dataset of a folder at `target`, in place of what was there; how many images and objects it has.

    Raises DatasetError, and leaves `target` as it is, where the folder is not in order, or `target` is something else.
    """
    if target.exists() and not (target / "data.yaml").exists():
        raise DatasetError(f"{target} is there already and is no dataset: it is not replaced.")
    train, val = split(read(folder, len(classes)))
    part, old = (target.with_name(f".{target.name}.{end}") for end in ("part", "old"))
    for left in (part, old):  # by one that was killed
        shutil.rmtree(left, ignore_errors=True)
    for name, samples in (("train", train), ("val", val)):
        _write(part, name, samples)
    names = "".join(f"  {n}: {name}\n" for n, name in enumerate(classes))
    # Without a `path`: the layout is then found beside this file, wherever it is moved.
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
