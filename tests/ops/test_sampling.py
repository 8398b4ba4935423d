"""Random numbers: from the one seed or a Generator of one's own; what is no probability, and no range."""

import numpy as np
import pytest

import minigrad as mg


def test_a_generator_is_a_stream_apart():
    mg.manual_seed(1)
    first = mg.rand(3).tolist()
    mg.manual_seed(1)
    g = mg.Generator(5)
    drawn = [mg.uniform(size=(3,), generator=g).tolist() for _ in range(2)]
    assert mg.rand(3).tolist() == first                 # the engine's stream has not moved
    state = g.get_state()
    more = mg.randint(0, 100, (4,), generator=g).tolist()
    assert mg.randint(0, 100, (4,), generator=g.set_state(state)).tolist() == more
    again = g.manual_seed(5)
    assert [mg.uniform(size=(3,), generator=again).tolist() for _ in range(2)] == drawn and g.initial_seed() == 5
    with pytest.raises(TypeError, match=r"^\[generator\] expected a mg\.Generator, found Generator"):
        mg.randperm(3, generator=np.random.default_rng(0))


def test_both_orders_of_randint():
    mg.manual_seed(0)
    one = mg.randint(7, (5,)).tolist()
    mg.manual_seed(0)
    assert mg.randint(0, 7, (5,)).tolist() == mg.tensor(one).tolist() and mg.randint(3).shape == ()
    assert mg.randint(0, 2, (2,)).dtype == np.int64


def test_shares_are_about_right():
    mg.manual_seed(0)
    assert mg.bernoulli(mg.full((20_000,), 0.3)).mean().item() == pytest.approx(0.3, abs=0.02)
    counts = np.bincount(mg.multinomial([1.0, 0.0, 3.0], 20_000, replacement=True).numpy(), minlength=3)
    np.testing.assert_allclose(counts / 20_000, [0.25, 0, 0.75], atol=0.02)
    assert sorted(mg.multinomial([[1.0, 2.0, 0.0]], 2).tolist()[0]) == [0, 1]


@pytest.mark.parametrize("call, message", [
    (lambda: mg.randint(3, 3, (1,)), r"^\[randint\] expected low < high, found 3 and 3$"),
    (lambda: mg.randperm(-1), r"^\[randperm\] expected n >= 0"),
    (lambda: mg.normal(0, -1), r"^\[normal\] std must be >= 0, found -1"),
    (lambda: mg.bernoulli([0.5, 1.5]), r"^\[bernoulli\] expected probabilities from 0 to 1, found 0\.5 to 1\.5"),
    (lambda: mg.multinomial([0.0, 0.0], 1), r"^\[multinomial\] expected finite weights >= 0, in each row one"),
    (lambda: mg.multinomial([1.0, 0.0], 2), r"^\[multinomial\] 2 samples without replacement, but a row has only 1"),
    (lambda: mg.multinomial(mg.ones(1, 1, 1), 1), r"^\[multinomial\] expected weights \(n,\) or \(rows, n\)"),
])
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("draw, mean, spread", [
    (lambda mean, **o: mg.normal(mean, 2.0, **o), 0, 2),
    (lambda mean, **o: mg.uniform(mean, mg.ones(1) * 6, **o), 3, 6 / 12**0.5)])
def test_each_element_is_drawn_for_itself(draw, mean, spread):
    numbers = draw(mg.zeros(10000)).numpy()
    assert numbers.shape == (10000,) and abs(numbers.mean() - mean) < 0.1 and abs(numbers.std() - spread) < 0.1
    assert draw(mg.zeros(3, 1), size=(3, 5)).shape == (3, 5)
    with pytest.raises(ValueError, match=r"have shapes \(4,\) and .*, which do not broadcast to size \(3,\)"):
        draw(mg.zeros(4), size=3)
    with pytest.raises(RuntimeError, match=r"requires grad, and what is drawn has no gradient"):
        draw(mg.zeros(4).requires_grad_())


def test_spreads_of_an_array():
    mg.manual_seed(0)
    numbers = mg.normal(mg.tensor([0.0, 100.0]), np.array([0.0, 1.0])).numpy()
    assert numbers[0] == 0 and 90 < numbers[1] < 110
    with pytest.raises(ValueError, match=r"^\[normal\] std must be >= 0, found -1"):
        mg.normal(0.0, mg.tensor([1.0, -1.0]))


def test_few_samples_and_few_rows():
    assert mg.multinomial(mg.zeros(0, 3), 1).shape == (0, 1) and mg.multinomial(mg.ones(3), 0).shape == (0,)
    with pytest.raises(ValueError, match=r"^\[multinomial\] num_samples must be a whole number >= 0, found -1"):
        mg.multinomial(mg.ones(3), -1)
