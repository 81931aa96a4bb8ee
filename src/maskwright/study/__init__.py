"""What held-out masks tell: threshold, finishing, gate, learning curve, suspects, what to label."""
