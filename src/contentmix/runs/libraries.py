"""Libraries that a run needs beyond the package's own, missed before anything takes time."""

from __future__ import annotations

from contentmix.networks import check_encoder
from contentmix.runs.config import Config
from contentmix.subnetworks import check_member_layers
from contentmix.training import check_logger


def check_libraries(config: Config) -> None:
    """Find out whether what trains as ``config`` says is installed.

    Raises:
        UsageError: a library is not, or an encoder cannot be had; one line says how to get it.
    """
    options = config.method_options
    check_logger(config.run.logger)
    check_member_layers(options.get("layers", "dropout"))
    if options.get("guide") == "encoder" and options.get("encoder") is not None:
        check_encoder(options["encoder"], options.get("encoder_weights"))
