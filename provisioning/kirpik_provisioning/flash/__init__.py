"""A card image onto cards: guarded, with its partition table last, read back."""
