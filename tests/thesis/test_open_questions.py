"""Studies of what the thesis leaves open: on the headlines' terms, and with their runs."""

from dataclasses import replace

import pytest

from contentmix.report import FIGURES
from contentmix.runs.length import length_of
from contentmix.studies.page import write_page
from contentmix.thesis.headlines.study import HEADLINES
from contentmix.thesis.studies import STUDIES
from tests.report.helpers import save_run

SCALES = ("small", "gpu")
TAKEN = {
    "late-separation": {"vanilla", "cut-mixmo", "unmix-aligned", "mixshare"},
    "shared-channels": {"vanilla", "vanilla-2nets", "cut-mixmo", "mixshare", "unmix-aligned"},
}


# What two cores train in an hour or two: fewer images, half the width, fewer steps.
SMALLER = {"labels": 500, "epochs": 3, "epoch_steps": 500}
HALF = {"wrn-10-4": "wrn-10-2", "wrn-10-2": "wrn-10-1"}


def headline(name, scale):
    """The configuration of seed 3 of a row of the headlines, as the questions have it at ``scale``."""
    config = HEADLINES.config(HEADLINES.row(name, scale), scale, 3)
    if scale != "small":
        return config
    network = HALF.get(config.run.network, config.run.network)
    # Unmixing fades over a third of the epochs, 100 of the thesis's 300.
    fading = {"fade_epochs": 1.0} if "fade_epochs" in config.method_options else {}
    return replace(
        config,
        run=replace(config.run, network=network, **SMALLER),
        method_options={**config.method_options, **fading},
    )


@pytest.fixture(params=[STUDIES[name] for name in TAKEN], ids=lambda study: study.name)
def study(request):
    return request.param


def test_it_can_be_reproduced_by_name(study):
    assert STUDIES[study.name] is study
    assert study.command == ("reproduce", study.name)
    assert list(study.scales) == list(HEADLINES.scales)
    assert "beyond the thesis" in study.title


@pytest.mark.parametrize("scale", SCALES)
def test_its_rows_are_those_of_the_headlines_or_trained_as_these_are(study, scale):
    """The options of the run are the same, so that runs are taken over, and all make as many steps."""
    new = []
    for row in study.lines(scale):
        config = study.config(row, scale, 3)
        if row.name in TAKEN[study.name]:
            assert config == headline(row.name, scale)
        elif row.name == "mixvit":
            same = headline("mixshare", scale)
            transformer = headline("mixvit", scale)
            assert (config.run.data, config.run.image_size) == (same.run.data, same.run.image_size)
            assert (config.run.network, config.method_options) == (transformer.run.network, transformer.method_options)
            assert length_of(config).steps == length_of(same).steps
        elif row.name.startswith("half-width"):
            assert config == headline("vanilla-w4", scale)
        else:
            same = headline("mixshare", scale)
            assert (config.method, config.run) == (same.method, same.run)
            assert length_of(config).steps == length_of(same).steps
            assert config.method_options["batch_repetition"] == 1
            new.append(row.name)
    assert len(new) == 4


def test_a_claim_is_of_rows_and_figures_that_there_are(study):
    rows, figures = {row.name for row in study.rows}, {name for name, _, _ in FIGURES}
    for claim in study.claims:
        for row, figure in claim.sides:
            assert row in rows, claim
            assert figure in figures, claim
        if "sharing" in (claim.figure, claim.lower_figure):
            assert all(study.row(row).usage for row, _ in claim.sides), claim
    assert len({claim.sides for claim in study.claims}) == len(study.claims)


def test_a_row_differs_from_the_one_of_which_nothing_is_reserved_in_that_alone():
    study = STUDIES["shared-channels"]
    shared = study.row("unmix-aligned").options
    assert {name: place for name, place in study.over[1].items() if place} == {
        row.name: row.options["reserved"] for row in study.rows if "reserved" in row.options
    }
    for name in list(study.over[1])[1:]:
        options = dict(study.row(name).options)
        # Where all channels are reserved there is none to unmix.
        assert options == {
            **shared,
            "reserved": (share := options["reserved"]),
            "unmixing": "none" if share == 1 else "full",
        }


def test_a_network_of_half_the_width_is_one_at_the_thesis_s_scale_too():
    study = STUDIES["shared-channels"]
    widths = [study.config(study.row(name, "thesis"), "thesis", 0).run.network for name in ("half-width", "vanilla")]
    assert widths == ["wrn-28-5", "wrn-28-10"]


def test_what_late_separation_costs_is_measured_and_nothing_is_claimed_of_another_backbone():
    study = STUDIES["late-separation"]
    assert all(scale.cost for scale in study.scales.values())
    assert not any("mixvit" in dict(claim.sides) for claim in study.claims)


def test_the_page_draws_what_is_varied_where_there_are_two_values(tmp_path):
    study = replace(STUDIES["shared-channels"], claims=())
    save_run(tmp_path / "unmix-aligned-seed0", 0)
    words = "Over what is varied"
    assert words not in write_page(study, "gpu", tmp_path, tmp_path / "one.html").read_text()
    save_run(tmp_path / "reserved-0.5-seed0", 0)
    assert words in write_page(study, "gpu", tmp_path, tmp_path / "two.html").read_text()
