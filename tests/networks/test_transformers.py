"""Transformers of this package against timm's parts, and timm's ViTs in steps."""

import pytest
import torch
from timm import create_model
from timm.models.cait import Cait
from torch import nn

from benchmarks.timm_parts import TimmConViT
from contentmix import UsageError, build_network
from contentmix.networks import as_token_backbone, cait, convit
from contentmix.networks.transformers import GatedPositionalSelfAttention, TalkingHeadsAttention, patch_size_for
from contentmix.networks.transformers.positional_attention import blended, fused
from contentmix.subnetworks.heads import take_heads

IMAGES = torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def shake(network, std=0.1):
    """Weights far from their start, so that no term hides behind another."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(std * torch.randn(parameter.shape, generator=generator))
    return network


def gradients(network, name_filter=lambda name: True):
    network.zero_grad()
    network(IMAGES).square().sum().backward()
    return {name: p.grad for name, p in network.named_parameters() if p.grad is not None and name_filter(name)}


def assert_same(ours, timms):
    torch.testing.assert_close(ours(IMAGES), timms(IMAGES), atol=1e-5, rtol=1e-5)
    expected = gradients(timms)
    for name, gradient in gradients(ours).items():
        scale = float(expected[name].abs().max()) + 1e-3
        torch.testing.assert_close(gradient / scale, expected[name] / scale, atol=1e-4, rtol=1e-3, msg=name)


def test_cait_computes_what_timms_does():
    ours = cait(7, image_size=16, patch_size=4)
    timms = Cait(img_size=16, patch_size=4, num_classes=7, embed_dim=192, depth=24, num_heads=4, init_values=1e-5)
    timms.load_state_dict(shake(ours, 0.03).state_dict())
    torch.testing.assert_close(ours(IMAGES), timms(IMAGES), atol=1e-5, rtol=1e-5)
    # What the first product of talking heads adds to all keys alike, a softmax takes away: no gradient, ours or timm's.
    unseen = ("proj_l.bias", "attn.k.bias")
    expected = gradients(timms)
    for name, gradient in gradients(ours, lambda name: not name.endswith(unseen)).items():
        scale = float(expected[name].abs().max()) + 1e-3
        torch.testing.assert_close(gradient / scale, expected[name] / scale, atol=2e-4, rtol=1e-3, msg=name)


def test_convit_computes_what_timms_parts_do():
    ours = shake(convit(7, image_size=16, dim=24, depth=2, heads=4, patch_size=4))
    timms = TimmConViT(ours, 2, 4)
    assert_same(ours, timms)


def test_sizes_are_the_thesiss():
    count = {
        name: sum(p.numel() for p in build_network(name, 100).parameters())
        for name in ("convit", "cait-xxs-24", "cait-xs-24")
    }
    # 12 M, 12 M and 26 M of tables 4.3, 4.5, with timm's counts for CaiT (patches of 4 px, 100 classes).
    assert 12.0e6 < count["convit"] < 12.6e6
    for name, dim, heads in (("cait-xxs-24", 192, 4), ("cait-xs-24", 288, 6)):
        timms = Cait(img_size=32, patch_size=4, num_classes=100, embed_dim=dim, depth=24, num_heads=heads)
        assert count[name] == sum(p.numel() for p in timms.parameters())
    assert [patch_size_for(size) for size in (16, 28, 32, 64, 224)] == [4, 4, 4, 8, 16]


@pytest.mark.parametrize(
    ("name", "timms"),
    [
        ("cait-xxs-24", "cait_xxs24_224"),
        ("cait-xxs-36", "cait_xxs36_224"),
        ("cait-xs-24", "cait_xs24_384"),
        ("cait-s-24", "cait_s24_224"),
        ("cait-s-36", "cait_s36_384"),
    ],
)
def test_layer_scale_starts_as_the_published_one(name, timms, monkeypatch):
    made = {}

    def record(*_, **options):
        made.update(options)
        return nn.Identity()

    monkeypatch.setattr("contentmix.networks.transformers.build.PatchTransformer", record)
    build_network(name, 3)
    ours = (made["dim"], made["depth"], made["heads"], made["layer_scale"])
    monkeypatch.setattr("timm.models.cait.build_model_with_cfg", record)
    create_model(timms)
    assert ours == (made["embed_dim"], made["depth"], made["num_heads"], made["init_values"])


def test_layer_scale_of_a_cait_of_any_size_follows_its_depth():
    for depth, scale in ((24, 1e-5), (25, 1e-6)):
        network = cait(3, dim=8, depth=depth, heads=2)
        blocks = (network.blocks[0], network.blocks_token_only[1])
        assert {gamma for block in blocks for gamma in block.gamma_2.tolist()} == {torch.tensor(scale).item()}


def test_gpsa_starts_as_a_convolution():
    attention = GatedPositionalSelfAttention(36, 9, (5, 5))
    nn.init.normal_(attention.pos_proj.bias)
    attention.initialise()
    strongest = attention.positions()[:, 12].argmax(-1)  # what the centre of a 5 x 5 grid looks at
    offsets = {(int(p) // 5 - 2, int(p) % 5 - 2) for p in strongest}
    assert offsets == {(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)}
    torch.testing.assert_close(attention.v.weight, torch.eye(36))


def test_gpsa_gives_copies_of_a_grid_what_it_gives_the_grid():
    attention = shake(GatedPositionalSelfAttention(8, 4, (3, 3)))
    tokens = torch.randn(2, 9, 8)
    once, twice = attention(tokens), attention(torch.cat([tokens, tokens], 1))
    torch.testing.assert_close(twice, torch.cat([once, once], 1))


def test_gpsa_by_the_fused_kernel_is_gpsa():
    """Values and gradients of both ways, in double precision."""
    generator = torch.Generator().manual_seed(0)
    values = [torch.randn(3, 2, 5, 4, generator=generator, dtype=torch.float64) for _ in range(3)]
    values += [
        torch.randn(2, 5, 5, generator=generator, dtype=torch.float64).softmax(-1),
        torch.tensor([[[0.3]], [[0.8]]]),
    ]
    values[-1] = values[-1].double()
    weight = torch.randn(3, 2, 5, 4, generator=generator, dtype=torch.float64)
    found = []
    for attend in (blended, fused):
        inputs = [value.clone().requires_grad_() for value in values]
        made = attend(*inputs)
        (made * weight).sum().backward()
        found.append([made.detach(), *(each.grad for each in inputs)])
    torch.testing.assert_close(*found)


def test_talking_heads_see_copies_of_tokens_by_hand():
    """One head, scores of zero: attention 1/2 to each of two tokens, mixed by w = 3 and bias b = 5, values 1 and 3.

    Alone: 3 (1 + 3) / 2 + 5 (1 + 3) = 26; each twice: 3 (1 + 1 + 3 + 3) / 4 + 5 (1 + 1 + 3 + 3) = 46.
    """
    attention = TalkingHeadsAttention(1, 1)
    with torch.no_grad():
        for parameter, values in (
            (attention.qkv.weight, [[0.0], [0.0], [1.0]]), (attention.qkv.bias, [0.0, 0.0, 0.0]),
            (attention.proj_l.weight, [[1.0]]), (attention.proj_w.weight, [[3.0]]), (attention.proj_w.bias, [5.0]),
            (attention.proj.weight, [[1.0]]), (attention.proj.bias, [0.0]),
        ):  # fmt: skip
            parameter.copy_(torch.tensor(values))
        tokens = torch.tensor([[[1.0], [3.0]]])
        assert attention(tokens).flatten().tolist() == [26.0, 26.0]
        assert attention(tokens, 2).flatten().tolist() == [46.0, 46.0]
        assert attention(tokens.repeat(1, 2, 1)).flatten().tolist() == [46.0] * 4


@pytest.mark.parametrize("pool", ["token", "avg"])
def test_a_vit_of_timm_computes_the_same_in_steps(pool):
    vit = shake(
        create_model("vit_tiny_patch16_224", img_size=16, patch_size=4, num_classes=5, in_chans=3, global_pool=pool)
    ).eval()
    expected, head = vit(IMAGES), vit.head
    assert take_heads(vit, 5, 2).linear.weight.shape == (10, 192)
    steps = as_token_backbone(vit, 3)
    assert steps.grid((16, 16)) == (4, 4)
    found = steps.classify(steps.features(steps.embed(IMAGES)))
    torch.testing.assert_close(head(found), expected)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: convit(7, image_size=30), "image_size is 30 and patches are 4 px wide: choose a multiple, such as 32"),
        (lambda: convit(7, dim=30, heads=4), "dim is 30 and heads 4"),
        (lambda: build_network("cait-xxl-24", 7), "cait-xxl-24 is unknown: choose xxs, xs or s, and 24 or 36"),
        (
            lambda: build_network("cait-xs-36", 7, pretrained=True),
            "timm has no pretrained weights of cait-xs-36: choose cait-xxs-24, cait-xxs-36, cait-xs-24, cait-s-24, cait-s-36",
        ),
        (lambda: build_network("convit", 7, pretrained=True), "no pretrained weights of this size"),
        (lambda: build_network("wrn-10-1", 7, pretrained=True), "pretrained weights exist for timm/NAME and cait only"),
        (lambda: build_network("wrn-10-1", 7, drop_path=0.1), "drop_path is an option of transformers"),
        (lambda: build_network("convit", 7, drop_path=1.5), "drop_path is 1.5"),
        (
            lambda: build_network("timm/vit_tiny_patch16_224", 7, image_size=40),
            "images of 40 px and patches of 16: choose a multiple",
        ),
        (lambda: as_token_backbone(build_network("wrn-10-1", 7)), "WideResNet has no patch tokens: choose convit"),
        (
            lambda: as_token_backbone(build_network("timm/vit_tiny_patch16_224", 7), 12),
            "class_blocks is 12: choose 1 to 11",
        ),
        (lambda: as_token_backbone(convit(7), 2), "class_blocks is 2, but PatchTransformer has class-attention blocks"),
        (lambda: convit(7, image_size=16)(torch.randn(1, 3, 32, 32)), r"8 x 8 patches: .* made for images of \(16, 16\) px"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(make, message):
    with pytest.raises(UsageError, match=message):
        make()


@pytest.mark.parametrize(
    ("name", "timms", "heads"), [("cait-xxs-24", "cait_xxs24_224", 4), ("cait-xs-24", "cait_xs24_384", 6)]
)
def test_pretrained_cait_fits_another_grid(monkeypatch, name, timms, heads):
    size, dim = int(timms[-3:]), 48 * heads
    published = Cait(img_size=size, patch_size=16, num_classes=0, embed_dim=dim, depth=24, num_heads=heads)
    with torch.no_grad():
        published.pos_embed.copy_(torch.arange(dim).expand_as(published.pos_embed))  # the same everywhere
    asked = []
    monkeypatch.setattr(
        "contentmix.networks.transformers.build.pretrained_timm", lambda name, **_: asked.append(name) or published
    )
    network = build_network(name, 7, image_size=32, pretrained=True)
    assert asked == [timms]
    torch.testing.assert_close(network.blocks[3].attn.qkv.weight, published.blocks[3].attn.qkv.weight)
    torch.testing.assert_close(network.pos_embed, torch.arange(float(dim)).expand(1, 64, dim), atol=1e-3, rtol=1e-3)
    assert network.head.out_features == 7
