"""What a user writes, with every kind of thing in it. `mypy --strict` and pyright accept it; test_typed.py runs it."""

from typing import Any, assert_type

import numpy as np

import minigrad as mg
from minigrad import nn


class Net(nn.Module):
    def __init__(self, width: int) -> None:
        self.body = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Dropout(0.1))
        self.head = nn.Linear(width, 3)
        self.scale = nn.Parameter(1.0)

    def forward(self, x: mg.Tensor) -> mg.Tensor:
        return self.head(self.body(x)) * self.scale


class Double(mg.Function):
    @staticmethod
    def forward(ctx: Any, x: mg.Tensor) -> mg.Tensor:
        return 2 * x

    @staticmethod
    def backward(ctx: Any, g: mg.Tensor) -> mg.Tensor:
        return 2 * g


@mg.custom_function
def square(x: mg.Tensor) -> mg.Tensor:
    return x * x


@square.gradient
def square_gradient(g: mg.Tensor, y: mg.Tensor, x: mg.Tensor) -> mg.Tensor:
    return 2 * g * x


@mg.no_grad()
def accuracy(model: Net, x: mg.Tensor, y: mg.Tensor) -> float:
    return float(mg.mean(model(x).argmax(1) == y))


def main() -> list[float]:
    mg.manual_seed(0)
    x, y = mg.randn(64, 4).numpy(), np.arange(64) % 3
    model = Net(8)
    optimizer = mg.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses: list[float] = []
    for inputs, targets in mg.data.Loader(x, y, batch_size=16, shuffle=True):
        optimizer.zero_grad()
        loss = mg.cross_entropy(model(mg.tensor(inputs)), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    optimizer.close()
    adam = mg.optim.AdamW([{"params": model.body.parameters(), "lr": 0.1}, {"params": model.head.parameters()}])
    history = mg.fit(model, (x, y), nn.CrossEntropyLoss(), adam, progress=False)
    assert_type(history, mg.train.History)

    t = mg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert_type(mg.relu(t), mg.Tensor)
    assert_type((1 - t / 2) ** 2 @ t.T + np.ones(2), mg.Tensor)
    assert_type(np.ones(2) + t, mg.Tensor)
    assert_type(t > 0, mg.Tensor)
    assert_type(t == t[0], mg.Tensor)
    assert_type(mg.where(t > 1, t, 0).sum(axis=0, keepdims=True), mg.Tensor)
    assert_type(t.sum(dim=0, keepdim=True) + mg.softmax(t, dim=1), mg.Tensor)
    assert_type(t.max(1), mg.Tensor)
    assert_type(t.max(dim=1).indices, mg.Tensor)
    assert_type(mg.cat([t.mean(1, keepdim=True), t], dim=1), mg.Tensor)
    assert_type(mg.roll(t, 1, dims=0).clip(min=0).flatten(start_dim=0), mg.Tensor)
    assert_type(t.gather(dim=1, index=[[0], [1]]).squeeze(dim=1), mg.Tensor)
    assert_type(t.reshape(4).split(2)[0].exp(), mg.Tensor)
    assert_type(mg.concatenate([t, mg.zeros(1, 2)]), mg.Tensor)
    assert_type(nn.Conv2d(1, 2, 3, padding="same")(mg.ones((1, 1, 5, 5))), mg.Tensor)
    assert_type(model.eval(), Net)
    assert_type(square(t), mg.Tensor)
    assert_type(t.grad, mg.Tensor | None)
    assert_type(t.shape, tuple[int, ...])
    (Double.apply(t) + square(t)).sum().backward()
    gradient: mg.Tensor = mg.grad(lambda a: (a**3).sum())(t)
    v = mg.Value(2.0)
    ((v * 3 + 1) ** 2).relu().backward()
    losses += [accuracy(model, mg.tensor(x), mg.tensor(y)), float(gradient.sum()), v.grad]
    return losses


if __name__ == "__main__":
    print(main())
