"""The network: encoders, decoders, losses, export. Imports torch."""
