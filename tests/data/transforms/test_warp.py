"""RandomAffine and Resize: against plain formulae and PyTorch's, and how angles, shifts and scales are spread."""

import numpy as np
import pytest

from minigrad.data.transforms import Compose, Normalize, RandomAffine, Resize
from minigrad.data.transforms.draw import Draw

RNG = np.random.default_rng(0)
SMOOTH = np.clip(128 + 60 * np.sin(np.arange(40) / 5)[:, None] + 60 * np.cos(np.arange(36) / 6), 0, 255).astype(np.uint8)


def decoded(transform, n, H, W):
    """(angle in degrees, scale, rows and columns moved) of samples 0 .. n - 1, from their matrices."""
    m = transform.matrices(H, W, Draw("test", 0, 0, np.arange(n))) / 65536
    c, s = m[:, 0], m[:, 1]
    scale = 1 / np.hypot(c, s)
    row, column = (H - 1) / 2, (W - 1) / 2
    seen = np.stack([m[:, 2] - column, m[:, 5] - row])              # of pixel (0, 0): - R^-1 (middle + shift)
    x, y = -(c * seen[0] - s * seen[1]) * scale**2, -(s * seen[0] + c * seen[1]) * scale**2
    return np.degrees(np.arctan2(s, c)), scale, y - row, x - column


def test_how_it_is_spread():
    n = 20_000
    angle, scale, down, across = decoded(RandomAffine((-10, 30), (.25, .1), (.5, 2)), n, 40, 20)
    for found, low, high in ((angle, -10, 30), (scale, .5, 2)):
        assert low - .01 <= found.min() < low + .02 * (high - low) and high + .01 >= found.max() > high - .02 * (high - low)
        assert abs(found.mean() - (low + high) / 2) < 5 * (high - low) / np.sqrt(12 * n)
    for found, most in ((down, 10), (across, 2)):
        np.testing.assert_allclose(found, np.rint(found), atol=.01)
        counts = np.bincount(np.rint(found).astype(int) + most)
        assert len(counts) == 2 * most + 1 and counts[1:-1].min() > .8 * n / (2 * most), "uniform, but half at the ends"


def test_a_quarter_turn_is_exact_and_clockwise():
    image = RNG.integers(0, 256, (1, 3, 8, 8), dtype=np.uint8)
    np.testing.assert_array_equal(RandomAffine((90, 90))(image), np.rot90(image, -1, (2, 3)))
    np.testing.assert_array_equal(RandomAffine((180, 180))(image), image[:, :, ::-1, ::-1])
    np.testing.assert_array_equal(RandomAffine(0)(image), image)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_it_is_pytorchs_grid_sample(dtype):
    torch = pytest.importorskip("torch")
    transform = RandomAffine(20, (.1, .1), (.7, 1.3), fill=0)
    images = SMOOTH[None, None].repeat(20, 0)
    H, W = images.shape[2:]
    angle, scale, down, across = decoded(transform, 20, H, W)
    c, s = np.cos(np.radians(angle)) / scale, np.sin(np.radians(angle)) / scale
    y, x = np.arange(H)[:, None] - (H - 1) / 2, np.arange(W) - (W - 1) / 2
    c, s, down, across = (v[:, None, None] for v in (c, s, down, across))
    from_x, from_y = c * (x - across) + s * (y - down), c * (y - down) - s * (x - across)
    grid = torch.tensor(np.stack([from_x * 2 / W, from_y * 2 / H], -1), dtype=torch.float32)
    expected = torch.nn.functional.grid_sample(torch.tensor(images, dtype=torch.float32), grid, align_corners=False).numpy()
    difference = np.abs(transform(images.astype(dtype)) - expected)
    assert difference.max() < 2 and difference.mean() < .3


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("shape, size", [((2, 3, 32, 32), (227, 227)), ((3, 1, 40, 33), (17, 9)), ((1, 3, 5, 8), (5, 8)),
                                         ((2, 1, 1, 1), (3, 4)), ((1, 1, 7, 9), (1, 1)), ((1, 2, 100, 3), (13, 50))])
def test_resize_is_pytorchs_interpolate(shape, size, antialias):
    torch = pytest.importorskip("torch")
    images = RNG.integers(0, 256, shape, dtype=np.uint8)

    def theirs(a):
        return torch.nn.functional.interpolate(torch.tensor(a), size=size, mode="bilinear", antialias=antialias).numpy()

    exact = theirs(images.astype(np.float32))
    floats = Resize(size, antialias)(images.astype(np.float32))
    np.testing.assert_allclose(floats, exact, rtol=1e-4, atol=1e-3)
    found = Resize(size, antialias)(images)
    assert found.dtype == np.uint8 and found.shape == shape[:2] + size
    assert np.abs(found - exact).max() < .5 + .02, "rounded, once"
    assert np.abs(found.astype(int) - theirs(images)).max() <= 1, "PyTorch rounds after the rows, too"


def test_a_square_needs_one_side():
    images = RNG.integers(0, 256, (2, 3, 32, 32), dtype=np.uint8)
    np.testing.assert_array_equal(Resize(48)(images), Resize((48, 48))(images))
    with pytest.raises(ValueError, match=r"\[Resize\] found images of 32 x 30 and one side, 48: images \(2, 3, 32, 30\); "
                                         r"expected square ones, or say both sides, as in Resize\(\(48, 48\)\)"):
        Resize(48)(images[..., :30])


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_with_normalize_it_is_one_pass(dtype):
    images = RNG.integers(0, 256, (4, 3, 9, 9)).astype(dtype)
    resize, normalize = Resize(20), Normalize((.4, .5, .6), (.2, .3, .4))
    chain = Compose([resize, normalize])
    assert len(chain._passes) == 1
    assert chain(images).tobytes() == normalize(resize(images)).tobytes()


@pytest.mark.parametrize("make, error, words", [
    (lambda: RandomAffine(-3), ValueError, r"\[RandomAffine\] degrees must be from 0 to 360, found -3"),
    (lambda: RandomAffine((5, 2)), ValueError, r"degrees must be a pair \(low, high\), found \(5, 2\), the other way round"),
    (lambda: RandomAffine("3"), TypeError, "degrees must be a number, found '3'"),
    (lambda: RandomAffine(3, .1), TypeError, r"translate must be a pair \(rows, columns\), found 0.1"),
    (lambda: RandomAffine(3, (.1, 2)), ValueError, "translate must be from 0 to 1, found 2"),
    (lambda: RandomAffine(3, None, (0, 1)), ValueError, "scale must be from 0.015625 to 64, found 0"),
    (lambda: RandomAffine(3, None, .9), TypeError, r"scale must be a pair \(low, high\), found 0.9"),
    (lambda: RandomAffine(3, fill=-1)(SMOOTH[None, None]), ValueError, r"\[RandomAffine\] -1 is no uint8 pixel"),
    (lambda: Resize(0), ValueError, r"\[Resize\] size must be at least 1, found 0"),
    (lambda: Resize(22.7), TypeError, r"size must be an integer, or a pair \(rows, columns\), found 22.7"),
])
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()
