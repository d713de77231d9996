"""Mixed precision is used exactly where the processor has it."""

import pytest

from classifier.ml import precision


@pytest.mark.parametrize(("capability", "wanted"), [("AVX512", "torch.bfloat16"), ("AVX2", "torch.float32")])
def test_products_run_in_the_precision_that_the_processor_multiplies_fastest(
    monkeypatch: pytest.MonkeyPatch, capability: str, wanted: str
) -> None:
    torch = pytest.importorskip("torch", reason="needs the training extra")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    with precision.mixed():
        assert str((torch.ones(2, 2) @ torch.ones(2, 2)).dtype) == wanted
