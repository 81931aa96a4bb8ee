"""From disk to pairs: decoding, pairing, mask encodings, the doctor, the split by source."""
