"""What makes the finder from nothing: network, targets, batches, training, export, validation."""
