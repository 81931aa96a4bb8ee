"""A network with a gate, as one segmenter."""

from __future__ import annotations

from maskwright.classical.grabcut import grabcut
from maskwright.classical.seeds.priors import two_class_probs
from maskwright.core import Image, Probs, Segmenter, from_function
from maskwright.fusion.decision import OnDecision
from maskwright.fusion.gate import Gate
from maskwright.fusion.method_outputs import run_classical


def gated(network: Segmenter, gate: Gate, on_decision: OnDecision | None = None) -> Segmenter:
    """Let GrabCut change the network's mask in the regions that the gate accepts.

    Args:
        network: has two classes; gets photos at the size that it was trained for.
        gate: learned on photos that this network was not trained on.
        on_decision: called once for each photo; never if the gate is closed.
    """
    if gate.is_closed:
        return network
    fast = grabcut(engine="fast")

    def run(image: Image, prior: Probs | None) -> Probs:
        outputs = run_classical(image, network(image, prior)[:, :, 1], fast)
        decision = gate.decide(outputs)
        if on_decision is not None:
            on_decision(decision)
        return two_class_probs(decision.apply(outputs))

    return from_function(network.classes, run)
