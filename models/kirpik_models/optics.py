"""What a camera does to a picture: blur, motion, exposure, night, noise, sharpening, compression."""

import cv2
import numpy as np

from kirpik.values import Luma
from kirpik_models.weather import Field, as_bytes


def optics(rng: np.random.Generator, picture: Luma, *, strength: float = 1.0) -> Luma:
    """Blur, motion, exposure, noise, sharpening and compression of a whole picture; `strength` 1 is a bad evening."""
    image = picture.astype(np.float32)
    lens = rng.random()
    if lens < 0.58:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.3, 0.4 + 0.8 * strength)))
    elif lens < 0.7:
        image = _defocused(rng, image, strength)
    if rng.random() < 0.35:
        image = _motion(rng, image, strength)
    if rng.random() < 0.12:
        image = _veiled(rng, image)
    image = _exposure(rng, image)
    if rng.random() < 0.12:
        image = _overexposed(rng, image)
    if rng.random() < 0.12:
        image = _night_infrared(rng, image)
    image = _noise(rng, image, strength)
    if rng.random() < 0.3:
        image = _sharpened(rng, image)
    packed = _compress(rng, as_bytes(image), strength)
    return _resampled(rng, packed, strength) if rng.random() < 0.15 else packed


def processed(rng: np.random.Generator, picture: Luma, *, strength: float = 1.0) -> Luma:
    """What a camera's chip does to a picture: small shapes are smoothed away with the noise, edges made to shine."""
    image = picture
    if rng.random() < 0.4:
        levels, reach = float(rng.uniform(8, 40)), float(rng.uniform(0.7, 2.0))
        image = np.asarray(cv2.bilateralFilter(image, 5, levels, reach), np.uint8)
    if rng.random() < 0.6:
        image = as_bytes(_sharpened(rng, image.astype(np.float32)))
    return _compress(rng, image, strength)


def _sharpened(rng: np.random.Generator, image: Field) -> Field:
    soft = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.6, 1.6)))
    return np.asarray(image + float(rng.uniform(0.3, 1.6)) * (image - soft), np.float32)


def _defocused(rng: np.random.Generator, image: Field, strength: float) -> Field:
    """A lens out of focus shows each point as a disc."""
    radius = float(rng.uniform(0.7, 0.9 + 1.1 * strength))
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return np.asarray(cv2.filter2D(image, -1, disc / disc.sum(), borderType=cv2.BORDER_REPLICATE), np.float32)


def _veiled(rng: np.random.Generator, image: Field) -> Field:
    """A tail lamp or a headlamp beside the plate: its glow lies over everything and falls off with distance."""
    rows, columns = image.shape
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    veil = np.zeros_like(image)
    for side in ((-0.1, 1.1), (-0.1,), (1.1,))[int(rng.integers(3))]:
        cx, cy = (side + float(rng.normal(0, 0.15))) * columns, float(rng.uniform(-0.5, 1.0)) * rows
        away = np.hypot(x - cx, y - cy) / (float(rng.uniform(0.1, 0.5)) * columns)
        veil += float(rng.uniform(30, 220)) / (1 + away**2)
    return np.asarray(image * float(rng.uniform(0.3, 1.0)) + veil, np.float32)


def _resampled(rng: np.random.Generator, image: Luma, strength: float) -> Luma:
    """A packed picture that was scaled for another screen, and packed again: its blocks lie askew."""
    rows, columns = image.shape
    scale = float(rng.uniform(0.75, 1.0 + 0.5 * strength))
    size = (max(4, round(columns * scale)), max(4, round(rows * scale)))
    ways = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA)
    there, back = (ways[int(rng.integers(len(ways)))] for _ in range(2))
    _, packed = cv2.imencode(
        ".jpg", cv2.resize(image, size, interpolation=there), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 95))]
    )
    again = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    return np.asarray(cv2.resize(again, (columns, rows), interpolation=back), np.uint8)


