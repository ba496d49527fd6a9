"""The lab: synthesis, training, quantization and evaluation of the networks. Never installed on a unit."""
