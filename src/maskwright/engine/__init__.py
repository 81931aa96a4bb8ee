"""Photo in, segmentation out: what every door of the program uses."""
