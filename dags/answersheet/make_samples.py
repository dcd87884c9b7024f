"""Draws the sample images and their labels: `python dags/answersheet/make_samples.py`. The output is deterministic."""

import random
from pathlib import Path

from PIL import Image, ImageDraw

SAMPLES = Path(__file__).parent / "samples"
WIDTH, HEIGHT, HORIZON = 160, 120, 45
IMAGES = {"gangnam_daero": 8, "olympic_daero": 6, "bugak_skyway": 4}
# class: width and height of the nearest vehicle, in pixels
SIZES = {0: (34, 22), 1: (40, 40), 2: (38, 34)}
COLOURS = ["#c0392b", "#2471a3", "#f4f6f7", "#212f3d", "#d4ac0d", "#1e8449"]


def draw_vehicle(draw: ImageDraw.ImageDraw, rng: random.Random, lane: float, depth: float) -> str:
    """Draw a vehicle and return its label. `lane` is -1 … 1, `depth` is 0 (horizon) … 1 (lower edge)."""
    label_class = rng.choice(list(SIZES))
    width, height = (round(size * (0.35 + 0.65 * depth)) for size in SIZES[label_class])
    bottom = round(HORIZON + 8 + depth * (HEIGHT - HORIZON - 12))
    left = round(WIDTH / 2 + lane * (10 + 45 * depth) - width / 2)
    top = bottom - height
    draw.rectangle((left, top, left + width - 1, bottom - 1), fill=rng.choice(COLOURS), outline="#17202a")
    draw.rectangle((left + 3, top + 2, left + width - 4, top + height // 3), fill="#aed6f1")
    for wheel in (left + 2, left + width - 7):
        draw.rectangle((wheel, bottom - 3, wheel + 4, bottom - 1), fill="#17202a")
    box = ((left + width / 2) / WIDTH, (top + height / 2) / HEIGHT, width / WIDTH, height / HEIGHT)
    return f"{label_class} {' '.join(f'{share:.6f}' for share in box)}\n"


def draw_road(rng: random.Random) -> tuple[Image.Image, str]:
    """An image of a road with two to four vehicles, and their labels."""
    image = Image.new("RGB", (WIDTH, HEIGHT), rng.choice(["#d6eaf8", "#fdebd0", "#d5d8dc"]))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, HORIZON, WIDTH, HEIGHT), fill=rng.choice(["#7dcea0", "#a9cce3", "#cacfd2"]))
    draw.polygon([(WIDTH // 2 - 14, HORIZON), (WIDTH // 2 + 14, HORIZON), (WIDTH, HEIGHT), (0, HEIGHT)], fill="#707b7c")
    draw.line((WIDTH // 2, HORIZON, WIDTH // 2, HEIGHT), fill="#f7dc6f", width=2)
    depths = sorted(rng.sample([0.1, 0.35, 0.65, 1.0], rng.randint(2, 4)))  # near vehicles cover distant ones
    side = rng.choice([-1, 1])
    lanes = [side * (-1) ** n * 0.8 for n in range(len(depths))]
    return image, "".join(draw_vehicle(draw, rng, lane, depth) for lane, depth in zip(lanes, depths, strict=True))


def main() -> None:
    for road, count in IMAGES.items():
        rng = random.Random(road)  # noqa: S311
        for folder in ("images", "labels"):
            (SAMPLES / road / folder).mkdir(parents=True, exist_ok=True)
        for n in range(1, count + 1):
            image, labels = draw_road(rng)
            image.quantize(32).save(SAMPLES / road / "images" / f"{n:02}.png", optimize=True)
            (SAMPLES / road / "labels" / f"{n:02}.txt").write_text(labels, encoding="utf-8")


if __name__ == "__main__":
    main()
