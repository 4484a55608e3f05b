"""What somebody must know first who has never seen attention: the parts of a clip and of a model.

Sources: arXiv 2210.08164 for the model, arXiv 1706.03762 for softmax attention, arXiv 2006.16236 for linear
attention.
"""

from __future__ import annotations

from typing import Final

BASIC_TERMS: Final[dict[str, str]] = {
    "clip": (
        "The video that is analyzed: the chosen span of it, and the chosen part of its picture."
    ),
    "frame": (
        "One picture of a video. fixviz normally analyzes as many frames per second of a clip as the model "
        "was trained with."
    ),
    "window": (
        "The T frames that a model takes in at once. It gives one answer for each window; a longer clip has "
        "several, which overlap by half."
    ),
    "patch": (
        "A square of P × P pixels of a frame. Each patch becomes one token. Neighboring patches overlap "
        "where the stride is smaller than P."
    ),
    "stride": (
        "How many pixels lie between the centers of two neighboring patches: S. For even P, H pixels give "
        "⌊H / S⌋ + 1 patches."
    ),
    "grid": "The patches of one frame in rows and columns: h rows and w columns, so N = h · w patches.",
    "token": (
        "The D numbers with which the network describes one patch of one frame. A window has T · N tokens. "
        "Each layer changes the numbers, so that a token picks up information from others."
    ),
    "channel": (
        "One of the D places in the list of numbers that is a token; or one of the d places in a head's "
        "query, key or value."
    ),
    "attention": (
        "A token's output is a mean of the values of all tokens, each weighted by how much it counts: "
        "out_i = Σ_j A[i, j] · v_j."
    ),
    "query": (
        "q, the numbers that say what a token looks for: a learned linear map of the token. It is compared "
        "with all keys. As a place: the token that looks."
    ),
    "key": (
        "k, the numbers by which a token is found: a learned linear map of the token. It is compared with "
        "the query. As a place: the token that is looked at."
    ),
    "value": (
        "v, the numbers that a token hands on to those that look at it: a learned linear map of the token."
    ),
    "dot product": (
        "q·k = Σ over channels of q · k: large where both have large numbers of the same sign in the same "
        "channels."
    ),
    "score": (
        "q·k / √d: how well a key fits a query in softmax attention, before the softmax. In linear "
        "attention φ(q)·φ(k), without a softmax."
    ),
    "head": (
        "One of n attentions that a layer computes side by side, each with d = D / n channels of query, key "
        "and value of its own."
    ),
    "layer": (
        "One of the L blocks of the network, which follow each other. In the models that come with fixviz, "
        "each has temporal attention, then spatial attention, then a small network that works on every "
        "token and the patches next to it."
    ),
    "spatial attention": "Attention among the N tokens of one frame.",
    "temporal attention": (
        "Attention among the T tokens at one place of the grid, one in each frame of a window."
    ),
    "softmax": (
        "softmax(x)_j = exp(x_j) / Σ_l exp(x_l): turns numbers into positive shares that sum to 1. A number "
        "that is larger by 1 gets e ≈ 2.72 times the share."
    ),
    "softmax attention": (
        "A = softmax(q·k / √d), row by row. Every query is compared with every key, so N tokens need N² "
        "scores. Source: Vaswani et al. 2017."
    ),
    "linear attention": (
        "Attention with A[i, j] = φ(q_i)·φ(k_j) / Σ_l φ(q_i)·φ(k_l), φ the feature map. Without an "
        "exponential, the sums Σ_j φ(k_j) v_jᵀ and Σ_l φ(k_l) are the same for all queries and are computed "
        "once: the cost grows with N, not with N². Source: Katharopoulos et al. 2020."
    ),
    "feature map": (
        "φ(z) = ReLU(z) + d^(−1/2), channel by channel: what linear attention does with queries and keys. "
        "All features are positive, so no attention weight is negative. Softmax attention has none: φ(z) = z."
    ),
    "ReLU": "ReLU(z) = max(0, z): negative numbers become 0, others stay.",
    "sigmoid": "sigmoid(z) = 1 / (1 + exp(−z)): turns any number into one between 0 and 1; 0 becomes ½.",
    "logit": (
        "A number that softmax then turns into a share, or sigmoid into a ratio. A model has one for each "
        "class; softmax makes probabilities of them."
    ),
    "class": (
        "One of the answers that a model can give. For the models that come with fixviz: one of the motions "
        "of clips that fixviz draws."
    ),
    "feature fixation": (
        "Each channel of a query's and a key's features is multiplied by a fixation ratio before "
        "attention compares them. The ratios are learned: how much of each channel to keep, for each "
        "token. Source: arXiv 2210.08164."
    ),
    "neighbor": (
        "A token next to another: one of the 8 around it in the same frame, or the one at the same place in "
        "the next or previous frame."
    ),
    "neighborhood association": (
        "Keys and values hold some channels of neighbors, by feature shift. So attention and fixation ratios "
        "depend on what is around a token, too. Source: arXiv 2210.08164."
    ),
    "feature shift": (
        "A fixed group of channels of each key and value is replaced by the same channels of a neighbor. It "
        "has no weights and multiplies nothing."
    ),
    "spatial shift": (
        "The feature shift of temporal attention: ⌊D / 16⌋ channels from each of the 8 neighbors in the "
        "frame. Outside the frame, the 4 to the left, right, above and below read 0; the 4 diagonal ones "
        "keep the token's own."
    ),
    "temporal shift": (
        "The feature shift of spatial attention: a fixed share of the channels (⌊D / 8⌋ or ⌊D / 4⌋) comes "
        "from the next frame and as many from the previous one. Before the first frame and after the last, "
        "they are 0."
    ),
    "uniform attention": (
        "Attention that looks at all N keys alike: A[i, j] = 1 / N. Other values are compared with it."
    ),
    "target": (
        "What decides a clip's class, such as the object that moves. It is known where fixviz drew the clip, "
        "or where people marked it."
    ),
    "accuracy": (
        "Share of clips for which a model's most probable class is the correct one. By chance: 1 / number "
        "of classes, if all classes are equally frequent."
    ),
    "confidence interval": (
        "A range around a measured number. It shows how far the number may depend on which clips happened to "
        "be drawn. With other clips drawn again and again, about 95 of 100 such ranges would hold the number "
        "for all clips."
    ),
    "confusion table": (
        "Counts of clips by their class (rows) and the model's answer (columns). The diagonal holds the "
        "correct answers."
    ),
    "attribution": (
        "A number for each patch that is meant to say how much the model's answer for one class depends on "
        "it. Attention says where a model looks; attribution asks what its answer depends on."
    ),
    "checkpoint": "A trained model in a file: all of its learned weights, and how it is built.",
    "run": (
        "The stored result of analyzing a clip with some models: attention, ratios and predictions. Its link "
        "holds run=…"
    ),
}
"""Definitions by term, in the order in which they build on each other."""
