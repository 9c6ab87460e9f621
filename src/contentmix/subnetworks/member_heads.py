"""Heads of several members in the place of a network's one."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from contentmix.networks import Law


def batch_head(linear: nn.Linear, members: int, law: Law) -> nn.Module:
    """BatchEnsemble's head in the place of ``linear``: torch-uncertainty's, whose biases are drawn by ``law``.

    Theirs puts the number of rows of a member on the device, and waits for it; here the host, which knows it, counts them.
    """
    from torch_uncertainty.layers import BatchLinear

    class Head(BatchLinear):
        def forward(self, inputs: Tensor) -> Tensor:
            # Of a size that may be a symbol, of which nothing is asked: an exported graph takes any.
            rows, extra = inputs.shape[0] // members, inputs.shape[0] % members

            def of_rows(group: Tensor) -> Tensor:
                each = group[:, None].expand(-1, rows, -1).flatten(0, 1)
                return torch.cat([each, each[:extra]])

            outputs: Tensor = self.linear(inputs * of_rows(self.r_group)) * of_rows(self.s_group)
            return outputs if self.bias is None else outputs + of_rows(self.bias)

    head: nn.Module = Head.from_linear(linear, num_estimators=members)
    fill(head.bias, drawn_heads(linear, members, law, linear.in_features)[1])  # type: ignore[arg-type]  # kernels are all members'
    return head


def drawn_heads(linear: nn.Linear, members: int, law: Law, features: int) -> tuple[Tensor, Tensor | None]:
    """Weights (m, k, features) and biases (m, k) of a head like ``linear`` for each member, drawn by ``law``."""
    heads = [nn.Linear(features, linear.out_features, linear.bias is not None) for _ in range(members)]
    for head in heads:
        law(head)
    weights: list[Tensor] = [head.weight for head in heads]
    biases: list[Tensor] = [head.bias for head in heads if head.bias is not None]
    return torch.stack(weights), torch.stack(biases) if biases else None


@torch.no_grad()
def fill(parameter: Tensor | None, values: Tensor | None) -> None:
    """Copy ``values`` into a parameter of as many entries, in any shape; into none where there is none."""
    if parameter is not None and values is not None:
        parameter.copy_(values.view_as(parameter))
