"""The order in which runs that take others are begun."""

from types import SimpleNamespace

from contentmix.studies.schedule import longest_first


def test_what_the_longest_chain_waits_for_comes_first():
    needs = {
        "alone": (),
        "teacher": (),
        "generator": ("teacher",),
        "pupil": ("generator",),
        "oracle": (),
        "judged": ("oracle",),
    }
    jobs = [SimpleNamespace(name=name, needs=of) for name, of in needs.items()]
    # teacher <- generator <- pupil; oracle <- judged; nothing waits for the others, which keep their order.
    assert [job.name for job in longest_first(jobs)] == ["teacher", "generator", "oracle", "alone", "pupil", "judged"]
