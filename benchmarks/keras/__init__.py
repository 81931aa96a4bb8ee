"""The paper's pipeline in Keras, and ours, side by side."""
