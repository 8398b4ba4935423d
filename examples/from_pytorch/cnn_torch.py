"""A small convolutional network learns Fashion-MNIST; it is saved, loaded, and looks at the test images once more."""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets
from torchvision.transforms import ToTensor

device = "cuda" if torch.cuda.is_available() else "cpu"


class CNN(nn.Module):
    def __init__(self, dropout=0.3):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, kernel_size=3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(32 * 7 * 7, 128), nn.ReLU(), nn.Dropout(dropout), nn.Linear(128, 10),
        )

    def forward(self, x):
        return self.classifier(self.features(x))


def train(dataloader, model, loss_fn, optimizer):
    model.train()
    losses = []
    for X, y in dataloader:
        X, y = X.to(device), y.to(device)
        loss = loss_fn(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test(dataloader, model):
    model.eval()
    correct, count = 0, 0
    with torch.no_grad():
        for X, y in dataloader:
            X, y = X.to(device), y.to(device)
            pred = model(X)
            correct += (pred.argmax(1) == y).sum().item()
            count += len(y)
    return correct / count


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5, help="passes over the images")
    parser.add_argument("--out", type=Path, default=Path("runs/cnn"), help="for the weights and the figure")
    parser.add_argument("--quick", action="store_true", help="a few made-up images, seconds")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    if args.quick:
        training_data = datasets.FakeData(2000, (1, 28, 28), transform=ToTensor())
        test_data = datasets.FakeData(500, (1, 28, 28), transform=ToTensor())
    else:
        training_data = datasets.FashionMNIST(root="data", train=True, download=True, transform=ToTensor())
        test_data = datasets.FashionMNIST(root="data", train=False, download=True, transform=ToTensor())
    train_dataloader = DataLoader(training_data, batch_size=64, shuffle=True)
    test_dataloader = DataLoader(test_data, batch_size=64)

    torch.manual_seed(0)
    model = CNN().to(device)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for epoch in range(args.epochs):
        losses += train(train_dataloader, model, loss_fn, optimizer)
        print(f"epoch {epoch + 1}  loss {losses[-1]:.4f}  test accuracy {test(test_dataloader, model):.4f}")

    torch.save(model.state_dict(), args.out / "cnn.pth")
    model = CNN().to(device)
    model.load_state_dict(torch.load(args.out / "cnn.pth"))
    print(f"loaded again: test accuracy {test(test_dataloader, model):.4f}")
    plt.plot(losses)
    plt.savefig(args.out / "losses.png")
