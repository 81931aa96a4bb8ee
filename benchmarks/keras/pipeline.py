"""The paper's training and prediction as it describes them, in Keras on TensorFlow.

It imports nothing of maskwright and runs in an environment of its own (requirements.txt). It obeys
the orders on its standard input, see benchmarks/keras/worker.py.

MobileNetV2 of keras.applications is frozen; its weights are random, which changes no speed. Its
feature maps and the blocks above them follow TensorFlow's tutorial on segmentation, as the paper
does: five maps, the first four before the blocks' projections, and transposed convolutions as in
pix2pix.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tensorflow as tf

THREADS = 2
# Before TensorFlow does anything: it starts its threads with the first operation.
tf.config.threading.set_intra_op_parallelism_threads(THREADS)
tf.config.threading.set_inter_op_parallelism_threads(THREADS)

import keras  # noqa: E402
from keras import layers  # noqa: E402

SIZE, BATCH = 256, 8
SHUFFLED = 1000
VOID = 255
TAPS = (
    "block_1_expand_relu",  # 128 x 128
    "block_3_expand_relu",
    "block_6_expand_relu",
    "block_13_expand_relu",
    "block_16_project",  # 8 x 8
)
WIDTHS = (512, 256, 128, 64)


def network(classes: int) -> keras.Model:
    """Build the U-Net: (N, 256, 256, 3) in 0..1 to logits (N, 256, 256, K)."""
    base = keras.applications.MobileNetV2((SIZE, SIZE, 3), include_top=False, weights=None)
    encoder = keras.Model(base.input, [base.get_layer(name).output for name in TAPS])
    encoder.trainable = False
    photos = keras.Input((SIZE, SIZE, 3))
    *skips, x = encoder(photos)
    for skip, width in zip(reversed(skips), WIDTHS, strict=True):
        x = layers.Conv2DTranspose(width, 3, strides=2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
        x = layers.Concatenate()([x, skip])
    logits = layers.Conv2DTranspose(classes, 3, strides=2, padding="same")(x)
    return keras.Model(photos, logits)


def read_photo(path: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return a photo (256, 256, 3) in 0..1, and the height and width that it had."""
    photo = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
    small = tf.image.resize(photo, (SIZE, SIZE)) / 255.0
    return tf.ensure_shape(small, (SIZE, SIZE, 3)), tf.shape(photo)[:2]


def read_pair(photo: tf.Tensor, mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return a photo, and its mask (256, 256, 1) as class indices; void becomes background."""
    labels = tf.io.decode_png(tf.io.read_file(mask), channels=1)
    labels = tf.image.resize(labels, (SIZE, SIZE), method="nearest")
    return read_photo(photo)[0], tf.where(labels == VOID, tf.zeros_like(labels), labels)


def training_data(folder: Path) -> tf.data.Dataset:
    """Batches without end; every photo is decoded and resized once."""
    photos = sorted((folder / "images").iterdir())
    masks = [folder / "masks" / f"{photo.stem}.png" for photo in photos]
    paths = tf.data.Dataset.from_tensor_slices(([str(x) for x in photos], [str(x) for x in masks]))
    pairs = paths.map(read_pair, num_parallel_calls=tf.data.AUTOTUNE)
    batches = pairs.cache().shuffle(SHUFFLED).batch(BATCH, drop_remainder=True)
    return batches.repeat().prefetch(tf.data.AUTOTUNE)


class Clock(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types here
    """Notes when each step ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.ends.append(time.perf_counter())


class Pipeline:
    """A network with its training data.

    Args:
        folder: with images/ and masks/, masks being class indices.
        classes: K.
    """

    def __init__(self, folder: Path, classes: int) -> None:
        self.model = network(classes)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile(optimizer="adam", loss=loss)
        self.data = training_data(folder)
        self._logits = tf.function(lambda photos: self.model(photos, training=False))

    def about(self) -> dict[str, object]:
        """Versions and numbers of weights."""
        trained = sum(int(tf.size(weight)) for weight in self.model.trainable_weights)
        return {
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "xla": bool(self.model.jit_compile),
            "weights": self.model.count_params(),
            "weights_trained": trained,
        }

    def train(self, steps: int, warm_up: int) -> dict[str, float]:
        """Make some steps after others that do not count; return the seconds of each."""
        clock = Clock()
        self.model.fit(self.data, steps_per_epoch=warm_up + steps, verbose=0, callbacks=[clock])
        seconds = (clock.ends[-1] - clock.ends[warm_up - 1]) / steps
        return {"seconds": seconds, "peak_mb": peak_mb()}

    def predict(self, photos: list[str], out: str, way: str) -> dict[str, float]:
        """From files to mask files of the photos' own sizes; return the seconds of each.

        Ways: "model.predict" in batches while earlier masks are written, or "model(photo)" one by
        one in two threads, compiled.
        """
        folder = Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        begin = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as pool:
            if way == "model(photo)":
                list(pool.map(lambda path: self._predict_one(path, folder), photos))
            else:
                self._predict_batches(photos, folder, pool)
        return {"seconds": (time.perf_counter() - begin) / len(photos)}

    def _predict_one(self, path: str, folder: Path) -> None:
        photo, size = read_photo(tf.constant(path))
        write_mask(self._logits(photo[None])[0], size, folder / f"{Path(path).stem}.png")

    def _predict_batches(self, photos: list[str], folder: Path, pool: ThreadPoolExecutor) -> None:
        read = tf.data.Dataset.from_tensor_slices(photos).map(
            read_photo, num_parallel_calls=tf.data.AUTOTUNE
        )
        names = iter(folder / f"{Path(path).stem}.png" for path in photos)
        writes = []
        for batch, sizes in read.batch(BATCH).prefetch(tf.data.AUTOTUNE):
            for logits, size in zip(self.model.predict_on_batch(batch), sizes, strict=True):
                writes.append(pool.submit(write_mask, logits, size, next(names)))
        for write in writes:
            write.result()


def write_mask(logits: tf.Tensor, size: tf.Tensor, path: Path) -> None:
    """Enlarge logits (256, 256, K) to (height, width) and write the mask, as 0 and 255."""
    mask = tf.argmax(tf.image.resize(logits, size), axis=-1)[..., None]
    tf.io.write_file(str(path), tf.io.encode_png(tf.cast(mask, tf.uint8) * 255))


def peak_mb() -> float:
    """Most memory that this process had so far, in megabytes of 10^6 (Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main() -> None:
    """Obey orders: one line of standard input each, answered with a line."""
    pipeline = Pipeline(Path(sys.argv[1]), int(sys.argv[2]))
    does: dict[str, Callable[..., object]] = {
        "about": pipeline.about,
        "train": pipeline.train,
        "predict": pipeline.predict,
    }
    for line in sys.stdin:
        order = json.loads(line)
        answer = does[order["do"]](**order["with"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
