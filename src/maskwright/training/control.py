"""How a caller watches a training and stops it between two steps."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from maskwright.errors import Stopped


@dataclass(frozen=True)
class TrainingStep:
    """The progress of a training after one step.

    Attributes:
        step: steps made so far, 1 to `steps`; a resumed training goes on counting.
        steps: all steps of this model.
        loss: the loss of this step, 0 or more.
        validation: the latest mean IoU on held-out photos, 0..1; None before the first validation
            and where no photos are held out.
        seconds_left: estimated time for the remaining steps of this model and of all later ones,
            without scoring and writing; 0 after the very last step.
        model: number of the model that is being trained, from 1.
        models: how many models are trained; 1 without folds.
    """

    step: int
    steps: int
    loss: float
    validation: float | None
    seconds_left: float
    model: int
    models: int


StepCallback = Callable[[TrainingStep], None]


@dataclass(frozen=True)
class Control:
    """How the caller watches and stops a training.

    Attributes:
        on_step: called in the training thread after each step.
        stop: set by the caller, from any thread, to end the training.
        bar: draw a progress bar on stderr.
        model, models: the model that is trained, from 1, and how many there are.
        later_steps: steps of the models after this one.
    """

    on_step: StepCallback | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    bar: bool = False
    model: int = 1
    models: int = 1
    later_steps: int = 0

    def check(self, *_photo: object) -> None:
        """Raise `Stopped` if `stop` is set; may serve as a callback after each scored photo."""
        if self.stop.is_set():
            raise Stopped("the training was stopped; resume it to go on")


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C sets; a second one interrupts at once.

    Outside the main thread, where Python delivers no signals, the event is never set.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
