"""The road simulator: renders a camera's view of a scripted road, with the truth beside it."""
