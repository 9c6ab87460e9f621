"""Linear layers on tokens, by whichever kernel is the fastest where they are."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


def token_linear(tokens: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``tokens weight^T + bias``, on the CPU as a 1 x 1 convolution of a map of one row.

    Tokens lie in memory as such a map's pixels do, channels last, so nothing is copied. PyTorch's matrix product is MKL's, which
    on processors of other makers leaves half of their speed unused; its convolution is oneDNN's, which does not
    (docs/cost.md).

    Args:
        tokens: (b, n, d).
        weight: (e, d).
        bias: (e,).
    """
    if tokens.device.type != "cpu":
        return functional.linear(tokens, weight, bias)
    row = tokens.unsqueeze(1).permute(0, 3, 1, 2)
    made = functional.conv2d(row, weight[:, :, None, None], bias)
    return made.permute(0, 2, 3, 1).squeeze(1)


class TokenLinear(nn.Linear):
    """``nn.Linear`` on tokens (b, n, d) by ``token_linear``."""

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (b, n, d) to (b, n, e)."""
        return token_linear(tokens, self.weight, self.bias)


class TokenPerceptron(nn.Module):
    """Two layers with a GELU between; parameters are named as those of timm's Mlp.

    Args:
        dim: channels d of a token.
        hidden: channels between the layers.
    """

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = TokenLinear(dim, hidden), TokenLinear(hidden, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (b, n, d) to (b, n, d)."""
        made: Tensor = self.fc2(functional.gelu(self.fc1(tokens)))
        return made
