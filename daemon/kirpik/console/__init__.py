"""The page on the screen of the unit, for whoever stands in front of it with a ladder."""
