"""A network with a gate, as one segmenter: GrabCut decides the pieces that the gate gives it."""

from __future__ import annotations

from maskwright.classical.grabcut import grabcut
from maskwright.classical.seeds.priors import two_class_probs
from maskwright.core import Image, Probs, Segmenter, from_function
from maskwright.fusion.decision import Tell
from maskwright.fusion.gate import Gate
from maskwright.fusion.opinions import asked


def gated(network: Segmenter, gate: Gate, tell: Tell | None = None) -> Segmenter:
    """Let GrabCut, starting from what the network found, decide where the gate says so.

    Args:
        network: of two classes; called with photos as small as it wants them.
        gate: learned on photos that this network did not learn from.
        tell: hears of each photo who decides which piece; never called by a shut gate.

    Raises:
        ValueError: more than two classes.
    """
    if len(network.classes) != 2:
        raise ValueError("a gate is for two classes, background and foreground")
    if gate.is_shut:
        return network
    second = grabcut(engine="fast")

    def run(image: Image, prior: Probs | None) -> Probs:
        probs = network(image, prior)
        opinions = asked(image, probs[:, :, 1], second)
        decision = gate.decision(opinions)
        if tell is not None:
            tell(decision)
        return two_class_probs(decision.carried_out(opinions))

    return from_function(network.classes, run)
