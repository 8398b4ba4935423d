"""An LSTM reads the whole numbers written out in words, a character at a time, and then writes such words on its own."""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import minigrad as torch  # so that the lines below stay as they were
import minigrad.nn as nn
import minigrad.nn.functional as F

ONES = """ one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen""".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def in_words(n):
    if n >= 100:
        return ONES[n // 100 - 1] + " hundred" + (" and " + in_words(n % 100) if n % 100 else "")
    return ONES[n - 1] if n < 20 else TENS[n // 10 - 2] + ("-" + ONES[n % 10 - 1] if n % 10 else "")


class CharLSTM(nn.Module):
    def __init__(self, vocab_size, hidden_size=128, num_layers=2, dropout=0.1):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 32)
        self.lstm = nn.LSTM(32, hidden_size, num_layers, batch_first=True, dropout=dropout)
        self.decoder = nn.Linear(hidden_size, vocab_size)

    def forward(self, x, state=None):
        output, state = self.lstm(self.embedding(x), state)
        return self.decoder(output), state


def train(data, model, optimizer, seq_len=50):
    """One pass over data (rows, length): each row goes on where its last piece ended, so the state is handed on."""
    model.train()
    state, losses = None, []
    for i in range(0, data.shape[1] - 1, seq_len):
        inputs, targets = data[:, i:i + seq_len][:, :data.shape[1] - 1 - i], data[:, i + 1:i + 1 + seq_len]
        if state is not None:
            state = tuple(s.detach() for s in state)
        logits, state = model(inputs, state)
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


@torch.no_grad()
def sample(model, chars, start="\n", length=200, temperature=0.7):
    model.eval()
    text, state = start, None
    for _ in range(length):
        x = torch.tensor([[chars.index(text[-1])]], dtype=torch.long)
        logits, state = model(x, state)
        probabilities = F.softmax(logits[0, -1] / temperature, dim=-1)
        text += chars[torch.multinomial(probabilities, num_samples=1).item()]
    return text.strip()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10, help="passes over the text")
    parser.add_argument("--out", type=Path, default=Path("runs/char-lstm"), help="for the figure and the text")
    parser.add_argument("--quick", action="store_true", help="4 epochs on the numbers below 200, seconds")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.quick:
        args.epochs = 4

    torch.manual_seed(0)
    order = torch.randperm(199 if args.quick else 999).tolist()
    text = "\n".join(in_words(n + 1) for n in order)
    chars = sorted(set(text))
    data = torch.tensor([chars.index(c) for c in text], dtype=torch.long)
    data = data[:len(data) // 16 * 16].view(16, -1)

    model = CharLSTM(len(chars))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    losses = []
    for epoch in range(args.epochs):
        losses += train(data, model, optimizer)
        print(f"epoch {epoch + 1:2}  loss {losses[-1]:.4f}")
    written = sample(model, chars)
    print(written)
    (args.out / "written.txt").write_text(written)
    plt.plot(losses)
    plt.savefig(args.out / "losses.png")
