"""The first program of PyTorch's users: a data set, a network, a loop; what was learned is saved, loaded, and asked."""

import argparse
import os

import minigrad as torch  # so that the lines below stay as they were
from minigrad import nn
from minigrad.utils import vision as datasets
from minigrad.utils.data import DataLoader
from minigrad.utils.vision import ToTensor

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--root", help="where the images lie, or go")
parser.add_argument("--epochs", type=int, default=5)
parser.add_argument("--out", default="quickstart.pth", help="for the weights")
parser.add_argument("--quick", action="store_true", help="a few made-up images, seconds")
args = parser.parse_args()

if args.quick:
    training_data = datasets.FakeData(2000, (1, 28, 28), transform=ToTensor())
    test_data = datasets.FakeData(500, (1, 28, 28), transform=ToTensor())
else:
    training_data = datasets.FashionMNIST(root=args.root, train=True, download=True, transform=ToTensor())
    test_data = datasets.FashionMNIST(root=args.root, train=False, download=True, transform=ToTensor())

batch_size = 64
train_dataloader = DataLoader(training_data, batch_size=batch_size, shuffle=True)
test_dataloader = DataLoader(test_data, batch_size=batch_size)

for X, y in test_dataloader:
    print(f"X [N, C, H, W]: {list(X.shape)}")
    print(f"y: {list(y.shape)}")
    break

device = torch.accelerator.current_accelerator().type if torch.accelerator.is_available() else "cpu"
print(f"Using {device} device")


class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.stack = nn.Sequential(
            nn.Linear(28 * 28, 512),
            nn.ReLU(),
            nn.Linear(512, 512),
            nn.ReLU(),
            nn.Linear(512, 10),
        )

    def forward(self, x):
        x = self.flatten(x)
        return self.stack(x)


torch.manual_seed(0)
model = NeuralNetwork().to(device)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)


def train(dataloader, model, loss_fn, optimizer):
    size = len(dataloader.dataset)
    model.train()
    for batch, (X, y) in enumerate(dataloader):
        X, y = X.to(device), y.to(device)

        pred = model(X)
        loss = loss_fn(pred, y)

        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

        if batch % 100 == 0:
            loss, current = loss.item(), (batch + 1) * len(X)
            print(f"loss: {loss:>7f}  [{current:>5d}/{size:>5d}]")


def test(dataloader, model, loss_fn):
    size = len(dataloader.dataset)
    num_batches = len(dataloader)
    model.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for X, y in dataloader:
            X, y = X.to(device), y.to(device)
            pred = model(X)
            test_loss += loss_fn(pred, y).item()
            correct += (pred.argmax(1) == y).type(torch.float).sum().item()
    test_loss /= num_batches
    correct /= size
    print(f"test: accuracy {100 * correct:>0.1f}%, average loss {test_loss:>8f}\n")


for t in range(args.epochs):
    print(f"epoch {t + 1}\n-------------------------------")
    train(train_dataloader, model, loss_fn, optimizer)
    test(test_dataloader, model, loss_fn)

torch.save(model.state_dict(), args.out)
print(f"saved, {os.path.getsize(args.out) // 1000} kB")

model = NeuralNetwork().to(device)
model.load_state_dict(torch.load(args.out, weights_only=True))

classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
model.eval()
x, y = test_data[0][0], test_data[0][1]
with torch.no_grad():
    x = x.to(device)
    pred = model(x)
    predicted, actual = classes[pred[0].argmax(0)], classes[y]
    print(f'predicted: "{predicted}", actual: "{actual}"')
