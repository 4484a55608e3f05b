"""What the terms and numbers on the pages mean, each defined once (with its formula)."""

from __future__ import annotations

from typing import Final

from fixviz.analysis.measure_table import MEASURES
from fixviz.reading.basic_terms import BASIC_TERMS

DEFINITIONS: Final[dict[str, str]] = {
    **BASIC_TERMS,
    **{measure.term: measure.definition for measure in MEASURES.values()},
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
    "Lorenz curve": (
        "The keys of a query from the weakest to the strongest: which share of the attention the "
        "weakest p % of them hold together. Mean over the queries of the frame. The diagonal is "
        "uniform attention."
    ),
    "optical flow": (
        "How far a patch moves until the next frame of the video that differs, in pixels of the model's "
        "frame, without what pan, zoom and roll of the camera explain (OpenCV DIS; mean over the patch). "
        "It is measured in the clip, not by a model."
    ),
    "fixation ratio": (
        "r = sigmoid(W g + b), in (0, 1), per token, head and channel; it scales that channel of the "
        "query's or key's features. Cooperative: g joins the features of query, key and value. Source: "
        "arXiv 2210.08164."
    ),
    "fixation dial": (
        "Fixation ratios to the power α. 0: this model's features with all ratios 1 (not the plain "
        "linear checkpoint, which was trained without ratios). 1: as learned. Above 1: exaggerated."
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
        "1 − H / ln N of the same attention with r = 1 in every channel: its features unchanged, "
        "its input held fixed."
    ),
    "ratios shuffled": (
        "1 − H / ln N with the ratios of each token (query and key, all channels) given to another "
        "token of the same sequence, by one fixed cycle. The ratios are the same; which token has "
        "them is not."
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
        "the attribution map. 1: the same order; 0: nothing in common; −1: reversed."
    ),
}
"""Definitions by term, written as on the pages."""


def help_for(term: str) -> str:
    """Return the definition of a term, for a help text on hover. KeyError for one without."""
    return DEFINITIONS[term]
