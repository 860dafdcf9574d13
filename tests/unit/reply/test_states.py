import itertools

import pytest

from proxy_core.reply.states import FOLLOWING, ImpossibleStep, State, follow


@pytest.mark.parametrize(("state", "following"), [*itertools.product(State, repeat=2)])
def test_only_what_the_table_says_may_follow(state: State, following: State) -> None:
    if following in FOLLOWING[state]:
        assert follow(state, following) is following
    else:
        with pytest.raises(ImpossibleStep, match=f"{state.value} -> {following.value}"):
            follow(state, following)


def test_every_state_leads_on_until_the_end() -> None:
    order = list(State)
    for state in State:
        assert all(order.index(following) > order.index(state) for following in FOLLOWING[state])
        assert (state is State.ENDED) is (not FOLLOWING[state])
        assert state is State.ENDED or State.ENDED in FOLLOWING[state]
