"""Made-up posts about made-up events, from word banks."""

import numpy as np

COMMON = (
    "people need help here please share we saw many the road is closed and families wait for news today "
    "volunteers bring food and blankets to the school thanks to everyone pray stay safe call the number if you can"
).split()
BANKS = {
    "flood": "river flood dam water boats rain levee submerged mud bridge drowned rising Velmora valley".split(),
    "quake": "earthquake rubble tremor collapsed magnitude aftershock epicentre cracks tower Tassin fault ruins".split(),
}


def posts(event: str, n: int, seed: int) -> list[str]:
    """`n` posts; the words of one event's bank beside words that all share, the more common ones first."""
    rng = np.random.default_rng(seed)
    bank = [word for pair in zip(COMMON * 3, BANKS[event] * 20, strict=False) for word in pair] + COMMON
    rank = 1 / (np.arange(len(bank)) + 5)
    words = np.array(bank)[np.random.default_rng(7).permutation(len(bank))]
    return [" ".join(rng.choice(words, size=rng.integers(6, 16), p=rank / rank.sum())) for _ in range(n)]
