"""PyTorch as its users write it: `nn.Sequential`, `TensorDataset`, `DataLoader`, Adam, a loop over batches.

Notable choices:
- pixels are scaled to float32 once, before training;
- the loop keeps no running loss or accuracy, which ours and Keras's do;
- validation reads the digits in batches of 1,000, in the same process, without gradients.
"""

import contract
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def main() -> None:
    options = contract.make_parser(__doc__).parse_args()
    digits = contract.load_digits(options.data)
    clock = contract.Clock(options.target)

    def dataset(images, labels) -> TensorDataset:
        return TensorDataset(torch.from_numpy(images).float() / 255, torch.from_numpy(labels).long())

    torch.manual_seed(options.seed)
    training = DataLoader(
        dataset(digits.training_images, digits.training_labels), batch_size=options.batch_size, shuffle=True
    )
    validation = DataLoader(dataset(digits.validation_images, digits.validation_labels), batch_size=1000)

    model = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 128),
        nn.ReLU(),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def train_epoch() -> None:
        model.train()
        for images, labels in training:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()

    def validate() -> float:
        model.eval()
        with torch.no_grad():
            correct = sum((model(images).argmax(1) == labels).sum().item() for images, labels in validation)
        return correct / len(digits.validation_labels)

    clock.start()
    for _ in range(options.epochs):
        train_epoch()
        if clock.end_epoch(validate()):
            break
    clock.report("torch", "numpy")


if __name__ == "__main__":
    main()
