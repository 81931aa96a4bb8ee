"""Speed and memory of prediction, from photo files to mask files, beside others and alone."""
