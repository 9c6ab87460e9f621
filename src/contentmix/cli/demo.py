"""``contentmix demo``: a run as a page in the browser; the only file that imports Gradio."""

from __future__ import annotations

import io
import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from contentmix.cli.arguments import Device, Number, Switch
from contentmix.errors import ContentmixError, UsageError, require

# Gradio's own theme asks for fonts from elsewhere, and its footer points there.
_FONTS = {"font": ["system-ui", "sans-serif"], "font_mono": ["ui-monospace", "monospace"]}
_ONE_AT_A_TIME = {"concurrency_limit": 1, "concurrency_id": "model"}


def demo(
    run: Path, *, host: str = "127.0.0.1", port: Number = 7860, raw: Switch = False, device: Device = "auto"
) -> None:
    """Serve a page in the browser: drop a photo on it for a prediction, or two for their mix or their hybrids. Ctrl-C ends it.

    Args:
        run: Run folder.
        host: Address to listen on; the default is this machine alone, 0.0.0.0 is whoever can reach it.
        port: Port to listen on.
        raw: Give probabilities as the network does, without the temperature that was fitted on the validation split.
        device: Where to compute.
    """
    require(find_spec("gradio") is not None, "the demo needs its extra: pip install 'contentmix[demo]'")
    from contentmix.cli.console import open_console
    from contentmix.runs.model import load_model

    model = load_model(run, device=device)
    page = build_page(model.raw if raw else model)
    theme = import_module("gradio").themes.Default(**_FONTS)
    open_console().print(f"http://{host}:{port} shows {run}; Ctrl-C ends it", soft_wrap=True)
    try:
        page.launch(
            server_name=host,
            server_port=port,
            share=False,
            quiet=True,
            show_error=True,
            max_file_size="50mb",
            footer_links=[],
            theme=theme,
        )
    except OSError as error:
        raise UsageError(f"the page cannot be served on {host}, port {port}: {error}; choose another --port") from error


def build_page(model: Any) -> Any:
    """The page of a ``TrainedModel``, as Gradio's blocks; what is dropped on it is deleted after an hour."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    import gradio
    from PIL import Image

    from contentmix.runs.demo import answer, pair_kind, pair_picture

    def predict(photo: str | None) -> tuple[Any, str, list[list[str]]]:
        if photo is None:
            return None, "", []
        try:
            said = answer(model, Path(photo))
        except ContentmixError as error:
            raise told(error) from error
        return said.probabilities, said.words, [[str(number), vote] for number, vote in enumerate(said.votes, 1)]

    def combine(first: str | None, second: str | None, seed: float) -> Any:
        if first is None or second is None:
            return None
        try:
            return Image.open(io.BytesIO(pair_picture(model, Path(first), Path(second), int(seed or 0))))
        except ContentmixError as error:
            raise told(error) from error

    def told(error: ContentmixError) -> Exception:
        shown: Exception = gradio.Error(str(error), duration=None, print_exception=False)
        return shown

    def photo(label: str) -> Any:
        image = gradio.Image(label=label, type="filepath", sources=["upload", "clipboard"], image_mode=None, height=280)
        # Gradio would open the file itself, and say of one that is broken what it makes of it.
        image.preprocess = lambda payload: payload and payload.path
        return image

    with gradio.Blocks(
        title=f"contentmix: {model.run.name}", analytics_enabled=False, delete_cache=(600, 3600)
    ) as page:
        gradio.Markdown(
            f"## {model.run.name}\n{model.config.method} with {model.config.run.network}, {len(model.inputs.classes)} classes, "
            f"images of {model.inputs.image_size} px; {model.calibration.words}."
        )
        with gradio.Tab("One photo"), gradio.Row():
            shown = photo("Photo")
            with gradio.Column():
                words = gradio.Markdown()
                label = gradio.Label(label="Prediction", show_heading=False)
                votes = gradio.Dataframe(headers=["member", "its vote"], label="Members", interactive=False)
            shown.change(predict, shown, [label, words, votes], **_ONE_AT_A_TIME)
        kind = pair_kind(model)
        if kind is not None:
            with gradio.Tab(f"Two photos: {kind}"):
                with gradio.Row():
                    pair = [photo("Photo 1"), photo("Photo 2")]
                seed = gradio.Number(0, label="Draw", precision=0, visible=kind == "mixes")
                picture = gradio.Image(
                    label=kind.capitalize(), interactive=False, format="png", buttons=["download", "fullscreen"]
                )
                for each in (*pair, seed):
                    each.change(combine, [*pair, seed], picture, **_ONE_AT_A_TIME)
    return page
