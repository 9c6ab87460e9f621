"""timm's pretrained weights: from the hub's cache without asking anybody, else from the hub, else an error at once."""

from __future__ import annotations

import re
import socket
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from torch import nn

from contentmix.errors import UsageError, require

_SECONDS = 5  # to reach the hub


def check_pretrained(network: str) -> None:
    """Find out whether the pretrained weights of ``network`` can be had, before anything takes time.

    Raises:
        UsageError: it has none, or they are neither here nor within reach.
    """
    require(
        re.fullmatch(r"timm/.+|cait-[a-z]+-\d+", network) is not None,
        f"pretrained weights exist for timm/NAME and cait only: leave out --pretrained, or choose another network than {network}",
    )
    if network.startswith("timm/"):
        _source(network.removeprefix("timm/"))


def pretrained_timm(name: str, **options: object) -> nn.Module:
    """timm's network ``name`` with its pretrained weights.

    Raises:
        UsageError: timm has none, or they cannot be downloaded.
    """
    import timm

    overlay = _source(name)
    try:
        network: nn.Module = timm.create_model(name, pretrained=True, pretrained_cfg_overlay=overlay, **options)
    except (TypeError, AssertionError):  # an option that this network has not
        raise
    except Exception as error:  # whatever the hub's client raises without a network
        raise _not_had(name, error) from error
    return network


def _source(name: str) -> dict[str, Any] | None:
    """What timm is told of where the weights are: a file where the hub's cache has them, None where the hub is asked.

    The hub's client would ask even for what it has, and five times, with pauses, where nobody answers.
    """
    import timm
    from huggingface_hub import constants, try_to_load_from_cache

    # Names that timm does not have are told with those near them by who builds them.
    if name in timm.list_models() and not timm.is_model_pretrained(name):
        raise UsageError(f"timm has no pretrained weights of {name}: train it without --pretrained")
    published = timm.get_pretrained_cfg(name)
    if published is None or not published.hf_hub_id:
        return None
    kept = try_to_load_from_cache(published.hf_hub_id, published.hf_hub_filename or "model.safetensors")
    if isinstance(kept, str):
        return {"file": kept}
    if not getproxies():  # with one, the hub is reached in a way of its own
        hub = urlsplit(constants.ENDPOINT)
        try:
            socket.create_connection((hub.hostname, hub.port or 443), _SECONDS).close()
        except OSError as error:
            raise _not_had(name, error) from error
    return None


def _not_had(name: str, error: Exception) -> UsageError:
    reason = " ".join(str(error).split())[:160]
    return UsageError(f"the pretrained weights of {name} could not be had, offline? ({reason})")
