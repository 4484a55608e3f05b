"""What the words and numbers on the pages mean, each defined once (with its formula)."""

from __future__ import annotations

from typing import Final

DEFINITIONS: Final[dict[str, str]] = {
    "attention weights": (
        "A[query, key]: how much each key counts for a query. Weights are never negative, and a "
        "row sums to 1. Softmax: A = softmax(q·k / √d). Linear: A = q·k / Σ q·k, with q and k after "
        "feature map and fixation. Source: arXiv 2210.08164."
    ),
    "attention received": (
        "N · mean over queries of A[i, j] for key j. 1 is what every patch gets under uniform "
        "attention."
    ),
    "by source": (
        "Counted at the patch whose content the key holds. With neighbors, a key may hold content "
        "of another frame or patch; by slot counts it at the key's own place."
    ),
    "entropy": "H = −Σ A log A over the keys of a query, in nats. 0: one key. log N: all alike.",
    "normalized entropy": "H / log N: 0 one key, 1 all N keys alike.",
    "concentration": "1 − H / log N, H the entropy of a query's row: 0 uniform, 1 a single key.",
    "effective support": "Mean over queries of exp(H): so a query looks at about this many of N keys.",
    "top-10 % mass": "Share of the attention on the ⌈0.1 · N⌉ strongest keys of a query.",
    "Gini": (
        "Gini coefficient of a row: 0 all keys alike, (N − 1) / N a single key. Twice the area between "
        "the Lorenz curve and the diagonal."
    ),
    "Lorenz curve": (
        "The keys of a query from the weakest to the strongest: which share of the attention the "
        "weakest p % of them hold together. Mean over the queries of the frame. The diagonal is "
        "uniform attention."
    ),
    "mass on target": (
        "Σ A[i, j] · m[j] over the keys j, m[j] the covered fraction of the patch: the share of a "
        "query's attention that is on the target. Mean over all queries of the frame, or over those "
        "whose own patch is on target. Beside it: what uniform attention would give."
    ),
    "pointing game": (
        "1 if the patch that receives most attention is on target (m ≥ 0.2), else 0; over heads or "
        "frames, the share of hits. By chance: the share of patches on target."
    ),
    "average precision": (
        "Patches sorted by attention received, the strongest first: mean, over the patches on target "
        "(m ≥ 0.2), of the share of patches on target down to there. 1: all of them come first."
    ),
    "motion agreement": (
        "Spearman's rank correlation, per frame, of attention received with the length of the optical "
        "flow per patch (OpenCV DIS, from the frame to the video's next one that differs, less the camera's: "
        "an affine motion fitted by least median of squares). 1: the faster, the more attention; 0: no "
        "relation; −1: the reverse."
    ),
    "attended motion": (
        "Mean length of the optical flow (as for motion agreement) of the patches, each weighted by the "
        "attention it receives, over their plain mean. 1: what uniform attention gives; 2: attention is "
        "where it moves twice as fast as on average."
    ),
    "fixation ratio": (
        "r = sigmoid(W g + b), in (0, 1), per token, head and channel; it scales that channel of the "
        "query's or key's features. Cooperative: g joins the features of query, key and value. Source: "
        "arXiv 2210.08164."
    ),
    "fixation dial": (
        "Fixation ratios to the power α. 0: this model's features with all ratios 1 (not the vanilla "
        "linear checkpoint, which was trained so). 1: as learned. Above 1: exaggerated."
    ),
    "neighborhood contribution": (
        "|part| / Σ |parts| of the fixation ratio's logit that comes from one neighbor, averaged over "
        "the channels and heads that read it."
    ),
    "logit parts": (
        "The ratio is sigmoid(logit), and the logit is an exact sum: constant + W·ReLU(q) from the "
        "query + W·ReLU(k) + W·v from the token's own key and value + the same from each neighbor, over "
        "the channels that come from it. All d^(−1/2) terms are in the constant."
    ),
    "ratio spread": (
        "Standard deviation of one channel's ratio over all patches and frames of the clip: "
        "√(mean of variances + variance of means). 0: the channel is scaled alike everywhere."
    ),
    "ratios set to 1": (
        "1 − H / log N of the same attention with r = 1 in every channel: its features unchanged, "
        "its input held fixed."
    ),
    "ratios shuffled": (
        "1 − H / log N with the ratios of each token (query and key, all channels) dealt to another "
        "token of the same sequence, by one fixed cycle. The ratios are the same; who has them is not."
    ),
    "leave one out": (
        "The channels of key and value that hold this neighbor read the token's own value instead. "
        "Output: |change| / |output|, L2, this attention's input held fixed."
    ),
    "Integrated gradients": (
        "(x − x′) · ∫₀¹ ∂L/∂x (x′ + a (x − x′)) da for each pixel, x′ the baseline and L the logit of the "
        "class, summed over the pixels nearest to the patch's center. Source: Sundararajan et al. 2017."
    ),
    "convergence delta": (
        "Sum of integrated gradients less (logit of the clip − logit of the baseline). 0 if the integral "
        "were exact."
    ),
    "Occlusion": (
        "L(clip) − L(clip with the pixels of this patch replaced by the baseline), L the logit of the "
        "class. Source: Zeiler and Fergus 2014."
    ),
    "Layer Grad-CAM": (
        "Σ over channels of the last block's output times the mean over the frame of ∂L/∂output, without "
        "a ReLU. Source: Selvaraju et al. 2017."
    ),
    "Attention × gradient": (
        "Σ over queries i, heads and layers of A[i, j] · ∂L/∂A[i, j], where ∂L/∂A[i, j] = ∂L/∂O[i] · "
        "v′[j], by source."
    ),
    "Attention rollout": (
        "The product over attentions of (A + I) / 2, heads averaged by source, from the mean-pooled "
        "output back to the patches. Source: Abnar and Zuidema 2020."
    ),
    "Attention received": (
        "N · mean over queries of A[i, j], by source, mean over heads of one spatial layer. 1: as under "
        "uniform attention."
    ),
    "deletion and insertion": (
        "Patches of all frames of a window are replaced by a blurred clip (deletion) or put back into it "
        "(insertion), strongest first, in 20 steps. Area: mean probability of the class along the "
        "way. Source: Petsiuk et al. 2018."
    ),
    "infidelity": (
        "Mean of (sum of attributions of replaced pixels − fall of the logit)² over 40 random halves of "
        "the patches, in logit². Source: Yeh et al. 2019."
    ),
    "agreement": (
        "Spearman rank correlation, over the patches of a frame, of attention received by source with "
        "the attribution map. 1: the same order; 0: none in common; −1: reversed."
    ),
}
"""By the word as pages write it."""


def help_for(word: str) -> str:
    """The definition of `word`, for a help text on hover. KeyError for a word without one."""
    return DEFINITIONS[word]