def _motion(rng: np.random.Generator, image: Field, strength: float) -> Field:
    length = float(rng.uniform(1.5, 2.0 + 2.5 * strength))
    angle = float(rng.normal(0, 0.3) if rng.random() < 0.6 else rng.uniform(0, np.pi))
    size = int(np.ceil(length)) | 1
    kernel = np.zeros((size + 2, size + 2), np.float32)
    middle = (size + 1) / 2
    for step in np.linspace(-length / 2, length / 2, 4 * size):
        x, y = middle + step * np.cos(angle), middle + step * np.sin(angle)
        kernel[round(float(y)), round(float(x))] += 1
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.float32)


def _exposure(rng: np.random.Generator, image: Field) -> Field:
    """Contrast, level and gamma; most cameras keep the plate inside their range, some clip its white."""
    contrast = float(rng.uniform(0.25, 1.0) if rng.random() < 0.85 else rng.uniform(1.0, 1.6))
    low, high = (float(value) for value in np.percentile(image[::2, ::2], (2, 98)))
    reach = (high - low) * contrast
    level = float(rng.uniform(8, max(12.0, 250 - reach))) if rng.random() < 0.9 else float(rng.uniform(-20, 60))
    gamma = float(np.exp(rng.normal(0, 0.25)))
    return np.asarray(255 * np.power(np.clip((image - low) * contrast + level, 0, 255) / 255, gamma), np.float32)


def _overexposed(rng: np.random.Generator, image: Field) -> Field:
    """A lit sheet at night: the lens spreads its light over the ink, and the tone curve presses what is bright."""
    halo = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.8, 4.0)))
    lit = image + float(rng.uniform(0, 0.5)) * (halo - image)
    low, high = (float(value) for value in np.percentile(image[::2, ::2], (5, 95)))
    light = np.clip(lit - low * float(rng.uniform(0, 1)), 0, None) / max(high - low, 30.0)
    curve = float(rng.uniform(1.0, 4.0))
    return np.asarray(float(rng.uniform(200, 262)) * (1 - np.exp(-curve * light)) / (1 - np.exp(-curve)), np.float32)


def _night_infrared(rng: np.random.Generator, image: Field) -> Field:
    """The plate's sheet shines back, all else is dark; sometimes it blooms."""
    dark, bright = (float(value) for value in np.percentile(image[::2, ::2], (10, 95)))
    image = np.clip(
        (image - dark - 0.2 * (bright - dark)) * float(rng.uniform(1.0, 1.6)) * 200 / max(bright - dark, 40.0), 0, 255
    )
    if rng.random() < 0.4:
        image = np.maximum(image, cv2.GaussianBlur(image, (0, 0), float(rng.uniform(1, 2.5))))
    return np.asarray(image, np.float32)


def _noise(rng: np.random.Generator, image: Field, strength: float) -> Field:
    """Read noise, shot noise, now and then as coarse as a codec leaves it."""
    deviation = min(float(rng.gamma(1.5, 2.0)) * min(strength, 1.0), 12.0)
    grain = rng.standard_normal(image.shape, np.float32) * np.float32(deviation)
    if rng.random() < 0.25:
        grain = cv2.GaussianBlur(grain, (0, 0), float(rng.uniform(0.5, 1.0))) * 1.8
    if rng.random() < 0.4:
        grain = grain * np.sqrt(np.clip(image, 8, 255) / 128)
    return np.asarray(image + grain, np.float32)


def _compress(rng: np.random.Generator, image: Luma, strength: float) -> Luma:
    """JPEG, or a codec's loss of fine detail by going through a smaller picture."""
    if rng.random() < 0.12 * strength:
        rows, columns = image.shape
        scale = float(rng.uniform(0.55, 0.9))
        small = cv2.resize(
            image, (max(4, round(columns * scale)), max(4, round(rows * scale))), interpolation=cv2.INTER_AREA
        )
        image = np.asarray(cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR), np.uint8)
    if rng.random() < 0.5:
        quality = int(rng.integers(max(8, int(45 - 20 * strength)), 95))
        _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
        if rng.random() < 0.25:  # a video codec smoothes its blocks' edges and codes what is left once more
            image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.35, 0.7)))
            _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])
            image = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
    return image
