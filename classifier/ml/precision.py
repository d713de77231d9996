"""Mixed precision on processors that benefit from it.

With AVX-512 torch multiplies bfloat16 twice as fast as float32; without it bfloat16 is emulated, thirty times slower
(.26 against 8.3 GFLOP/s measured on one core of an AVX2 machine).
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any


def mixed() -> AbstractContextManager[Any]:
    """A context in which matrix products run in bfloat16, or in float32 if that is faster. Needs torch."""
    import torch

    return torch.autocast("cpu", torch.bfloat16) if gains() else nullcontext()


def gains() -> bool:
    """Whether this processor multiplies bfloat16 in hardware."""
    import torch

    return torch.backends.cpu.get_cpu_capability().startswith("AVX512")
