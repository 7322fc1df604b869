"""A bundle's three files, written together."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digits.atomic import write_whole
from digits.reading.networks.classifier import CARD_FILE, DESCRIPTION_FILE, MODEL_FILE
from digits.training.card import write_card


def write_bundle(directory: Path, description: Mapping[str, Any], network: bytes) -> None:
    """Write a bundle's three files: the network, what `bundle.json` says (with the others' hashes), and the card."""
    card = write_card(description, len(network))
    files = {MODEL_FILE: network, CARD_FILE: card.encode()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    text = json.dumps({**description, "files": hashes}, indent=1) + "\n"
    for name, content in {**files, DESCRIPTION_FILE: text.encode()}.items():
        write_whole(directory / name, content)
