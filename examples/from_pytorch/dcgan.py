"""Two networks play against each other: a generator draws clothes out of noise, a discriminator tells them from real ones."""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import minigrad as torch  # so that the lines below stay as they were
import minigrad.nn as nn
import minigrad.optim as optim
from minigrad.data import Loader as DataLoader
from minigrad.data import fashion_mnist, synthetic_digits

real_label, fake_label = 1.0, 0.0


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        nn.init.normal_(m.weight, 0.0, 0.02)
    elif classname.find("BatchNorm") != -1:
        nn.init.normal_(m.weight, 1.0, 0.02)
        nn.init.constant_(m.bias, 0)


class Generator(nn.Module):
    def __init__(self, nz=64, ngf=32):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(nz, ngf * 2, 7, 1, 0, bias=False), nn.BatchNorm2d(ngf * 2), nn.ReLU(),
            nn.ConvTranspose2d(ngf * 2, ngf, 4, 2, 1, bias=False), nn.BatchNorm2d(ngf), nn.ReLU(),
            nn.ConvTranspose2d(ngf, 1, 4, 2, 1, bias=False), nn.Tanh(),
        )

    def forward(self, noise):
        return self.main(noise)


class Discriminator(nn.Module):
    def __init__(self, ndf=32):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(1, ndf, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
            nn.Conv2d(ndf, ndf * 2, 4, 2, 1, bias=False), nn.BatchNorm2d(ndf * 2), nn.LeakyReLU(0.2),
            nn.Conv2d(ndf * 2, 1, 7, 1, 0, bias=False), nn.Sigmoid(),
        )

    def forward(self, images):
        return self.main(images).view(-1)


def train(batches, netG, netD, optimizerG, optimizerD):
    criterion = nn.BCELoss()
    losses = []
    for real, noise in batches:
        netD.zero_grad()                                        # D: log D(x) + log(1 - D(G(z))) up
        label = torch.full((len(real),), real_label, dtype=torch.float)
        errD_real = criterion(netD(real), label)
        errD_real.backward()
        fake = netG(noise)
        label.fill_(fake_label)
        errD_fake = criterion(netD(fake.detach()), label)
        errD_fake.backward()
        optimizerD.step()
        netG.zero_grad()                                        # G: log D(G(z)) up
        label.fill_(real_label)
        errG = criterion(netD(fake), label)
        errG.backward()
        optimizerG.step()
        losses.append((errD_real.item() + errD_fake.item(), errG.item()))
    return losses


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5, help="passes over the images")
    parser.add_argument("--out", type=Path, default=Path("runs/dcgan"), help="for the pictures")
    parser.add_argument("--quick", action="store_true", help="a few made-up images, one epoch, seconds")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    if args.quick:
        args.epochs = 1
        dataset = synthetic_digits(1000, 1)[0].normalize(0.5, 0.5)
    else:
        dataset = fashion_mnist()[0].normalize(0.5, 0.5)
    dataloader = DataLoader(dataset, batch_size=64, shuffle=True)

    torch.manual_seed(0)
    netG, netD = Generator().apply(weights_init), Discriminator().apply(weights_init)
    optimizerG = optim.Adam(netG.parameters(), lr=2e-4, betas=(0.5, 0.999))
    optimizerD = optim.Adam(netD.parameters(), lr=2e-4, betas=(0.5, 0.999))
    fixed_noise = torch.randn(64, 64, 1, 1)
    losses = []
    for epoch in range(args.epochs):
        losses += train(((x, torch.randn(len(x), 64, 1, 1)) for x, _ in dataloader), netG, netD, optimizerG, optimizerD)
        print(f"epoch {epoch + 1:2}  discriminator's loss {losses[-1][0]:.4f}  generator's {losses[-1][1]:.4f}")
        with torch.no_grad():
            fake = netG(fixed_noise).view(8, 8, 28, 28).permute(0, 2, 1, 3).reshape(224, 224)
        plt.imsave(args.out / f"epoch-{epoch + 1}.png", fake.numpy(), cmap="gray")
    plt.plot(losses)
    plt.savefig(args.out / "losses.png")
