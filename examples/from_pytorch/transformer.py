"""A small transformer reads words and the same words backwards, and learns to turn words round that it has never seen."""

import argparse
import math
import random
from pathlib import Path

import matplotlib.pyplot as plt

import minigrad as torch  # so that the lines below stay as they were
from minigrad import nn

CHARS = "\n abcdefgh"


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, dropout=0.1, max_len=64):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(1, max_len, d_model)
        pe[0, :, 0::2] = torch.sin(position * div_term)
        pe[0, :, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x):
        return self.dropout(x + self.pe[:, :x.shape[1]])


class TransformerModel(nn.Module):
    def __init__(self, ntoken, d_model=64, nhead=4, d_hid=128, nlayers=2, dropout=0.0):
        super().__init__()
        self.d_model = d_model
        self.embedding = nn.Embedding(ntoken, d_model)
        self.pos_encoder = PositionalEncoding(d_model, dropout)
        layer = nn.TransformerEncoderLayer(d_model, nhead, d_hid, dropout, batch_first=True)
        self.transformer_encoder = nn.TransformerEncoder(layer, nlayers)
        self.linear = nn.Linear(d_model, ntoken)
        self.init_weights()

    def init_weights(self):
        initrange = 0.1
        nn.init.uniform_(self.embedding.weight, -initrange, initrange)
        nn.init.zeros_(self.linear.bias)
        nn.init.uniform_(self.linear.weight, -initrange, initrange)

    def forward(self, src):
        mask = nn.Transformer.generate_square_subsequent_mask(src.shape[1])
        x = self.pos_encoder(self.embedding(src) * math.sqrt(self.d_model))
        return self.linear(self.transformer_encoder(x, mask))


def make_batch(rng, rows=32, letters=6):
    words = ["".join(rng.choices(CHARS[2:], k=letters)) for _ in range(rows)]
    return torch.tensor([[CHARS.index(c) for c in f"{word} {word[::-1]}\n"] for word in words], dtype=torch.long)


def train(batches, model, optimizer, scheduler):
    model.train()
    criterion = nn.CrossEntropyLoss()
    losses = []
    for batch in batches:
        output = model(batch[:, :-1])
        half = output.shape[1] // 2         # the second word alone can be foretold
        loss = criterion(output[:, half:].reshape(-1, len(CHARS)), batch[:, half + 1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        losses.append(loss.item())
    scheduler.step()
    return losses


def turn_round(model, word):
    model.eval()
    ids = torch.tensor([[CHARS.index(c) for c in word + " "]], dtype=torch.long)
    with torch.no_grad():
        for _ in word:
            ids = torch.cat([ids, model(ids)[:, -1:].argmax(dim=-1)], dim=1)
    return "".join(CHARS[i] for i in ids[0, len(word) + 1:].tolist())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5, help="of 100 batches")
    parser.add_argument("--out", type=Path, default=Path("runs/transformer"), help="for the figure")
    parser.add_argument("--quick", action="store_true", help="2 epochs of 20 batches, seconds")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    epochs, steps = (2, 20) if args.quick else (args.epochs, 100)

    torch.manual_seed(0)
    rng = random.Random(0)
    model = TransformerModel(len(CHARS))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.9)
    losses = []
    for epoch in range(epochs):
        losses += train([make_batch(rng) for _ in range(steps)], model, optimizer, scheduler)
        print(f"epoch {epoch + 1:2}  loss {losses[-1]:.4f}  abcdef backwards: {turn_round(model, 'abcdef')}")
    plt.plot(losses)
    plt.savefig(args.out / "losses.png")
