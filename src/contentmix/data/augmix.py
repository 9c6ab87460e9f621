"""AugMix as the thesis's robustness runs have it."""

from __future__ import annotations

from torchvision.transforms.v2 import AugMix


class ThesisAugMix(AugMix):
    """AugMix of the thesis's robustness runs (A.1.3.1): severity 3, width 3, depth 4, without operations that CIFAR-C tests.

    Equalize, posterize, rotate, solarize, shear and translate remain. The Jensen-Shannon term of its paper (Hendrycks et al.
    2020) is left out, as in the thesis.
    """

    # torchvision's own space without operations that overlap still has autocontrast, which the thesis's list has not.
    _PARTIAL_AUGMENTATION_SPACE = {  # noqa: RUF012 - as torchvision declares it
        name: law for name, law in AugMix._PARTIAL_AUGMENTATION_SPACE.items() if name != "AutoContrast"
    }

    def __init__(self) -> None:
        super().__init__(severity=3, mixture_width=3, chain_depth=4, all_ops=False)
