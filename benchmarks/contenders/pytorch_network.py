"""The MNIST network of pytorch/examples, written from its description, on PyTorch.

    32 convolutions 3×3, ReLU · 64 convolutions 3×3, ReLU · max pooling 2×2 · dropout 0.25 · flatten · dense 128, ReLU ·
    dropout 0.5 · dense 10: 1,199,882 parameters; Adadelta at 1.0, times 0.7 after each epoch, batch 64, 14 epochs

Notable choices:
- pixels are scaled and normalised (mean 0.1307, standard deviation 0.3081) once, before training; the example decodes
  and normalises each picture anew in every epoch, which is slower;
- as many threads as there are cores, which is PyTorch's default;
- the loop keeps no running loss, and prints nothing.
"""

import contract
import numpy as np
import race
import torch
from torch import nn
from torch.nn import functional
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset


class Network(nn.Module):
    """Images float32 (n, 1, 28, 28) → log-probabilities float32 (n, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 32, 3)
        self.second = nn.Conv2d(32, 64, 3)
        self.after_pooling = nn.Dropout(0.25)
        self.hidden = nn.Linear(64 * 12 * 12, 128)
        self.after_hidden = nn.Dropout(0.5)
        self.output = nn.Linear(128, 10)

    def forward(self, images):
        """PyTorch calls this."""
        x = functional.relu(self.first(images))  # (n, 32, 26, 26)
        x = functional.relu(self.second(x))  # (n, 64, 24, 24)
        x = self.after_pooling(functional.max_pool2d(x, 2))  # (n, 64, 12, 12)
        x = self.after_hidden(functional.relu(self.hidden(torch.flatten(x, 1))))
        return functional.log_softmax(self.output(x), dim=1)


def normalised(images: np.ndarray) -> torch.Tensor:
    """uint8 (n, 28, 28) → float32 (n, 1, 28, 28)."""
    return ((torch.from_numpy(images).float() / 255 - 0.1307) / 0.3081).unsqueeze(1)


def main() -> None:
    options = race.make_parser(__doc__, epochs=14, batch_size=64).parse_args()
    digits = contract.load_digits(options.data)

    torch.manual_seed(options.seed)
    training = DataLoader(
        TensorDataset(normalised(digits.training_images), torch.from_numpy(digits.training_labels).long()),
        batch_size=options.batch_size,
        shuffle=True,
    )
    model = Network()
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    scheduler = StepLR(optimizer, step_size=1, gamma=0.7)

    def count_correct(images: np.ndarray, labels: np.ndarray) -> int:
        model.eval()
        with torch.no_grad():
            answers = [model(part).argmax(1) for part in normalised(images).split(1000)]
        model.train()
        return int((torch.cat(answers).numpy() == labels).sum())

    running = race.Race(options, digits, count_correct)

    def train_epoch(epoch: int) -> bool:
        """Train an epoch, or until the target; whether it is reached."""
        model.train()
        for step, (images, labels) in enumerate(training, start=1):
            optimizer.zero_grad()
            loss = functional.nll_loss(model(images), labels)
            loss.backward()
            optimizer.step()
            if running.step_done(epoch, step):
                return True
        scheduler.step()
        return False

    for epoch in range(1, options.epochs + 1):
        if train_epoch(epoch):
            break
    running.report("torch", "numpy")


if __name__ == "__main__":
    main()
